import Model
import Synchronization
import TSDB
import TestKit
import Testing

@Suite struct DropTests {
    @Test func aFullHeadGivesUpItsOldestSamples() throws {
        var options = HeadOptions()
        options.maxSamples = 5000
        let head = freeHead(options)
        let kept = labels(["__name__": "kept"])
        let gone = labels(["__name__": "gone", "only": "here"])
        try head.add(gone, (0, 1))
        var batch = AppendBatch()
        batch.add(gone, 1, 1)
        _ = try head.append(&batch)
        let goneRef = try #require(batch.reference(ofNew: 0))
        let before = try head.select(Selection(matchers: [], from: .min, through: .max))
        for i in 1...9000 { try head.add(kept, (Timestamp(i) * 1000, Double(i))) }
        #expect(head.stats.samples <= 5000)
        #expect(head.stats.samples > 4000)
        #expect(head.stats.samplesDropped == 9002 - head.stats.samples)
        let answers = try head.answers()
        #expect(answers.map(\.labels) == [kept])
        #expect(answers.first?.times.last == 9_000_000)
        let earliest = try #require(head.stats.minTime)
        #expect(try #require(answers.first?.times.first) - earliest < 1000)
        // What was given up does not come back.
        #expect(try head.add(labels(["__name__": "late"]), (earliest - 1, 1)).outOfBounds == 1)
        // Names of series that left are gone, their references are not used again.
        #expect(try head.labelNames(Selection(matchers: [], from: .min, through: .max)) == ["__name__"])
        #expect(try head.labelValues("__name__", Selection(matchers: [], from: .min, through: .max)) == ["kept"])
        batch.removeAll()
        batch.add(goneRef, 9_999_999, 1)
        #expect(try head.append(&batch).unknown == [0])
        batch.removeAll()
        batch.add(gone, 9_999_999, 1)
        _ = try head.append(&batch)
        #expect(try #require(batch.reference(ofNew: 0)).rawValue > goneRef.rawValue)
        // A query that began earlier still reads what it saw.
        let column = SampleColumn()
        try before.read(0, from: .min, through: .max, into: column)
        #expect(column.count == 2)
        #expect(before.labels(0) == gone)
    }

    /// Series, samples, and what was dropped: all as before after a restart.
    @Test func aFullHeadIsTheSameAfterARestart() throws {
        var options = DatabaseOptions()
        options.head.maxSamples = 3000
        let files = MemoryFileSystem()
        var random = SeededRandom(5)
        let before: [Answer] = try {
            let database = try openDatabase(files, options)
            for round in 0..<80 {
                var batch = AppendBatch()
                for _ in 0..<150 {
                    let series = labels(["__name__": "m", "id": "\(round / 3 * 20 + random.below(60))"])
                    batch.add(series, Timestamp(round * 1000 + random.below(1000)), Double(round))
                }
                _ = try database.head.append(&batch)
            }
            #expect(database.head.stats.samplesDropped > 1000)
            return try database.head.answers()
        }()
        #expect(try openDatabase(files, options).head.answers() == before)
    }

    @Test(arguments: 1...3)
    func droppingManySeriesKeepsTheOthersRight(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var options = HeadOptions()
        options.maxSamples = 3000
        let head = freeHead(options)
        var latest: [Labels: (Timestamp, Double)] = [:]
        for round in 0..<60 {
            var batch = AppendBatch()
            for _ in 0..<200 {
                let series = labels(["__name__": "m", "id": "\(round / 5 * 40 + random.below(120))"])
                let time = Timestamp(round * 1000 + random.below(1000))
                guard time > latest[series]?.0 ?? -1 else { continue }
                latest[series] = (time, Double(round))
                batch.add(series, time, Double(round))
            }
            _ = try head.append(&batch)
            let oldest = try #require(head.stats.minTime)
            let answers = try head.answers()
            #expect(answers.count == head.stats.series)
            for answer in answers { #expect(latest[answer.labels]?.0 == answer.times.last, "seed \(seed)") }
            // Whoever has a sample that is younger than everything dropped is still there, found by label.
            for (series, last) in latest where last.0 > oldest + 60_000 {
                #expect(try head.answers(series.map { Matcher(name: $0.name, equals: $0.value) }).count == 1, "seed \(seed)")
            }
        }
        #expect(head.stats.seriesRemoved > 0)
    }
}
