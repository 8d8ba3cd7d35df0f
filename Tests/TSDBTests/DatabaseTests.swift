import Model
import Synchronization
import TSDB
import TestKit
import Testing

/// Collects what a database reports.
final class Reports: Sendable {
    private let all = Mutex<[StorageEvent]>([])
    var reporter: Reporter { { event in self.all.withLock { $0.append(event) } } }
    var messages: [String] { all.withLock { $0.map(\.message) } }
    func count(_ level: StorageEvent.Level) -> Int { all.withLock { $0.filter { $0.level == level }.count } }
}

func openDatabase(
    _ files: any FileSystem, _ options: DatabaseOptions = DatabaseOptions(), _ reports: Reports = Reports(), path: String = "data", window: Int64 = 0
) throws -> Database {
    var options = options
    options.head.outOfOrderWindow = window
    options.head.futureTolerance = nil
    return try Database.open(path: path, options: options, files: files, clock: FixedClock(), report: reports.reporter)
}

@Suite struct DatabaseTests {
    let up = labels(["__name__": "up"])

    /// Somebody else's files stay, whatever they are called.
    @Test func unfinishedCopiesOfHeadChunksAreRemoved() throws {
        let files = MemoryFileSystem()
        try openDatabase(files).close()
        for name in ["000001.tmp", "1.tmp", "notes.tmp"] { files.setContents("data/chunks_head/" + name, [1, 2, 3]) }
        try openDatabase(files).close()
        #expect(files.paths(below: "data/chunks_head") == ["data/chunks_head/1.tmp", "data/chunks_head/notes.tmp"])
    }

    @Test func whatWasAppendedIsThereAfterClosing() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        try database.head.add(up, (1, 1), (2, 2))
        let before = try database.head.answers()
        try database.close()
        #expect(throws: StorageError.self) { try database.head.add(up, (3, 3)) }
        #expect(try database.head.answers() == before)
        let again = try openDatabase(files)
        #expect(try again.head.answers() == before)
        try again.head.add(up, (3, 3))
        #expect(try again.head.answers().map(\.times) == [[1, 2, 3]])
    }

    @Test func referencesGoOnAfterTheGreatest() throws {
        let files = MemoryFileSystem()
        var batch = AppendBatch()
        var database: Database? = try openDatabase(files)
        for i in 0..<5 { batch.add(labels(["i": "\(i)"]), 1, 1) }
        _ = try database?.head.append(&batch)
        let old = try #require(batch.reference(ofNew: 4))
        database = nil
        let again = try openDatabase(files)
        batch.removeAll()
        batch.add(labels(["i": "new"]), 1, 1)
        batch.add(labels(["i": "4"]), 2, 2)
        _ = try again.head.append(&batch)
        #expect(try #require(batch.reference(ofNew: 0)).rawValue > old.rawValue)
        #expect(batch.reference(ofNew: 1) == old)
    }

    @Test func afterAPowerCutWhatWasSyncedIsThere() throws {
        for seed in 1...20 {
            let files = MemoryFileSystem(seed: UInt64(seed))
            let reports = Reports()
            let database = try openDatabase(files)
            for i in 0..<10 { try database.head.add(up, (Timestamp(i), Double(i))) }
            try database.sync()
            for i in 10..<20 { try database.head.add(up, (Timestamp(i), Double(i))) }
            let again = try openDatabase(files.crash(), DatabaseOptions(), reports)
            let times = try #require(try again.head.answers().first?.times)
            #expect(times.count >= 10 && times == (0..<times.count).map { Timestamp($0) }, "seed \(seed)")
        }
    }

    @Test func withSyncAlwaysNothingAcknowledgedIsLost() throws {
        var options = DatabaseOptions()
        options.walSync = .always
        let files = MemoryFileSystem()
        let database = try openDatabase(files, options)
        for i in 0..<10 { try database.head.add(up, (Timestamp(i), Double(i))) }
        #expect(try openDatabase(files.crash()).head.answers().first?.times.count == 10)
    }

    @Test func aSecondServerIsKeptOut() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        do {
            _ = try openDatabase(files)
            Issue.record("the folder was opened twice")
        } catch let error as StorageError {
            #expect("\(error)".contains("data/lock"))
        }
        try database.close()
        _ = try openDatabase(files)
    }

    @Test func damageInTheMiddleCostsOnlyWhatItHitsAndIsReported() throws {
        let files = MemoryFileSystem()
        var options = DatabaseOptions()
        options.walSegmentSize = 32 << 10
        var database: Database? = try openDatabase(files, options)
        for i in 0..<3000 { try database?.head.add(up, (Timestamp(i), Double(i))) }
        database = nil
        var bytes = files.contents("data/wal/00000001")
        bytes[1000] ^= 0xff
        files.setContents("data/wal/00000001", bytes)
        let reports = Reports()
        let again = try openDatabase(files, options, reports)
        #expect(reports.count(.error) == 1)
        #expect(again.status.counts.logCorruptions == 1)
        let kept = try #require(try again.head.answers().first?.times)
        // One record, and with it one sample.
        #expect(kept.count == 2999 && Set(kept).isSubset(of: 0..<3000) && kept == kept.sorted())
        // What comes now is found by the next start.
        try again.head.add(up, (5000, 1))
        try again.close()
        let after = Reports()
        #expect(try openDatabase(files, options, after).head.answers().first?.times == kept + [5000])
        #expect(after.count(.error) == 0)
    }

    /// A history of appends and syncs in which one call to the disk fails: nothing that was acknowledged may be missing in memory or, after a
    /// restart, on disk; nothing refused may be seen in memory.
    @Test func everyFailingWriteLeavesTheDatabaseWhole() throws {
        var call = 1
        while try history(failing: call) { call += 1 }
        #expect(call > 20)
    }

    /// False once the failure was not reached.
    private func history(failing call: Int) throws -> Bool {
        let files = MemoryFileSystem(seed: UInt64(call))
        files.failCall(call)
        var options = DatabaseOptions()
        options.walSegmentSize = 500
        var acknowledged: [Timestamp] = []
        if let database = try? openDatabase(files, options) {
            for i in 0..<20 {
                var batch = AppendBatch()
                for series in 0..<3 { batch.add(labels(["s": "\(series)", "new": "\(i / 10)"]), Timestamp(i), Double(i)) }
                if (try? database.head.append(&batch)) != nil { acknowledged.append(Timestamp(i)) }
                if i % 5 == 4 { _ = try? database.sync() }
            }
            #expect(try Self.times(database.head) == acknowledged, "call \(call)")
            _ = try? database.close()
        }
        let reached = files.calls >= call
        let again = try openDatabase(files, options)
        #expect(try Self.times(again.head) == acknowledged, "call \(call), after a restart")
        return reached
    }

    /// The times that all three series have; fails if they differ.
    private static func times(_ head: Head) throws -> [Timestamp] {
        let answers = try head.answers()
        let bySeries = (0..<3).map { series in answers.filter { $0.labels["s"] == "\(series)" }.flatMap(\.times) }
        #expect(bySeries.allSatisfy { $0 == bySeries[0] })
        return bySeries[0]
    }
}
