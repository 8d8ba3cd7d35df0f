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

    /// Calls `body` for each index, on this thread and on as many others as there are places; returns when all calls have returned. It waits for no
    /// thread that has not begun, so that the pool may be that of the callers.
    func forEach(_ indices: [Int], _ body: @escaping @Sendable (Int) -> Void) {
        if indices.isEmpty { return }
        let work = Work(indices, body)
        var helpers = 0
        while helpers < indices.count - 1, places.wait(nanoseconds: 0) {
            helpers += 1
            let accepted = pool.submit { [places] in
                work.drain()
                places.signal()
            }
            if accepted { continue }
            places.signal()
            break
        }
        work.drain()
        work.finished.wait()
    }

    private final class Work: Sendable {
        let finished = Semaphore()
        private let indices: [Int]
        private let body: @Sendable (Int) -> Void
        private let next = Atomic(0)
        private let left: Atomic<Int>

        init(_ indices: [Int], _ body: @escaping @Sendable (Int) -> Void) {
            self.indices = indices
            self.body = body
            left = Atomic(indices.count)
        }

        /// Does what nobody has taken yet.
        func drain() {
            while case let place = next.wrappingAdd(1, ordering: .relaxed).oldValue, place < indices.count {
                body(indices[place])
                if left.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { finished.signal() }
            }
        }
    }
}
