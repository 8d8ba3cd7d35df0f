import Glibc
import Model
import Runtime
import Synchronization
import TSDB
import TestKit
import Testing

@Suite struct ThreadTests {
    private static let threads = 4
    private static let batches = 100
    private static let seriesCount = 10

    /// Threads that append to the same series, while another forces the log to the disk: every sample is stored or refused, once, and what was
    /// stored before the last sync is there after a power cut.
    @Test func appendsAndSyncsFromSeveralThreads() throws {
        let files = MemoryFileSystem(seed: 3)
        let database = try openDatabase(files)
        let stored = Atomic(0)
        let refused = Atomic(0)
        let failed = Atomic(0)
        let stopped = Semaphore()
        for thread in 0..<Self.threads {
            startThread {
                for round in 0..<Self.batches {
                    guard let outcome = try? Self.append(database.head, Timestamp(round * Self.threads + thread)) else {
                        failed.add(1, ordering: .relaxed)
                        continue
                    }
                    stored.add(outcome.appended, ordering: .relaxed)
                    refused.add(outcome.outOfOrder, ordering: .relaxed)
                }
                stopped.signal()
            }
        }
        startThread {
            for _ in 0..<50 where (try? database.sync()) == nil { failed.add(1, ordering: .relaxed) }
            stopped.signal()
        }
        for _ in 0...Self.threads { stopped.wait() }
        #expect(failed.load(ordering: .relaxed) == 0)
        #expect(stored.load(ordering: .relaxed) + refused.load(ordering: .relaxed) == Self.threads * Self.batches * Self.seriesCount)
        #expect(database.head.stats.samples == stored.load(ordering: .relaxed))
        #expect(database.head.stats.series == Self.seriesCount)
        let answers = try database.head.answers()
        #expect(answers.allSatisfy { zip($0.times, $0.times.dropFirst()).allSatisfy(<) })
        try database.sync()
        #expect(try openDatabase(files.crash()).head.answers() == answers)
    }

    private static func append(_ head: Head, _ time: Timestamp) throws -> AppendOutcome {
        var batch = AppendBatch()
        for i in 0..<seriesCount { batch.add(labels(["__name__": "shared", "i": "\(i)"]), time, Double(time)) }
        return try head.append(&batch)
    }

    @Test func closingWhileOthersAppendLosesNothingThatWasAcknowledged() throws {
        let files = MemoryFileSystem(seed: 4)
        let database = try openDatabase(files)
        let acknowledged = Atomic(0)
        let stopped = Semaphore()
        startThread {
            for time in 0..<100_000 {
                guard (try? Self.append(database.head, Timestamp(time))) != nil else { break }
                acknowledged.add(1, ordering: .releasing)
            }
            stopped.signal()
        }
        while acknowledged.load(ordering: .acquiring) < 20 { sched_yield() }
        try database.close()
        stopped.wait()
        let answers = try openDatabase(files.crash()).head.answers()
        #expect(answers.allSatisfy { $0.times.count == acknowledged.load(ordering: .relaxed) })
    }

    /// The lock is the operating system's: a second opening, in this process or another, gets none as long as the first lives.
    @Test func aRealFolderIsOpenedOnce() throws {
        let path = try temporaryFolder()
        let files = RealFileSystem()
        defer { try? files.removeAll(path) }
        let first = try openDatabase(files, path: path)
        try first.head.add(labels(["__name__": "up"]), (1, 1))
        for _ in 0..<2 {
            do {
                _ = try openDatabase(files, path: path)
                Issue.record("the folder was opened twice")
            } catch let error as StorageError {
                #expect("\(error)".contains(path + "/lock"))
            }
        }
        // The one who was refused changed nothing.
        try first.head.add(labels(["__name__": "up"]), (2, 2))
        try first.close()
        #expect(try openDatabase(files, path: path).head.answers().map(\.times) == [[1, 2]])
    }
}
