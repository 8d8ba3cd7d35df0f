public import Model
public import Runtime
public import TSDB

/// Waits. Throws if its task is cancelled.
public protocol Sleeper: Sendable {
    func sleep(nanoseconds: Int64) async throws
}

/// Waits in real time.
public struct TaskSleeper: Sleeper {
    public init() {}

    public func sleep(nanoseconds: Int64) async throws {
        // Thirty years stand for anything longer: the operating system's deadlines are sums that must not overflow.
        try await Task.sleep(nanoseconds: UInt64(max(0, min(nanoseconds, 1_000_000_000_000_000_000))))
    }
}

/// What all scrape loops share.
public struct ScrapeEnvironment: Sendable {
    public let intake: HeadIntake
    public let transport: any ScrapeTransport
    public let clock: any Clock
    /// For loops on no reactor.
    public let sleeper: any Sleeper
    /// Where loops are; nil: on the threads that all tasks share.
    public let reactors: ScrapeReactors?
    /// Parses and stores pages, if that takes longer than handing them over.
    public let workers: WorkerPool
    public let counters: ScrapeCounters
    public let buffers: PageBufferPool
    /// Told of samples that were refused and of storage errors.
    public let report: Reporter
    /// Told of each scrape that has failed.
    public let failures: (any FailureLog)?
    /// Bytes of a page that are refused where its job sets no limit; 0: 256 MiB.
    public let maxBodySize: Int64
    /// Nanoseconds of late up to which a page is stored on its reactor; others that are scraped there wait so long.
    public let quickIngest: Int64
    /// Whether starts of series that pages tell are stored as zeros.
    public let ingestsStarts: Bool
    /// Tells apart servers that scrape the same targets, so that they do it at different moments.
    public let offsetSeed: UInt64

    public init(
        intake: HeadIntake, transport: any ScrapeTransport, clock: any Clock, sleeper: any Sleeper = TaskSleeper(),
        reactors: ScrapeReactors? = nil, workers: WorkerPool, counters: ScrapeCounters = ScrapeCounters(),
        buffers: PageBufferPool = PageBufferPool(), maxBodySize: Int64 = 0, quickIngest: Int64 = 1_000_000,
        ingestsStarts: Bool = false, offsetSeed: UInt64 = 0, report: @escaping Reporter = { _ in }, failures: (any FailureLog)? = nil
    ) {
        self.intake = intake
        self.transport = transport
        self.clock = clock
        self.sleeper = sleeper
        self.reactors = reactors
        self.workers = workers
        self.counters = counters
        self.buffers = buffers
        self.maxBodySize = maxBodySize
        self.quickIngest = quickIngest
        self.ingestsStarts = ingestsStarts
        self.offsetSeed = offsetSeed
        self.report = report
        self.failures = failures
    }
}
