import Model
import Runtime
import Synchronization
import TSDB

/// Scrapes one target on its own clock until it is stopped.
final class ScrapeLoop: Sendable {
    enum Mode { case running, removed, shutDown }

    /// What is known of a target from its last scrape.
    struct Status {
        var health = TargetHealth.unknown
        var lastError: ScrapeError?
        var lastScrape: Timestamp?
        /// Seconds.
        var lastDuration = 0.0
        /// Of the last page that was looked at.
        var page = PageStatus()
    }

    struct State {
        var mode = Mode.running
        var status = Status()
        /// When it was told last that the head has no room for series of the target.
        var overrunTold: Timestamp?
        /// The whole pool may not be scraped.
        var forcedError: ScrapeError?
        var tasks: [Task<Void, Never>] = []
        /// Nothing more will be written.
        var isOver = false
    }

    /// The ingester, which one scrape at a time uses; it is made when there is a head.
    final class Holder: @unchecked Sendable {
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
    let environment: ScrapeEnvironment
    /// Where the loop is; nil: on the threads that all tasks share.
    let reactor: ScrapeReactor?
    private let offset: Int64
    private let sleeper: any Sleeper
    let source: any ScrapeTransport
    let holder: Holder
    let state = Mutex(State())

    init(_ target: Target, _ settings: LoopSettings, _ environment: ScrapeEnvironment) {
        self.target = target
        self.settings = settings
        self.environment = environment
        offset = target.offset(seed: environment.offsetSeed)
        reactor = environment.reactors?.of(place: target.place(seed: environment.offsetSeed))
        sleeper = reactor ?? environment.sleeper
        source = environment.transport.source(on: reactor)
        var options = settings.options
        options.timeout = target.timeout
        options.ingestsStarts = environment.ingestsStarts
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

    /// Whether there is a next scrape that asks the target.
    var mayFetch: Bool { state.withLock { $0.mode == .running && $0.forcedError == nil } }

    // MARK: The loop

    private func run() async {
        let clock = environment.clock
        var ticks = ScrapeTicks(
            ScrapeSchedule(interval: target.interval, offset: offset, now: clock.now(), monotonic: clock.monotonic()),
            environment.counters.lengths.interval(target.interval))
        while isRunning {
            if let left = await goSteadily(&ticks) {
                await Task(executorPreference: reactor) { await self.finish(left) }.value
                continue
            }
            guard (try? await sleeper.sleep(nanoseconds: ticks.wait(clock))) != nil, isRunning else { break }
            let begun = ticks.take(clock, environment.counters)
            // A scrape that has begun is finished, however the loop ends: its own task is not cancelled with the loop's.
            await Task(executorPreference: reactor) { await self.scrape(begun) }.value
        }
        if ticks.last != nil { endLater(ticks.schedule) } else { state.withLock { $0.isOver = true } }
    }

    /// Scrapes without a task, while that will do. Returns a scrape that it will not do for.
    private func goSteadily(_ ticks: inout ScrapeTicks) async -> SteadyScrapes.Unfinished? {
        guard let steady = SteadyScrapes(self, ticks) else { return nil }
        defer { ticks = steady.ticks }
        return await steady.run()
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
}

/// How the last scrape of a target went.
public enum TargetHealth: String, Sendable {
    case up, down, unknown
}
