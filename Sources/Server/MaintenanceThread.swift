import Runtime
import Synchronization
import TSDB

/// Lets the database look after its folder, on a thread of its own: compactions take as long as they take.
final class MaintenanceThread: Sendable {
    private static let interval: Int64 = 1_000_000_000
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let isStopping = Atomic<Bool>(false)

    init(_ database: Database) {
        startThread { [self] in
            while !isStopping.load(ordering: .relaxed) {
                database.maintain()
                _ = wake.wait(nanoseconds: Self.interval)
            }
            ended.signal()
        }
    }

    /// Ends the thread; work that is under way is finished first.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        wake.signal()
        ended.wait()
    }
}
