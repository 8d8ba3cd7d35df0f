import Model
import TSDB
import TestKit
import Testing

@Suite struct OutOfOrderTests {
    let up = labels(["__name__": "up"])
    private let minute: Timestamp = 60_000

    @Test func lateSamplesAreSeenAtOnceAndInOrder() throws {
        let head = freeHead(window: 10 * minute)
        try head.add(up, (0, 0), (5 * minute, 5), (10 * minute, 10))
        let outcome = try head.add(up, (7 * minute, 7), (minute, 1), (6 * minute, 6))
        #expect(outcome.appended == 3 && outcome.appendedOutOfOrder == 3 && outcome.refused == 0)
        #expect(try head.answers().map(\.times) == [[0, 1, 5, 6, 7, 10].map { $0 * minute }])
        #expect(try head.answers([], 6 * minute, 7 * minute).map(\.times) == [[6 * minute, 7 * minute]])
        #expect(head.stats.samples == 6)
        #expect(head.stats.samplesAppendedOutOfOrder == 3)
        #expect(head.stats.minOutOfOrderTime == minute && head.stats.maxOutOfOrderTime == 7 * minute)
    }

    @Test func theWindowCountsFromTheNewestSampleOfTheHead() throws {
        let head = freeHead(window: 10 * minute)
        try head.add(labels(["__name__": "other"]), (20 * minute, 1))
        try head.add(up, (15 * minute, 1))
        let outcome = try head.add(up, (10 * minute, 1), (10 * minute - 1, 1))
        #expect(outcome.appendedOutOfOrder == 1 && outcome.tooOld == 1)
        #expect(head.stats.samplesTooOld == 1)
    }

    @Test func withoutAWindowLateSamplesAreRefused() throws {
        let head = freeHead()
        try head.add(up, (20 * minute, 1))
        #expect(try head.add(up, (19 * minute, 1)).outOfOrder == 1)
        try head.add(up, (100 * minute, 1))
        // Older than an hour, half a chunk range, and a series that is new: out of bounds.
        #expect(try head.add(labels(["__name__": "new"]), (40 * minute - 1, 1)).outOfBounds == 1)
        #expect(try head.add(labels(["__name__": "new"]), (40 * minute, 1)).appended == 1)
    }

    @Test func aTimeIsAnsweredOnceWithTheValueThatCameFirst() throws {
        let head = freeHead(window: 10 * minute)
        try head.add(up, (1, 1), (2, 2), (3, 3))
        try head.add(up, (0, 0))
        let again = try head.add(up, (0, 0), (1, 1), (2, 2), (3, 3))
        #expect(again.identical == 4 && again.appended == 0)
        let other = try head.add(up, (0, 9), (1, 9), (2, 9), (3, 9))
        #expect(other.duplicate == 4 && other.appended == 0)
        #expect(try head.answers().map(\.values) == [[0.0, 1, 2, 3].map(\.bitPattern)])
    }

    @Test func severalSamplesOfOneSeriesInABatchAreOrderedAmongThemselves() throws {
        let files = MemoryFileSystem()
        let wanted: [Answer]
        do {
            let database = try openDatabase(files, window: minute)
            let outcome = try database.head.add(up, (10, 1), (5, 2), (10, 1), (10, 3), (5, 2), (7, 4), (12, 5))
            #expect(outcome.appended == 4 && outcome.appendedOutOfOrder == 2 && outcome.identical == 2 && outcome.duplicate == 1)
            wanted = try database.head.answers()
            #expect(wanted.map(\.times) == [[5, 7, 10, 12]])
        }
        #expect(try openDatabase(files, window: minute).head.answers() == wanted)
    }

    @Test func aBatchMayRefuseLateSamples() throws {
        let head = freeHead(window: 10 * minute)
        try head.add(up, (10, 1))
        var batch = AppendBatch()
        batch.refusesOutOfOrder = true
        batch.add(up, 5, StaleMarker.value)
        #expect(try head.append(&batch).outOfOrder == 1)
        #expect(try head.answers().map(\.times) == [[10]])
    }

