import Model
import Runtime
import Synchronization
import TSDB

/// Removes records that are older than the retention, once a day, as long as the clock may be believed.
final class Purging: Sendable {
    private struct State {
        var clock: ClockGuard
        /// Nil: not known yet.
        var next: Timestamp?
    }

    // Milliseconds.
    /// How often old records are removed.
    private static let interval: Int64 = 86_400_000
    private static let retryDelay: Int64 = 60_000
    /// How often it is kept what is known of the clock.
    private static let looking: Int64 = 3_600_000

    private let file: CatalogFile
    private let recorder: Recorder
    private let options: CatalogOptions
    private let metrics: CatalogMetrics
    private let clock: any Clock
    private let report: @Sendable (CatalogEvent) -> Void
    private let state: Mutex<State>

    init(
        _ file: CatalogFile, _ recorder: Recorder, _ options: CatalogOptions, _ metrics: CatalogMetrics, _ clock: any Clock,
        report: @escaping @Sendable (CatalogEvent) -> Void
    ) throws(CatalogError) {
        self.file = file
        self.recorder = recorder
        self.options = options
        self.metrics = metrics
        self.clock = clock
        self.report = report
        let clockGuard = ClockGuard(
            known: try file.counter(.clockTrusted), waited: try file.counter(.clockWaited).flatMap { $0 >= 0 ? $0 : nil }, wall: clock.now(),
            monotonic: clock.monotonic() / 1_000_000)
        state = Mutex(State(clock: clockGuard))
    }

    /// Looks at the clock; true if `purge` has something to do.
    func isDue() -> Bool {
        let (now, monotonic) = (clock.now(), clock.monotonic() / 1_000_000)
        return state.withLock { state in
            state.clock.observe(wall: now, monotonic: monotonic)
            return now >= state.next ?? .min
        }
    }

    /// Purges if a day has passed. To be called on the catalog's thread.
    func purge() {
        let now = clock.now()
        do throws(CatalogError) {
            let last = try file.counter(.purgedAt) ?? .min
            // A clock that was ahead must not keep the next purge from coming.
            let due = last > now ? now : last.later(by: Self.interval)
            let isBelieved = state.withLock { $0.clock.waited == nil }
            guard due <= now, isBelieved else {
                state.withLock { $0.next = min(isBelieved ? due : .max, now.later(by: Self.looking)) }
                return try saveClock()
            }
            try removeOld(at: now)
            try file.set(.purgedAt, to: now)
            try saveClock()
            state.withLock { $0.next = now.later(by: Self.looking) }
            report(.chain(try file.lastMark()))
        } catch {
            state.withLock { $0.next = now.later(by: Self.retryDelay) }
            report(.purgeFailed(reason: error.description))
        }
    }

    /// Keeps what is known of the clock for the next start.
    func saveClock() throws(CatalogError) {
        let clock = state.withLock { $0.clock }
        if let trusted = clock.trusted { try file.set(.clockTrusted, to: trusted) }
        try file.set(.clockWaited, to: clock.waited ?? -1)
    }

    private func removeOld(at now: Timestamp) throws(CatalogError) {
        var count = 0
        var through: ChainMark?
        while let (records, mark) = try removeSlice(at: now) {
            count += records
            through = mark
            // Records do not wait for the rest of it.
            recorder.write()
        }
        guard let through else { return }
        try file.purgeLabelSets()
        metrics.purged.increment(by: count)
        report(.purged(records: count, mark: through))
    }

    private func removeSlice(at now: Timestamp) throws(CatalogError) -> (Int, ChainMark)? {
        try file.purge(before: now.earlier(by: options.retention), now: now, slice: options.purgeSlice) { mark in
            recorder.pending(.audit(AuditRecord(time: now, by: .server, action: PurgeNote.action, object: PurgeNote.object(mark))))
        }
    }
}
