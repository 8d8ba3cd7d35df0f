import Runtime
import Synchronization
import Testing

@Suite("Worker pools")
struct WorkerPoolTests {
    /// How often each job has been done.
    private final class Tally: Sendable {
        private let times: Mutex<[Int]>

        init(jobs: Int) { times = Mutex([Int](repeating: 0, count: jobs)) }

        func add(_ job: Int) { times.withLock { $0[job] += 1 } }
        var sum: Int { times.withLock { $0.reduce(0, +) } }
        var isOnceEach: Bool { times.withLock { $0.allSatisfy { $0 == 1 } } }
    }

    @Test("every job is done once, whoever hands it over", arguments: [1, 3])
    func everyJob(threads: Int) async {
        let pool = WorkerPool(name: "test", threads: threads, queueLimit: .max)
        let count = 2000
        let tally = Tally(jobs: count * 4)
        await withTaskGroup(of: Void.self) { group in
            for hand in 0..<4 {
                group.addTask {
                    for number in 0..<count {
                        if number % 50 == 0 {
                            try? await pool.run { tally.add(hand * count + number) }
                        } else {
                            pool.submit { tally.add(hand * count + number) }
                        }
                    }
                }
            }
        }
        // With several threads the last job to come may not be the last one done.
        while tally.sum < count * 4 { await Task.yield() }
        #expect(tally.isOnceEach)
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
