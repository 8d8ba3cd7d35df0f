import Runtime
import Synchronization

/// Lets rules of all groups share a few threads.
final class RuleConcurrency: Sendable {
    private let pool: WorkerPool
    private let places: Semaphore

    /// - Parameter limit: how many rules may be on the pool's threads at once.
    init(_ pool: WorkerPool, limit: Int) {
        self.pool = pool
        places = Semaphore(UInt32(max(0, limit)))
    }

    /// Calls `body` for each index, on this thread and on as many others as there are places; returns when all calls have returned.
    func forEach(_ indices: [Int], _ body: @escaping @Sendable (Int) -> Void) {
        let work = Work(indices)
        var helpers = 0
        while helpers < indices.count - 1, places.wait(nanoseconds: 0) {
            let accepted = pool.submit { [places] in
                work.drain(body)
                places.signal()
                work.finished.signal()
            }
            guard accepted else {
                places.signal()
                break
            }
            helpers += 1
        }
        work.drain(body)
        for _ in 0..<helpers { work.finished.wait() }
    }

    private final class Work: Sendable {
        let indices: [Int]
        let next = Atomic(0)
        let finished = Semaphore()

        init(_ indices: [Int]) { self.indices = indices }

        func drain(_ body: (Int) -> Void) {
            while case let place = next.wrappingAdd(1, ordering: .relaxed).oldValue, place < indices.count { body(indices[place]) }
        }
    }
}
