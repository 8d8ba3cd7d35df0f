import Chunks
import Model
import TestKit
import Testing

@testable import TSDB

/// Late samples on their way to blocks.
@Suite struct OutOfOrderBlocksTests {
    private let hour: Int64 = 3_600_000
    private let up = labels(["__name__": "up"])
    private var start: Timestamp { 1_700_000_000_000 / (2 * hour) * (2 * hour) }

    private func open(_ files: any FileSystem, _ clock: TurnedClock, _ reports: Reports = Reports()) throws -> Database {
        var options = DatabaseOptions()
        options.head.outOfOrderWindow = 6 * hour
        options.walSegmentSize = 2 << 10
        return try Database.open(path: "data", options: options, files: files, clock: clock, report: reports.reporter)
    }

    @Test func whatIsCutIsDroppedAndWhatComesMeanwhileStays() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(start + 4 * hour)
        let database = try open(files, clock)
        let head = database.head
        try head.add(up, (start + 4 * hour, 0))
        try head.add(labels(["__name__": "late"]), (start + hour, 0))
        for i in 0..<100 { try head.add(up, (start + Timestamp(i) * 100_000, Double(i))) }
        let before = try head.answers()
        var cursors: [[Timestamp]] = []
        let cut = try head.cutOutOfOrder { cut throws(StorageError) in
            #expect(cut.starts(length: 2 * hour) == [start, start + 2 * hour])
            _ = try? head.add(up, (start + 1, 1))
            #expect((try? head.answers())?.last?.times.count == 102)
            for from in cut.starts(length: 2 * hour) {
                let cursor = cut.cursor(from: from, before: from + 2 * hour)
                while try cursor.next() {
                    let column = SampleColumn()
                    for chunk in cursor.chunks {
                        try? XORChunk.decode(chunk.bytes, into: column)
                        #expect(chunk.range.from >= from && chunk.range.through < from + 2 * hour)
                    }
                    cursors.append((0..<column.count).map { column.times[$0] })
                }
            }
        }
        #expect(cut)
        #expect(cursors.map(\.count) == [1, 72, 28])
        #expect(cursors.allSatisfy { $0 == $0.sorted() })
        #expect(before.count == 2)
        // The series that had nothing else has left.
        #expect(try head.answers().map(\.times) == [[start + 1, start + 4 * hour]])
        try database.close()
        #expect(try open(files, clock).head.answers().map(\.times) == [[start + 1, start + 4 * hour]])
    }

    /// By markers Prometheus passes over samples that it believes to find in head chunks; behind ours it would believe so wrongly.
    @Test func markersOfPrometheusLeaveTheLog() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(start + 4 * hour)
        let database = try open(files, clock)
        try database.head.add(up, (start + 4 * hour, 0))
        for i in 0..<10 { try database.head.add(up, (start + Timestamp(i) * 100_000, Double(i))) }
        let before = try database.head.answers()
        try database.close()
        let path = "data/wbl/00000000"
        let whole = files.contents(path)
        let framing = WALFraming()
        // A series reference and a chunk's place, eight bytes each.
        let marker = [WALFormat.markers] + [UInt8](repeating: 0, count: 7) + [1, 0, 0, 0, 1, 0, 0, 0, 8]
        _ = marker.withUnsafeBytes { framing.add($0, at: whole.count) }
        files.setContents(path, whole + framing.output.bytes)
        let reports = Reports()
        #expect(try open(files, clock, reports).head.answers() == before)
        let reader = try WALReader("data/wbl", files)
        while let record = try reader.next() { #expect(record.first != WALFormat.markers) }
        #expect(reader.report.isClean && reader.report.records > 0)
        #expect(reports.count(.warning) + reports.count(.error) == 0)
    }

    @Test func aCutThatFailsDropsNothing() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(start + 4 * hour)
        let database = try open(files, clock)
        try database.head.add(up, (start + 4 * hour, 0), (start, 1))
        let before = try database.head.answers()
        #expect(throws: StorageError.self) {
            try database.head.cutOutOfOrder { _ throws(StorageError) in throw .closed(path: "") }
        }
        #expect(try database.head.answers() == before)
        try database.close()
        #expect(try open(files, clock).head.answers() == before)
    }

    /// One call to the disk fails while late samples come and are cut into blocks: what was acknowledged is answered, once and nothing else, now and
    /// after a restart.
    @Test func everyFailingWriteLeavesTheDatabaseWhole() throws {
        var call = 1
        while try history(failing: call) { call += 1 }
        #expect(call > 100)
    }

    private func history(failing call: Int) throws -> Bool {
        let files = MemoryFileSystem(seed: UInt64(call))
        files.failCall(call)
        let clock = TurnedClock(start)
        var expected: Set<Timestamp> = []
        if let database = try? open(files, clock) {
            for step in 0..<14 {
                clock.set(start + Timestamp(step) * hour / 2)
                let times = [clock.now(), clock.now() - hour * 3 + Timestamp(step), clock.now() - 30 + Timestamp(step)]
                var batch = AppendBatch()
                for time in times { batch.add(up, time, Double(time)) }
                if (try? database.head.append(&batch)) != nil { expected.formUnion(times) }
                database.maintain()
            }
            let answers = try database.source.answers()
            #expect(answers.flatMap(\.times) == expected.sorted(), "call \(call)")
            _ = try? database.close()
        }
        let reached = files.calls >= call
        let again = try open(files, clock)
        again.maintain()
        let answers = try again.source.answers()
        #expect(answers.flatMap(\.times) == expected.sorted(), "call \(call), after a restart")
        #expect(answers.allSatisfy { zip($0.times, $0.values).allSatisfy { Double($0).bitPattern == $1 } })
        return reached
    }

    /// Days of samples, a good part of them late, with restarts, some after a power cut: everything that was synced is answered once, wherever it
    /// lies by then.
    @Test func lateSamplesBecomeBlocks() throws {
        for seed in 1...UInt64(rounds(6)) { try history(seed) }
    }

    private func history(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        var files = MemoryFileSystem(seed: seed)
        let clock = TurnedClock(start)
        var database = try open(files, clock)
        var expected: [Labels: [Timestamp: Double]] = [:]
        for step in 0..<200 {
            clock.set(start + Timestamp(step) * 6 * 60_000)
            var batch = AppendBatch()
            for i in 0..<4 {
                let series = labels(["__name__": "m", "i": "\(i)"])
                for _ in 0..<random.below(4) {
                    let time = clock.now() - (random.below(3) == 0 ? Timestamp(random.below(300)) * 60_000 : 0)
                    batch.add(series, time, Double(time))
                    if clock.now() - time <= 6 * hour { expected[series, default: [:]][time] = Double(time) }
                }
            }
            #expect(try database.head.append(&batch).refused == 0, "seed \(seed)")
            database.maintain()
            if random.below(40) == 0 {
                if random.below(2) == 0 { try database.close() } else { try database.sync() }
                files = files.crash()
                database = try open(files, clock)
            }
        }
        let wanted = expected.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.key < $1.key } }
        let answers = try database.source.answers()
        #expect(answers.map(\.times) == wanted.map { $0.map(\.key) }, "seed \(seed)")
        #expect(answers.map(\.values) == wanted.map { $0.map(\.value.bitPattern) }, "seed \(seed)")
        #expect(database.status.counts.failedCompactions == 0)
        #expect(database.blocks.count > 2)
        // Blocks do not overlap for long, and the log of late samples is shortened.
        let overlaps = zip(database.blocks, database.blocks.dropFirst()).filter { $0.maxTime > $1.minTime }
        #expect(overlaps.count < 2, "seed \(seed): \(database.blocks.map { ($0.minTime - start, $0.maxTime - start) })")
        let log = try files.list("data/wbl")
        #expect(!log.contains("00000000"), "seed \(seed): \(log)")
        let copy = try database.snapshot(withHead: true)
        let snapshot = try Database.open(path: "data/snapshots/\(copy)", options: DatabaseOptions(), files: files, clock: clock) { _ in }
        #expect(try snapshot.source.answers() == answers)
    }
}