    /// A series may begin out of order; its labels are found in the times that it has.
    @Test func seriesOfLateSamplesAloneAreFound() throws {
        let files = MemoryFileSystem()
        let late = labels(["__name__": "late", "only": "here"])
        do {
            let database = try openDatabase(files, window: 300 * minute)
            try database.head.add(up, (300 * minute, 1))
            #expect(try database.head.add(late, (10 * minute, 1)).appendedOutOfOrder == 1)
        }
        let head = try openDatabase(files, window: 300 * minute).head
        let there = Selection(matchers: [], from: 5 * minute, through: 15 * minute)
        let elsewhere = Selection(matchers: [], from: 15 * minute, through: 400 * minute)
        #expect(try head.labelNames(there) == ["__name__", "only"])
        #expect(try head.labelNames(elsewhere) == ["__name__"])
        #expect(try head.labelValues("__name__", Selection(matchers: [], from: .min, through: .max)) == ["late", "up"])
        #expect(try head.answers([], 5 * minute, 15 * minute).map(\.labels) == [late])
    }

    @Test func manyLateSamplesFillChunks() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files, window: 10_000)
        try database.head.add(up, (10_000, 0))
        var random = SeededRandom(8)
        let times = (0..<1000).map { Timestamp($0 * 10) }.shuffled(using: &random)
        for time in times { #expect(try database.head.add(up, (time, Double(time))).appendedOutOfOrder == 1) }
        #expect(database.head.stats.chunks > 20)
        let answer = try #require(try database.head.answers().first)
        #expect(answer.times == times.sorted() + [10_000])
        #expect(try openDatabase(files.crash(), window: 10_000).head.answers().first?.times.count ?? 0 <= 1001)
        try database.close()
        #expect(try openDatabase(files, window: 10_000).head.answers() == [answer])
    }

    @Test func aQueryKeepsWhatItSaw() throws {
        let head = freeHead(window: 10_000)
        try head.add(up, (10_000, 0))
        for time in 0..<40 { try head.add(up, (Timestamp(time * 2), 1)) }
        let before = try head.select(Selection(matchers: [], from: .min, through: .max))
        for time in 0..<400 { try head.add(up, (Timestamp(time * 2 + 1), 1)) }
        let column = SampleColumn()
        try before.read(0, from: .min, through: .max, into: column)
        #expect(column.count == 41)
    }

    @Test func aFullHeadGivesUpLateSamplesToo() throws {
        var options = HeadOptions()
        options.maxSamples = 1000
        let head = freeHead(options, window: 1_000_000)
        for i in 0..<3000 {
            try head.add(up, (Timestamp(i) * 100, 1))
            try head.add(labels(["__name__": "late"]), (Timestamp(i) * 100, 1), (Timestamp(i) * 100 - 50, 1))
        }
        #expect(head.stats.samples <= 1000)
        let earliest = try #require(head.stats.minTime)
        let answers = try head.answers()
        #expect(answers.count == 2)
        #expect(answers.allSatisfy { $0.times.allSatisfy { $0 >= earliest - 50 } })
        #expect(try head.add(up, (earliest - 200, 1)).tooOld == 1)
    }

    /// Samples in order and out of order, new series of both kinds, and one call to the disk that fails: nothing that was acknowledged is missing
    /// and nothing that was refused is seen, now or after a restart.
    @Test func everyFailingWriteLeavesBothLogsWhole() throws {
        var call = 1
        while try history(failing: call) { call += 1 }
        #expect(call > 40)
    }

    /// False once the failure was not reached.
    private func history(failing call: Int) throws -> Bool {
        let files = MemoryFileSystem(seed: UInt64(call))
        files.failCall(call)
        var options = DatabaseOptions()
        options.walSegmentSize = 300
        var expected = ExpectedHead(window: 1000, reach: options.head.chunkRange / 2)
        if let database = try? openDatabase(files, options, window: 1000) {
            for i in 0..<20 {
                var batch = AppendBatch()
                var samples: [(labels: Labels, time: Timestamp, value: Double)] = []
                for series in 0..<4 {
                    let labels = labels(["s": "\(series)", "new": "\(i / 10)"])
                    samples.append((labels, Timestamp(i * 10), Double(i)))
                    if series > 1 { samples.append((labels, Timestamp(i * 10 - 15), Double(i))) }
                }
                for sample in samples { batch.add(sample.labels, sample.time, sample.value) }
                if (try? database.head.append(&batch)) != nil { _ = expected.add(samples) }
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
