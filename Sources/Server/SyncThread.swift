import Model
import Runtime
import Synchronization
import TSDB

/// Forces the write-ahead log to the disk at an interval, on a thread of its own: a slow disk holds up nobody else.
final class SyncThread: Sendable {
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let isRunning: Bool
    private let isStopping = Atomic<Bool>(false)

    init(_ database: Database, _ mode: DatabaseOptions.WALSync, _ clock: any Clock, _ report: @escaping Reporter) {
        guard case .interval(let milliseconds) = mode else {
            isRunning = false
            return
        }
        isRunning = true
        startThread { [self] in
            while !isStopping.load(ordering: .relaxed) {
                _ = wake.wait(nanoseconds: milliseconds * 1_000_000)
                do {
                    try database.sync()
                } catch {
                    report(StorageEvent(.error, "the write-ahead log could not be synced", [("err", "\(error)")]))
                }
            }
            ended.signal()
        }
    }

    /// Ends the thread after a last sync.
    func stop() {
        guard isRunning else { return }
        isStopping.store(true, ordering: .relaxed)
        wake.signal()
        ended.wait()
    }
}
