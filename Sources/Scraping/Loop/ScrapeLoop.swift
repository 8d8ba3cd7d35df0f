import Model
import Runtime
import Synchronization
import TSDB

/// Scrapes one target on its own clock until it is stopped.
final class ScrapeLoop: Sendable {
    private enum Mode { case running, removed, shutDown }

    /// What is known of a target from its last scrape.
    struct Status {
        var health = TargetHealth.unknown
        var lastError: ScrapeError?
        var lastScrape: Timestamp?
        /// Seconds.
        var lastDuration = 0.0
    }

    private struct State {
        var mode = Mode.running
        var status = Status()
        /// The whole pool may not be scraped.
        var forcedError: ScrapeError?
        var tasks: [Task<Void, Never>] = []
        /// Nothing more will be written.
        var isOver = false
    }

    /// The ingester, which one scrape at a time uses; it is made when there is a head.
    private final class Holder: @unchecked Sendable {
        // What the intake has kept is written by one thread before it gives out the head. From then on the loop awaits each job on the workers before
        // it starts the next. So nobody meets another in here.
        private let make: (Head) -> TargetIngester
        private var made: TargetIngester?
        var cost = IngestCost()

        init(_ make: @escaping (Head) -> TargetIngester) { self.make = make }

        func ingester(_ head: Head) -> TargetIngester {
            let ingester = made ?? make(head)
            made = ingester
            return ingester
        }

        /// Stores a page, and notes what that costs.
        func ingest(
            _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, into head: Head, _ clock: any Clock, duration: () -> Int64
        ) throws -> TargetIngester.Report {
            let start = clock.monotonic()
            let report = try ingester(head).ingest(page, at: time, duration: duration)
            cost.note(clock.monotonic() - start, bytes: report.bodySize)
            return report
        }
    }

    let target: Target
    let settings: LoopSettings
    let metadata = TargetMetadata()
    private let environment: ScrapeEnvironment
    /// Where the loop is; nil: on the threads that all tasks share.
    private let reactor: ScrapeReactor?
    private let sleeper: any Sleeper
    private let source: any ScrapeTransport
    private let holder: Holder
    private let state = Mutex(State())

    init(_ target: Target, _ settings: LoopSettings, _ environment: ScrapeEnvironment) {
        self.target = target
        self.settings = settings
        self.environment = environment
        reactor = environment.reactors?.next()
        sleeper = reactor ?? environment.sleeper
        source = environment.transport.source(on: reactor)
        var options = settings.options
        options.timeout = target.timeout
        holder = Holder { [options, metadata] head in
            TargetIngester(head: head, targetLabels: target.labels, options: options, metadata: metadata)
        }
    }

