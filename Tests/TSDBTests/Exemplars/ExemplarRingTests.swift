import Model
import TestKit
import Testing

@testable import TSDB

/// Which exemplars are kept, and which are refused.
@Suite struct ExemplarRingTests {
    private static func exemplar(_ time: Timestamp, _ value: Double, _ trace: String = "a", timed: Bool = true) -> Exemplar {
        Exemplar(labels: labels(["trace_id": trace]), value: value, time: time, isTimed: timed)
    }

    /// What comes behind an exemplar of 1 at 10 with the trace `m`.
    @Test(
        arguments: [
            (exemplar(11, 0), .stored), (exemplar(9, 2), .outOfOrder), (exemplar(10, 1, "m"), .repeated), (exemplar(10, 2, "a"), .stored),
            (exemplar(10, 0.5, "z"), .outOfOrder), (exemplar(10, 1, "n"), .stored), (exemplar(10, 1, "l"), .outOfOrder),
            (exemplar(11, 1, "m"), .stored), (exemplar(9, 1, "m"), .outOfOrder), (exemplar(11, 1, "m", timed: false), .stored),
            (exemplar(11, .nan, "m"), .stored), (exemplar(11, 1, String(repeating: "é", count: 120)), .stored),
            (exemplar(11, 1, String(repeating: "é", count: 121)), .tooLong), (exemplar(9, 1, String(repeating: "x", count: 121)), .tooLong),
        ] as [(Exemplar, ExemplarRing.Verdict)])
    func theNewestDecides(new: Exemplar, wanted: ExemplarRing.Verdict) {
        #expect(ExemplarRing.verdict(new, behind: Self.exemplar(10, 1, "m")) == wanted)
        #expect(ExemplarRing.verdict(new, behind: nil) == (wanted == .tooLong ? .tooLong : .stored))
    }

    /// A page repeats its exemplars until there are others; only those with times of their own can be told from news.
    @Test func whatAPageRepeatsWithoutATimeIsNoNews() {
        let first = Self.exemplar(10, 1, timed: false)
        #expect(ExemplarRing.verdict(Self.exemplar(20, 1, timed: false), behind: first) == .repeated)
        #expect(ExemplarRing.verdict(Self.exemplar(20, 2, timed: false), behind: first) == .stored)
        #expect(ExemplarRing.verdict(Self.exemplar(20, 1), behind: first) == .stored)
    }

    /// A ring of some size, resized now and then, beside a list of all that were added.
    @Test(arguments: 0..<UInt64(rounds(20))) func asAListOfTheNewest(seed: UInt64) {
        var random = SeededRandom(seed)
        let store = ExemplarStore(limit: 1 + random.below(12))
        var kept: [(series: Labels, exemplar: Exemplar)] = []
        var limit = store.stats.limit
        for time in 0..<Timestamp(400) {
            if random.below(50) == 0 {
                limit = random.below(15)
                store.setLimit(limit)
            }
            let number = random.below(1 + random.below(6))
            let series = labels(["__name__": "m", "i": "\(number)"])
            let exemplar = Self.exemplar(time, Double(random.below(3)))
            // The series comes back under another reference sometimes.
            let reference = UInt64(number * 1000 + Int(time) / 100)
            store.use { $0.ring.add(exemplar, reference) { series } }
            kept.append((series, exemplar))
            kept.removeFirst(max(0, kept.count - limit))
            let stats = store.stats
            #expect(stats.kept == kept.count && stats.limit == limit && stats.oldestTime == kept.first?.exemplar.time)
            #expect(stats.series == Set(kept.map(\.series)).count)
            let from = time - Timestamp(random.below(20))
            let through = time - Timestamp(random.below(3))
            let wanted = Dictionary(grouping: kept.filter { $0.exemplar.time >= from && $0.exemplar.time <= through }, by: \.series)
            #expect(
                store.select([[]], from: from, through: through)
                    == wanted.sorted { $0.key < $1.key }.map { SeriesExemplars(labels: $0.key, exemplars: $0.value.map(\.exemplar)) })
            #expect(store.use { state in state.ring.newest(reference) { series } } == kept.last { $0.series == series }?.exemplar)
        }
    }
}
