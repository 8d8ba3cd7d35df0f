import Runtime
import Synchronization
import Testing

@Suite("Worker pools")
struct WorkerPoolTests {
    @Test("every job is done once, whoever hands it over", arguments: [1, 3])
    func everyJob(threads: Int) async {
        let pool = WorkerPool(name: "test", threads: threads, queueLimit: .max)
        let count = 2000
        let done = Mutex([Int](repeating: 0, count: count * 4))
        await withTaskGroup(of: Void.self) { group in
            for hand in 0..<4 {
                group.addTask {
                    for number in 0..<count {
                        if number % 50 == 0 {
                            try? await pool.run { done.withLock { $0[hand * count + number] += 1 } }
                        } else {
                            pool.submit { done.withLock { $0[hand * count + number] += 1 } }
                        }
                    }
                }
            }
        }
        // With several threads the last job to come may not be the last one done.
        while done.withLock({ $0.reduce(0, +) }) < count * 4 { await Task.yield() }
        #expect(done.withLock { $0.allSatisfy { $0 == 1 } })
    }

    @Test("a queue that is full refuses, and goes on once there is room")
    func full() async throws {
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 2)
        let (begun, gate) = (Semaphore(), Semaphore())
        #expect(
            pool.submit {
                begun.signal()
                gate.wait()
            })
        begun.wait()
        #expect(pool.submit {} && pool.submit {})
        #expect(!pool.submit { Issue.record("a job that was refused is done") })
        await #expect(throws: WorkerPool.Full.self) { try await pool.run {} }
        gate.signal()
        var isDone = false
        while !isDone { isDone = (try? await pool.run { true }) ?? false }
    }
}
