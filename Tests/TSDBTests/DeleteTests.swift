import Model
import TestKit
import Testing

@testable import TSDB

@Suite struct DeleteTests {
    private let up = labels(["__name__": "up"])
    private let down = labels(["__name__": "down", "only": "here"])
    private let everything = TimeRange(from: .min, through: .max)
    private let all = Selection(matchers: [], from: .min, through: .max)

    private func delete(_ head: Head, _ name: String, _ from: Timestamp, _ through: Timestamp) throws -> Int {
        try head.delete([Matcher(name: "__name__", equals: name)], TimeRange(from: from, through: through))
    }

    @Test func samplesInTheMiddleOfAnOpenChunkGo() throws {
        let head = freeHead()
        for time in 0..<25 { try head.add(up, (Timestamp(time), Double(time))) }
        let before = try head.select(all)
        #expect(try delete(head, "up", 10, 19) == 10)
        #expect(try head.answers().map(\.times) == [(0..<10).map { $0 } + (20..<25).map { $0 }])
        #expect(head.stats.samples == 15 && head.stats.samplesDeleted == 10 && head.stats.chunks == 2)
        try head.add(up, (25, 25))
        #expect(try head.answers().first?.times.last == 25)
        // A query that began earlier still reads what it saw.
        let column = SampleColumn()
        try before.read(0, from: .min, through: .max, into: column)
        #expect(column.count == 25)
    }

    @Test(arguments: [(0, 99), (0, 300), (250, 450), (119, 121), (480, 499), (0, 498), (130, 131)])
    func rangesOverManyChunksAreExact(from: Timestamp, through: Timestamp) throws {
        let head = freeHead()
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        for time in 0..<500 {
            try head.add(up, (Timestamp(time), Double(time)))
            try database.head.add(up, (Timestamp(time), Double(time)))
        }
        let wanted = (0..<500).map { Timestamp($0) }.filter { $0 < from || $0 > through }
        for head in [head, database.head] {
            #expect(try delete(head, "up", from, through) == 500 - wanted.count)
            #expect(try head.answers().map(\.times) == [wanted])
            #expect(head.stats.samples == wanted.count)
        }
        try database.close()
        let again = try openDatabase(files).head
        #expect(try again.answers().map(\.times) == [wanted])
        // Behind the last sample there was, not behind the last that is left.
        #expect(try again.add(up, (499, 1)).appended == 0)
        #expect(try again.add(up, (500, 1)).appended == 1)
        #expect(try head.add(up, (500, 1)).appended == 1)
        #expect(try again.answers() == head.answers())
    }

    /// What listings name has samples near: between two chunks, in what was deleted and between late samples there are none.
    @Test func aGapIsNotListed() throws {
        let minute: Timestamp = 60_000
        let head = freeHead(window: 600 * minute)
        for time in Array(0..<60) + Array(180..<200) { try head.add(up, (Timestamp(time) * minute, 1)) }
        try head.add(down, (240 * minute, 1))
        for time in [100, 200] { #expect(try head.add(down, (Timestamp(time) * minute, 1)).appendedOutOfOrder == 1) }
        #expect(try delete(head, "up", 20 * minute, 40 * minute) == 21)
        func listed(_ from: Timestamp, _ through: Timestamp) throws -> [String] {
            try head.labelValues("__name__", Selection(matchers: [], from: from * minute, through: through * minute))
        }
        #expect(try listed(0, 240) == ["down", "up"])
        #expect(try listed(10, 20) == ["up"])
        #expect(try listed(21, 39) == [])
        #expect(try listed(60, 99) == [])
        #expect(try listed(60, 100) == ["down"])
        #expect(try listed(101, 179) == [])
        #expect(try listed(101, 199) == ["up"])
        #expect(try listed(201, 239) == [])
        #expect(try listed(201, 240) == ["down"])
        #expect(try head.answers([], 101 * minute, 179 * minute).isEmpty)
    }

    @Test func seriesWithoutSamplesLeaveAtOnce() throws {
        let head = freeHead()
        try head.add(up, (1, 1))
        try head.add(down, (1, 1))
        var batch = AppendBatch()
        batch.add(down, 2, 2)
        _ = try head.append(&batch)
        let old = try #require(batch.reference(ofNew: 0))
        #expect(try delete(head, "down", .min, .max) == 2)
        #expect(head.stats.series == 1)
        #expect(try head.labelNames(all) == ["__name__"])
        #expect(try head.labelValues("__name__", all) == ["up"])
        #expect(try head.answers().map(\.labels) == [up])
        // It may come again, as a new series, with samples of any time.
        batch.removeAll()
        batch.add(old, 3, 3)
        #expect(try head.append(&batch).unknown == [0])
        #expect(try head.add(down, (1, 7)).appended == 1)
    }

    @Test func nothingMatchingIsNothingDeleted() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        try database.head.add(up, (10, 1))
        let calls = files.calls
        #expect(try delete(database.head, "up", 11, 20) == 0)
        #expect(try delete(database.head, "down", 0, 20) == 0)
        #expect(files.calls == calls)
    }

