import Logging
import Model
import Runtime
import Synchronization
import TSDB

/// Writes a series for each event: 1 from when it begins until it is over, and for a moment, a minute long. On a thread of its own, since the log
/// may be slow.
final class EventSeries: Sendable {
    private static let interval: Int64 = 15_000
    /// How long an event without an end is shown, milliseconds.
    private static let moment: Int64 = 60_000

    private let head: Head
    private let clock: any Clock
    private let logger: Logger
    /// The series of the events that go on by what the notifier knows.
    private let kept: @Sendable () -> [Labels]
    private let state = Mutex(State())
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let isStopping = Atomic<Bool>(false)

    private struct State {
        /// Events that only this run knows of, and when they are over.
        var own: [Labels: Timestamp] = [:]
        /// What the last round has written.
        var written: Set<Labels> = []
    }

    init(_ head: Head, _ clock: any Clock, _ logger: Logger, kept: @escaping @Sendable () -> [Labels]) {
        self.head = head
        self.clock = clock
        self.logger = logger
        self.kept = kept
    }

    /// Shows an event.
    /// - Parameter isKept: whether the notifier knows of it.
    func show(_ labels: Labels, until end: Timestamp?, isKept: Bool) {
        if !isKept { state.withLock { $0.own[labels] = end ?? clock.now().later(by: Self.moment) } }
        wake.signal()
    }

    func start() {
        startThread { [self] in
            while !isStopping.load(ordering: .relaxed) {
                write()
                _ = wake.wait(nanoseconds: Self.interval * 1_000_000)
            }
            ended.signal()
        }
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
        wake.signal()
        ended.wait()
    }

    /// One round: a sample for what goes on, an end for what was there and goes on no more.
    private func write() {
        let kept = kept()
        let now = clock.now()
        var batch = AppendBatch()
        batch.refusesOutOfOrder = true
        state.withLock { state in
            state.own = state.own.filter { $0.value > now }
            let going = Set(kept).union(state.own.keys)
            for labels in going { batch.add(labels, now, 1) }
            for labels in state.written.subtracting(going) { batch.add(labels, now, StaleMarker.value) }
            state.written = going
        }
        guard batch.count > 0 else { return }
        do {
            let outcome = try head.append(&batch)
            if outcome.overBudget > 0 {
                logger.warning("series of events are not written: the head's budget is used up", metadata: ["series": "\(outcome.overBudget)"])
            }
        } catch {
            logger.warning("the series of events could not be written", metadata: ["err": "\(error)"])
        }
    }
}