    var status: Status { state.withLock { $0.status } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func setForcedError(_ error: ScrapeError?) { state.withLock { $0.forcedError = error } }

    /// Starts scraping, once `predecessor`, which scraped the same target, has finished.
    func start(after predecessor: ScrapeLoop? = nil) {
        state.withLock { state in
            state.tasks.append(
                Task(executorPreference: reactor) {
                    await predecessor?.finished()
                    await self.run()
                })
        }
    }

    /// The target is gone: no more scrapes, and stale markers two intervals later.
    func remove() { end(.removed) }

    /// The server ends: no more scrapes and no stale markers.
    func shutDown() { end(.shutDown) }

    /// Waits for the last scrape.
    func finished() async {
        let task = state.withLock { $0.tasks.first }
        await task?.value
    }

    /// Waits for stale markers that are being written, too.
    func ended() async {
        for task in state.withLock({ $0.tasks }) { await task.value }
    }

    private func end(_ mode: Mode) {
        let tasks = state.withLock { state in
            state.mode = mode
            return state.tasks
        }
        for task in tasks { task.cancel() }
    }

    private var isRunning: Bool { state.withLock { $0.mode == .running } }

    // MARK: The loop

    private func run() async {
        let clock = environment.clock
        var schedule = ScrapeSchedule(
            interval: target.interval, offset: target.offset(seed: environment.offsetSeed), now: clock.now(), monotonic: clock.monotonic())
        var last: Int64?
        while isRunning {
            guard (try? await sleeper.sleep(nanoseconds: schedule.wait(clock.monotonic()))) != nil, isRunning else { break }
            let start = clock.monotonic()
            if let last { environment.counters.intervalLength.observe(Double(start - last) / 1e9) }
            last = start
            let time = schedule.take(now: clock.now(), monotonic: start)
            // A scrape that has begun is finished, however the loop ends: its own task is not cancelled with the loop's.
            await Task(executorPreference: reactor) { await self.scrape(at: time) }.value
            environment.counters.scrapes.increment()
        }
        if last != nil { endLater(schedule) } else { state.withLock { $0.isOver = true } }
    }

    /// The stale markers of a removed target bear the time of the scrape that did not come, and are written when the one after it would have
    /// been over: if the target was only renewed, newer samples are there by then and the markers are refused.
    private func endLater(_ schedule: ScrapeSchedule) {
        state.withLock { state in
            guard state.mode == .removed else { return }
            state.tasks.append(Task(executorPreference: reactor) { await self.writeEnd(schedule) })
        }
    }

    private func writeEnd(_ schedule: ScrapeSchedule) async {
        defer { state.withLock { $0.isOver = true } }
        let clock = environment.clock
        let holder = holder
        do {
            try await sleeper.sleep(nanoseconds: schedule.wait(clock.monotonic()))
            let time = clock.now()
            try await sleeper.sleep(nanoseconds: ScrapeSchedule.nanoseconds(target.interval + target.interval / 10))
            let outcome = try environment.intake.keep(bytes: 0) { [self] head in
                do { try holder.ingester(head).end(at: time) } catch { tellEndIsLost(error) }
            }
            guard case .open(let head) = outcome else { return }
            try await environment.workers.run { try holder.ingester(head).end(at: time) }
        } catch is CancellationError {
            return
        } catch {
            tellEndIsLost(error)
        }
    }

    private func tellEndIsLost(_ error: any Error) {
        environment.report(StorageEvent(.warning, "the end of a target could not be stored", [("target", target.url), ("error", "\(error)")]))
    }

    /// Fetches and stores one page.
    func scrape(at time: Timestamp) async {
        let clock = environment.clock
        let start = clock.monotonic()
        let buffer = environment.buffers.take()
        defer { environment.buffers.giveBack(buffer) }
        let page = await fetch(into: buffer)
        let elapsed: @Sendable () -> Int64 = { clock.monotonic() - start }
        let error = await store(page, at: time, elapsed)
        let duration = Double(elapsed()) / 1e9
        if let error, let failures = environment.failures {
            failures.log(ScrapeFailure(job: target.scrapePool, target: target.url, error: error.description, time: clock.now()))
        }
        state.withLock {
            $0.status = Status(health: error == nil ? .up : .down, lastError: error, lastScrape: time, lastDuration: duration)
        }
    }

    /// Writes a page, or keeps it until there is a head. Returns why the scrape failed, nil if it did not or if its page was not looked at yet.
    private func store(
        _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, _ elapsed: @escaping @Sendable () -> Int64
    ) async -> ScrapeError? {
        do {
            let head: Head
            switch try environment.intake.head.map(HeadIntake.Outcome.open) ?? keep(page, at: time, duration: elapsed()) {
            case .open(let open): head = open
            case .deferred:
                if case .failure(let error) = page { return error }
                return nil
            }
            let report = try await ingest(page, at: time, into: head, elapsed)
            note(report)
            return report.error
        } catch {
            if error is HeadIntake.Full { environment.counters.refusedWhileOpening.increment() }
            tellLost(error)
            return ScrapeError("the page could not be stored: \(error)")
        }
    }

    /// On a reactor a page that was quick to store of late is stored at once, which saves two threads' waking up.
    private func ingest(
        _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, into head: Head, _ elapsed: @escaping @Sendable () -> Int64
    ) async throws -> TargetIngester.Report {
        let holder = holder
        let clock = environment.clock
        let size = (try? page.get().body.count) ?? 0
        if reactor != nil, holder.cost.isQuick(size, within: environment.quickIngest) {
            return try holder.ingest(page, at: time, into: head, clock, duration: elapsed)
        }
        return try await environment.workers.run { try holder.ingest(page, at: time, into: head, clock, duration: elapsed) }
    }

    /// The page is copied: its buffer is for the next scrape.
    private func keep(
        _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, duration: Int64
    ) throws(HeadIntake.Full) -> HeadIntake.Outcome {
        let copy = page.map(\.copy)
        let bytes = (try? copy.get().body.capacity) ?? 0
        let outcome = try environment.intake.keep(bytes: bytes) { [self] head in
            do { note(try holder.ingester(head).ingest(copy, at: time) { duration }) } catch { tellLost(error) }
        }
        if case .deferred = outcome { environment.counters.deferred.increment() }
        return outcome
    }

    private func note(_ report: TargetIngester.Report) {
        environment.counters.count(report)
        tellRefused(report)
    }

    private func tellLost(_ error: any Error) {
        environment.report(StorageEvent(.error, "a scrape could not be stored", [("target", target.url), ("error", "\(error)")]))
    }

    private func fetch(into buffer: PageBuffer) async -> Result<ScrapedPage, ScrapeError> {
        if let forced = state.withLock({ $0.forcedError }) { return .failure(forced) }
        let limit = settings.options.limits.bodySize
        let request = ScrapeRequest(
            url: target.url, accept: settings.accept, timeout: target.timeout, bodySizeLimit: limit > 0 ? limit : environment.maxBodySize,
            acceptsGzip: settings.acceptsGzip, client: settings.client, buffer: buffer)
        do {
            return .success(try await source.fetch(request))
        } catch {
            return .failure(error as? ScrapeError ?? ScrapeError("\(error)"))
        }
    }

    private func tellRefused(_ report: TargetIngester.Report) {
        let outcome = report.outcome
        guard outcome.refused > 0 else { return }
        let fields = [
            ("target", target.url), ("out_of_order", "\(outcome.outOfOrder)"), ("duplicate", "\(outcome.duplicate)"),
            ("out_of_bounds", "\(outcome.outOfBounds)"),
        ]
        environment.report(StorageEvent(.warning, "samples of a scrape were refused", fields.map { (name: $0.0, value: $0.1) }))
    }
}

/// How the last scrape of a target went.
public enum TargetHealth: String, Sendable {
    case up, down, unknown
}
