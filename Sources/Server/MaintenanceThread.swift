import Runtime
import Synchronization
import TSDB

/// Lets the database look after its folder, on a thread of its own: compactions take as long as they take.
final class MaintenanceThread: Sendable {
    private static let interval: Int64 = 1_000_000_000
    /// A quarter of a minute of them.
    private static let roundsToTrim = 15
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let isStopping = Atomic<Bool>(false)
    private let database: Database

    init(_ database: Database) {
        self.database = database
        startThread { [self] in
            var rounds = 0
            while !isStopping.load(ordering: .relaxed) {
                database.maintain()
                rounds += 1
                if rounds % Self.roundsToTrim == 0 { SystemMemory.trim() }
                // By then all targets' first pages are in, which take other code than the later ones.
                if rounds == Self.roundsToTrim * 4 { SystemMemory.forgetStart() }
                _ = wake.wait(nanoseconds: Self.interval)
            }
            ended.signal()
        }
    }

    /// Ends the thread. A merge of blocks that is under way is given up, other work is finished first.
    func stop() {
        database.endMerging()
        isStopping.store(true, ordering: .relaxed)
        wake.signal()
        ended.wait()
    }
}
