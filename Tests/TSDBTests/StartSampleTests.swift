import Model
import TSDB
import TestKit
import Testing

/// Zeros where series say that they have started.
@Suite struct StartSampleTests {
    private let a = labels(["__name__": "a"])
    private let b = labels(["__name__": "b"])

    /// Adds samples that tell a start each; answers the series as `time=value`.
    private func told(_ head: Head, _ samples: [(time: Timestamp, value: Double, start: Timestamp)]) throws -> AppendOutcome {
        var batch = AppendBatch()
        let index = batch.addSeries(a)
        for sample in samples {
            batch.add(toNew: index, sample.time, sample.value)
            batch.addStart(toNew: index, sample.start, before: sample.time)
        }
        return try head.append(&batch)
    }

    private func stored(_ head: Head) throws -> [String] {
        try head.answers().map { answer in zip(answer.times, answer.values).map { "\($0)=\(Double(bitPattern: $1))" }.joined(separator: " ") }
    }

    @Test("a start before the first sample is a zero, and told again it is nothing")
    func first() throws {
        let head = freeHead()
        let outcome = try told(head, [(1000, 5, 400)])
        #expect((outcome.appended, outcome.startsAppended, outcome.refused) == (2, 1, 0))
        let again = try told(head, [(2000, 6, 400)])
        #expect((again.appended, again.startsAppended, again.refused, again.identical) == (1, 0, 0, 0))
        #expect(try stored(head) == ["400=0.0 1000=5.0 2000=6.0"])
    }

    @Test(
        "only a start behind the last sample and before the one that tells it is a zero",
        arguments: [
            (1000, "1000=5.0 2000=1.0"), (999, "1000=5.0 2000=1.0"), (1001, "1000=5.0 1001=0.0 2000=1.0"), (1999, "1000=5.0 1999=0.0 2000=1.0"),
            (2000, "1000=5.0 2000=1.0"), (2001, "1000=5.0 2000=1.0"), (0, "1000=5.0 2000=1.0"), (-5, "1000=5.0 2000=1.0"),
        ] as [(Timestamp, String)])
    func between(start: Timestamp, expected: String) throws {
        let head = freeHead(window: 100_000)
        try head.add(a, (1000, 5))
        let outcome = try told(head, [(2000, 1, start)])
        #expect(outcome.refused == 0 && outcome.appendedOutOfOrder == 0)
        #expect(try stored(head) == [expected])
    }

    @Test("several samples of a series in one batch have each its own")
    func several() throws {
        let head = freeHead()
        let outcome = try told(head, [(1000, 5, 500), (2000, 6, 500), (3000, 1, 2500), (4000, 2, 2500)])
        #expect((outcome.appended, outcome.startsAppended, outcome.refused) == (6, 2, 0))
        #expect(try stored(head) == ["500=0.0 1000=5.0 2000=6.0 2500=0.0 3000=1.0 4000=2.0"])
    }

    @Test("a start that is older than what may still come in order is nothing")
    func old() throws {
        let head = freeHead()
        try head.add(b, (10 * 3_600_000, 1))
        _ = try told(head, [(10 * 3_600_000, 5, 3_600_000)])
        #expect(try stored(head).sorted() == ["36000000=1.0", "36000000=5.0"])
    }

    @Test("a refused sample has no zero, nor has a series without a sample")
    func refused() throws {
        var options = HeadOptions()
        options.budget = SeriesBudget(series: 1)
        let head = freeHead(options)
        try head.add(b, (1000, 1))
        #expect(try told(head, [(2000, 5, 1500)]).overBudget == 1)
        var batch = AppendBatch()
        batch.add(b, 3000, 1)
        let lonely = batch.addSeries(a)
        batch.addStart(toNew: lonely, 2500, before: 3000)
        #expect(try head.append(&batch).startsAppended == 0)
        #expect(try stored(head) == ["1000=1.0 3000=1.0"])
    }

    @Test("by reference as by labels; a reference that is gone is named and then tells it")
    func references() throws {
        let head = freeHead()
        var batch = AppendBatch()
        batch.add(a, 1000, 5)
        _ = try head.append(&batch)
        let known = try #require(batch.reference(ofNew: 0))
        batch.removeAll()
        batch.add(known, 2000, 1)
        batch.addStart(known, 1500, before: 2000)
        #expect(try head.append(&batch).startsAppended == 1)
        let gone = SeriesRef(known.rawValue + 1000)
        batch.removeAll()
        batch.add(gone, 3000, 1)
        batch.addStart(gone, 2500, before: 3000)
        #expect(try head.append(&batch).unknown == [0])
        _ = batch.name([gone: b])
        #expect(try head.append(&batch).startsAppended == 1)
        #expect(try stored(head) == ["1000=5.0 1500=0.0 2000=1.0", "2500=0.0 3000=1.0"])
    }

    @Test("a native histogram starts with an empty one of its kind", arguments: [true, false])
    func histograms(isWhole: Bool) throws {
        let head = freeHead()
        let layout = HistogramLayout(schema: 2, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: 1, length: 2)])
        let whole = Histogram(layout: layout, count: 5, sum: 3, positiveDeltas: [2, 1])
        var batch = AppendBatch()
        let index = batch.add(a, 1000, isWhole ? .whole(whole) : .fractional(FloatHistogram(whole)))
        batch.addStart(toNew: index, 400, before: 1000)
        let outcome = try head.append(&batch)
        #expect((outcome.histogramsAppended, outcome.startsAppended) == (2, 1))
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        let column = HistogramColumn()
        try set.readHistograms(0, from: .min, through: .max, into: column)
        #expect(column.times == [400, 1000])
        let fractions = column.histograms.map { histogram -> FloatHistogram in
            switch histogram {
            case .whole(let whole): FloatHistogram(whole)
            case .fractional(let fractional): fractional
            }
        }
        #expect(fractions.map(\.count) == [0, 5] && fractions.map(\.sum) == [0, 3])
        #expect(fractions.map(\.layout.schema) == [2, 2])
    }

    @Test("zeros are in the log like other samples")
    func restart() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        _ = try told(database.head, [(1000, 5, 400)])
        _ = try told(database.head, [(2000, 1, 1500)])
        let before = try stored(database.head)
        try database.close()
        #expect(try stored(openDatabase(files).head) == before)
        #expect(before == ["400=0.0 1000=5.0 1500=0.0 2000=1.0"])
    }

    /// What a series tells at random, before a model that knows the whole rule.
    @Test func randomStarts() throws {
        var random = SeededRandom(11)
        for _ in 0..<rounds(200) {
            let head = freeHead()
            var expected: [String] = []
            var last = Timestamp.min
            var time: Timestamp = 1
            for _ in 0..<1 + random.below(6) {
                var sent: [(time: Timestamp, value: Double, start: Timestamp)] = []
                for _ in 0..<1 + random.below(4) {
                    time += 1 + Timestamp(random.below(5))
                    let start = time - 6 + Timestamp(random.below(9))
                    sent.append((time, Double(random.below(9) + 1), start))
                    if start > last, start < time { expected.append("\(start)=0.0") }
                    expected.append("\(time)=\(sent[sent.count - 1].value)")
                    last = time
                }
                #expect(try told(head, sent).refused == 0)
            }
            #expect(try stored(head) == [expected.joined(separator: " ")])
        }
    }
}