    @Test func lateSamplesAreDeletedAndMayComeAgain() throws {
        let files = MemoryFileSystem()
        let wanted: [Answer]
        do {
            let database = try openDatabase(files, window: 1000)
            let head = database.head
            try head.add(up, (1000, 1))
            for time in 0..<100 { try head.add(up, (Timestamp(time), 1)) }
            #expect(try delete(head, "up", 20, 59) == 40)
            #expect(try head.add(up, (30, 2)).appendedOutOfOrder == 1)
            // The end may be deleted, and come again late.
            #expect(try delete(head, "up", 1000, 1000) == 1)
            #expect(try head.add(up, (1000, 3)).appendedOutOfOrder == 1)
            wanted = try head.answers()
            #expect(wanted.map(\.times) == [(0..<20).map { $0 } + [30] + (60..<100).map { $0 } + [1000]])
        }
        #expect(try openDatabase(files, window: 1000).head.answers() == wanted)
    }

    /// A series is deleted, comes again with earlier times, and all of it is replayed.
    @Test func aSeriesThatComesAgainIsReplayed() throws {
        let files = MemoryFileSystem()
        let wanted: [Answer]
        do {
            let head = try openDatabase(files, window: 1000).head
            try head.add(up, (500, 1), (510, 2), (490, 3))
            try head.add(down, (500, 1))
            #expect(try delete(head, "up", .min, .max) == 3)
            try head.add(up, (400, 4), (405, 5), (380, 6))
            wanted = try head.answers()
            #expect(wanted.map(\.times) == [[500], [380, 400, 405]])
        }
        #expect(try openDatabase(files, window: 1000).head.answers() == wanted)
    }

    /// The log of a head in which the series lost all it had, and came again under another reference with earlier times. Here one sample more is
    /// left of its first life: the block that had it is gone.
    @Test func aSecondLifeIsReplayedBehindWhatIsLeftOfTheFirst() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter("data/wal", files)
        let log = WALBatch()
        log.addSeries(1, up)
        log.addSample(1, 100, 1)
        log.addSample(1, 900, 2)
        try writer.append(log)
        log.removeAll()
        log.addTombstone(WALTombstone(reference: 1, range: TimeRange(from: 101, through: .max)))
        try writer.append(log)
        log.removeAll()
        log.addSeries(2, up)
        log.addSample(2, 200, 3)
        log.addSample(2, 300, 4)
        try writer.append(log)
        try writer.sync()
        #expect(try openDatabase(files).head.answers().map(\.times) == [[100, 200, 300]])
    }

    /// Samples and deletes, and one call to the disk that fails: what was refused is there, what was accepted is gone, now and after a restart.
    @Test func everyFailingWriteLeavesTheDatabaseWhole() throws {
        var call = 1
        while try history(failing: call) { call += 1 }
        #expect(call > 40)
    }

    private func history(failing call: Int) throws -> Bool {
        let files = MemoryFileSystem(seed: UInt64(call))
        files.failCall(call)
        var options = DatabaseOptions()
        options.walSegmentSize = 400
        var expected = ExpectedHead(window: 1000, reach: options.head.chunkRange / 2)
        if let database = try? openDatabase(files, options, window: 1000) {
            for i in 0..<20 {
                let samples = (0..<4).flatMap { series in
                    [10, -15].map { (labels: labels(["a": "\(series)"]), time: Timestamp(i * 10 + $0), value: Double(i)) }
                }
                var batch = AppendBatch()
                for sample in samples { batch.add(sample.labels, sample.time, sample.value) }
                if (try? database.head.append(&batch)) != nil { _ = expected.add(samples) }
                let range = TimeRange(from: Timestamp(i * 10 - 40), through: Timestamp(i * 10 - (i % 4) * 10 + 10))
                if i % 3 == 2, (try? database.head.delete([Matcher(name: "a", equals: "\(i % 4)")], range)) != nil {
                    _ = expected.delete("a", "\(i % 4)", range)
                }
                if i % 5 == 4 { _ = try? database.sync() }
            }
            #expect(try database.head.answers() == expected.answers(), "call \(call)")
            _ = try? database.close()
        }
        let reached = files.calls >= call
        #expect(try openDatabase(files, options, window: 1000).head.answers() == expected.answers(), "call \(call), after a restart")
        return reached
    }
}
