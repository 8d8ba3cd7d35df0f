import Glibc
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

    @Test("who helps is woken on another core than whom it helps, if there is one")
    func besideSubmitter() async throws {
        let pool = WorkerPool(name: "test", threads: 1, queueLimit: 1, besideSubmitter: true)
        let cores = try Cores.allowed()
        for _ in 0..<10_000 {
            let seen = try await Cores.ofJob(to: pool)
            if cores.count == 1 { return #expect(seen.job == cores) }
            // Whoever submits may have been moved meanwhile, and the pool's thread may not have been asleep.
            if seen.before == seen.after, !seen.job.contains(seen.before) { return #expect(seen.job == cores.filter { $0 != seen.before }) }
        }
        Issue.record("the thread that helps may always run where the one that submits does")
    }

    /// What the system says of where threads run.
    private enum Cores {
        /// On which cores the calling thread may run.
        static func allowed() throws -> [Int] {
            let lines = try #require(text("status")).split(separator: "\n")
            let list = try #require(lines.first { $0.hasPrefix("Cpus_allowed_list:") })
            return try list.split(separator: "\t")[1].split(separator: ",").flatMap { part in
                let ends = try part.split(separator: "-").map { try #require(Int($0)) }
                return Array(ends[0]...ends[ends.count - 1])
            }
        }

        /// The core the calling thread runs on.
        static func current() throws -> Int {
            let fields = try #require(text("stat")?.split(separator: ")").last).split(separator: " ")
            return try #require(Int(fields[36]))
        }

        /// Where a thread was before and after it submitted a job, and where the job's thread may run.
        static func ofJob(to pool: WorkerPool) async throws -> (before: Int, after: Int, job: [Int]) {
            let done = Mutex<(Int, Int)?>(nil)
            let job = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[Int], any Error>) in
                startThread {
                    guard let before = try? current() else { return continuation.resume(throwing: GaveUp()) }
                    pool.submit { continuation.resume(with: Result(catching: allowed)) }
                    if let after = try? current() { done.withLock { $0 = (before, after) } }
                }
            }
            while true {
                if let (before, after) = done.withLock({ $0 }) { return (before, after, job) }
                await Task.yield()
            }
        }

        private struct GaveUp: Error {}

        private static func text(_ name: String) -> String? {
            guard let file = fopen("/proc/thread-self/" + name, "r") else { return nil }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 8192)
            return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
        }
    }
}
