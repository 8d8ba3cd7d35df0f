public import Model
public import Runtime
import Synchronization

/// Drives a manager by the clock: one thread waits for the next slot, a pool's threads evaluate the groups, each group on one at a time.
public final class RuleScheduler: Sendable {
    // Milliseconds. The wall clock may be set: it is looked at once a second at least.
    private static let longestSleep: Int64 = 1000
    private static let retryDelay: Int64 = 100
    /// Nanoseconds that `stop` waits for evaluations to end.
    private static let patience: Int64 = 10_000_000_000

    private let manager: RuleManager
    private let pool: WorkerPool
    private let clock: @Sendable () -> Int64
    private let running = Mutex<Set<ObjectIdentifier>>([])
    private let isStopping = Atomic<Bool>(false)
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let idle = Semaphore()

    /// Begins at once.
    ///
    /// - Parameter pool: its queue holds one job a group at most; what does not fit is tried again.
    public init(_ manager: RuleManager, on pool: WorkerPool, clock: any Clock) {
        self.manager = manager
        self.pool = pool
        self.clock = { clock.now() }
        startThread { [self] in
            while !isStopping.load(ordering: .relaxed) {
                let isPoolFull = !dispatch()
                _ = wake.wait(nanoseconds: (isPoolFull ? Self.retryDelay : sleep()) * 1_000_000)
            }
            ended.signal()
        }
    }

    /// To be called when the groups have changed.
    public func reschedule() { wake.signal() }

    /// Ends queries that are running and waits, a few seconds at most, for the evaluations to come to their end; false if some have not.
    @discardableResult
    public func stop() -> Bool {
        isStopping.store(true, ordering: .relaxed)
        manager.cancel()
        wake.signal()
        guard ended.wait(nanoseconds: Self.patience) else { return false }
        let deadline = SystemClock().monotonic() + Self.patience
        while !running.withLock({ $0.isEmpty }) {
            guard SystemClock().monotonic() < deadline else { return false }
            _ = idle.wait(nanoseconds: 100_000_000)
        }
        return true
    }

    private func sleep() -> Int64 {
        let busy = running.withLock { $0 }
        let next = manager.groups.filter { !busy.contains(ObjectIdentifier($0)) }.compactMap(\.nextSlot).min() ?? .max
        let time = min(next, manager.nextDeparture ?? .max)
        return time == .max ? Self.longestSleep : max(1, min(Self.longestSleep, time - clock()))
    }

    /// False if the pool takes no more.
    private func dispatch() -> Bool {
        let now = clock()
        var takesAll = true
        manager.endDepartures(at: now)
        for group in manager.dueGroups(at: now) {
            let id = ObjectIdentifier(group)
            guard running.withLock({ $0.insert(id).inserted }) else { continue }
            let accepted = pool.submit { [self] in
                if !isStopping.load(ordering: .relaxed) { group.run(at: clock()) }
                _ = running.withLock { $0.remove(id) }
                idle.signal()
                wake.signal()
            }
            if accepted { continue }
            _ = running.withLock { $0.remove(id) }
            takesAll = false
        }
        return takesAll
    }
}
