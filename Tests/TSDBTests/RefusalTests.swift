import Model
import TSDB
import Testing

/// Which samples of a batch were refused, for whoever has to tell somebody else.
struct RefusalTests {
    private let a = labels(["__name__": "a"])
    private let b = labels(["__name__": "b"])
    private let histogram = NativeHistogram.whole(Histogram())

    private func head() -> Head {
        var options = HeadOptions()
        options.outOfOrderWindow = 1000
        return Head(options: options, clock: FixedClock(time: 1_000_000))
    }

    @Test("each refused sample is told with its position, its time and the reason")
    func told() throws {
        let head = head()
        try head.add(a, (1_000_000, 1))
        var batch = AppendBatch()
        batch.namesRefusals = true
        batch.add(a, 1_000_001, 1)
        batch.add(a, 1_000_000, 2)
        batch.add(b, 5_000_000, 1)
        batch.add(a, 998_000, 1)
        batch.add(a, 1_000_001, 7)
        batch.add(b, 1_000_000, 1)
        batch.add(b, 998_999, 1)
        let wrong = Histogram(count: 3)
        batch.add(labels(["__name__": "h"]), 1_000_000, histogram)
        batch.add(labels(["__name__": "h"]), 1_000_001, NativeHistogram.whole(wrong))
        batch.add(labels(["__name__": "h"]), 5_000_000, histogram)
        let outcome = try head.append(&batch)
        let told = outcome.firstRefusals.map { "\($0.isHistogram ? "h" : "")\($0.position) \($0.time) \($0.reason)" }
        #expect(
            Set(told) == [
                "1 1000000 duplicate", "2 5000000 outOfBounds", "3 998000 tooOld", "4 1000001 duplicate", "6 998999 tooOld", "h1 1000001 invalid",
                "h2 5000000 outOfBounds",
            ])
        #expect((outcome.appended, outcome.histogramsAppended, outcome.hasRepeats) == (3, 1, true))
    }

    @Test("no more than ten are told, and none unless the batch asks")
    func bounded() throws {
        let head = head()
        var batch = AppendBatch()
        for asks in [false, true] {
            batch.removeAll()
            batch.namesRefusals = asks
            for n in 0..<100 { batch.add(a, 5_000_000 + Int64(n), 1) }
            let outcome = try head.append(&batch)
            #expect(outcome.outOfBounds == 100)
            #expect(outcome.firstRefusals.map(\.position) == (asks ? Array(0..<10) : []))
        }
    }

    @Test("what repeats is counted apart for histograms and exemplars")
    func identical() throws {
        var options = HeadOptions()
        options.maxExemplars = 10
        let head = freeHead(options, window: 1000)
        var outcomes: [AppendOutcome] = []
        for _ in 0..<2 {
            var batch = AppendBatch()
            let index = batch.addSeries(a)
            batch.add(toNew: index, 1, 1)
            batch.add(toNew: index, 2, 2)
            batch.add(labels(["__name__": "h"]), 1, histogram)
            batch.add(Exemplar(labels: .empty, value: 1, time: 1), toNew: index)
            outcomes.append(try head.append(&batch))
        }
        #expect(outcomes.map { [$0.appended, $0.identical] } == [[3, 0], [0, 3]])
        #expect(outcomes.map { [$0.histogramsAppended, $0.histogramsIdentical] } == [[1, 0], [0, 1]])
        #expect(outcomes.map { [$0.exemplarsAppended, $0.exemplarsIdentical] } == [[1, 0], [0, 1]])
        #expect(try head.answers().filter { $0.labels == a }.map(\.times) == [[1, 2]])
    }

    @Test("a batch whose references are unknown can be named by labels")
    func named() throws {
        let (gone, there) = (freeHead(), freeHead())
        var batch = AppendBatch()
        _ = batch.add(b, 1, 1)
        let index = batch.add(a, 1, 1)
        _ = try gone.append(&batch)
        let ref = try #require(batch.reference(ofNew: index))
        batch.removeAll()
        batch.add(ref, 5, 1)
        batch.add(b, 5, 2)
        batch.add(ref, 6, histogram)
        let outcome = try there.append(&batch)
        #expect(outcome.unknown == [0] && outcome.unknownHistograms == [0])
        #expect(batch.reference(ofSample: 0) == ref && batch.reference(ofHistogram: 0) == ref)
        let numbers = batch.name([ref: a])
        #expect(try there.append(&batch).appended == 3)
        #expect(batch.reference(ofNew: try #require(numbers[ref])) != nil)
        #expect(try there.answers().map(\.labels) == [a, b])
    }

    @Test("a series that is added without samples is not made")
    func withoutSamples() throws {
        let head = freeHead()
        var batch = AppendBatch()
        let index = batch.addSeries(a)
        _ = try head.append(&batch)
        #expect(batch.reference(ofNew: index) == nil)
        #expect(head.stats.series == 0)
    }
}
