import Model
import TestKit
import Testing

@testable import TSDB

/// Raw samples and both tiers beside each other.
@Suite struct SeamTests {
    private static let start: Timestamp = 1_700_006_400_000
    private static let hours = 24

    /// A day of random series, folded, compacted, partly purged, with late samples at every stage.
    private func world(_ random: inout SeededRandom) throws -> TierFixture {
        let fixture = try TierFixture()
        let hour = TierFixture.hour
        let names = RandomSeries.Shape.allCases.filter { $0 != .mixed }.enumerated().map { (labels(["__name__": "m\($0 % 2)", "i": "\($0)"]), $1) }
        let end = Self.start + Timestamp(Self.hours) * hour
        let whole = names.map { ($0, RandomSeries.samples(&random, $1, start: Self.start, end: end)) }
        var at = Self.start
        while at < end {
            try fixture.add(whole, after: at, through: at + 2 * hour)
            // One more, so that the head has gone on.
            at += 2 * hour
            if at < end - 2 * hour {
                try addLate(&random, fixture, before: at)
                try fixture.cut(at - 2 * hour, at)
                try fixture.fold(at - 2 * hour, at)
            }
        }
        try settle(fixture)
        for tier in Tier.allCases where random.below(2) == 0 { try fixture.compact(tier) }
        raiseFloors(&random, fixture)
        for _ in 0..<random.below(4) { try addLate(&random, fixture, before: end - 3 * hour) }
        if random.below(2) == 0 {
            for block in try fixture.cutLate() where random.below(2) == 0 { try fixture.foldLate(block) }
            for _ in 0..<random.below(3) { try addLate(&random, fixture, before: end - 3 * hour) }
        }
        return fixture
    }

    private func addLate(_ random: inout SeededRandom, _ fixture: TierFixture, before end: Timestamp) throws {
        for name in fixture.all.keys.sorted() where random.below(3) == 0 {
            let span = Int(end - Self.start) / 1000
            // Off the grid and out of the way of jitter, so that no time is there twice; now and then on a seam.
            var time = Self.start + Timestamp(random.below(span)) * 1000
            if random.below(4) == 0 { time = time.seamBefore + TierFixture.hour }
            if time <= Self.start || fixture.all[name]?.contains(where: { $0.time == time }) == true { continue }
            try fixture.add(name, [Sample(time: time, value: Double(random.below(1000)))])
        }
    }

    /// Folds all late samples, as is done before a floor rises.
    private func settle(_ fixture: TierFixture) throws {
        for block in try fixture.cutLate() { try fixture.foldLate(block) }
    }

    private func raiseFloors(_ random: inout SeededRandom, _ fixture: TierFixture) {
        let hour = TierFixture.hour
        fixture.floors.raw = Self.start + Timestamp(random.below(11)) * 2 * hour
        fixture.floors.fiveMinutes = Self.start + Timestamp(random.below(13)) * 2 * hour
        if random.below(5) == 0 { fixture.floors.raw = .min }
        if random.below(5) == 0 { fixture.floors.fiveMinutes = .min }
        // What is above is folded in the coarser tier, and lies in the finer.
        fixture.purge()
    }

    @Test("every sample counts once, whoever answers for its time", arguments: 0..<rounds(15))
    func onceEach(seed: Int) throws {
        var random = SeededRandom(UInt64(seed))
        let fixture = try world(&random)
        for coarsest in [0, 300_000, 3_600_000] as [Int64] {
            let selection = Selection(matchers: [], from: .min, through: .max, coarsest: coarsest)
            let set = try fixture.source.select(selection)
            #expect(set.count == fixture.all.count, "seed \(seed)")
            for index in 0..<set.count {
                let answer = try TierAnswer(set, index, .min, .max)
                let samples = fixture.all[set.labels(index)] ?? []
                #expect(answer.count == samples.count, "seed \(seed), \(set.labels(index)), coarsest \(coarsest)")
                let sum = samples.reduce(0) { $0 + $1.value }
                #expect(abs(answer.sum - sum) <= 1e-9 * max(1, abs(sum)), "seed \(seed)")
                checkOrder(answer, set, index, seed)
            }
        }
    }

    private func checkOrder(_ answer: TierAnswer, _ set: any SeriesSet, _ index: Int, _ seed: Int) {
        #expect(zip(answer.windows, answer.windows.dropFirst()).allSatisfy { $0.end <= $1.end }, "seed \(seed)")
        #expect(zip(answer.tail, answer.tail.dropFirst()).allSatisfy { $0.time < $1.time }, "seed \(seed)")
        guard let tiered = set as? any TieredSeriesSet else { return }
        let spans = tiered.spans(index)
        for window in answer.windows where window.firstTime < window.lastTime {
            // More than one sample: a window of the tier that answers here.
            guard let tier = spans.tier(at: window.end) else {
                Issue.record("seed \(seed): a window at \(window.end), where raw samples answer")
                return
            }
            #expect(window.end % tier.resolution == 0 && window.firstTime > window.end - tier.resolution, "seed \(seed)")
        }
        if let last = answer.windows.last, let first = answer.tail.first { #expect(last.end < first.time, "seed \(seed)") }
    }

    @Test("a part of the time has the windows that reach into it, and the samples in it", arguments: 0..<rounds(15))
    func parts(seed: Int) throws {
        var random = SeededRandom(UInt64(seed) + 500)
        let fixture = try world(&random)
        for _ in 0..<20 {
            let from = Self.start + Timestamp(random.below(Self.hours * 3600)) * 1000
            let through = from + Timestamp(random.below(6 * 3600)) * 1000
            let coarsest: Int64 = [0, 0, 300_000, 3_600_000][random.below(4)]
            let set = try fixture.source.select(Selection(matchers: [], from: from, through: through, coarsest: coarsest))
            let whole = try fixture.source.select(Selection(matchers: [], from: .min, through: .max, coarsest: coarsest))
            for place in 0..<whole.count {
                let all = try TierAnswer(whole, place, .min, .max)
                let spans = (whole as? any TieredSeriesSet)?.spans(place) ?? TierSpans()
                let wanted = all.windows.filter { window in
                    let width = spans.tier(at: window.end).map { window.end % $0.resolution == 0 && !isSingle(window) ? $0.resolution : 1 } ?? 1
                    return window.end >= from && window.end - width < through
                }
                guard let index = (0..<set.count).first(where: { set.labels($0) == whole.labels(place) }) else {
                    #expect(wanted.isEmpty, "seed \(seed)")
                    continue
                }
                let answer = try TierAnswer(set, index, from, through)
                let count = wanted.reduce(0) { $0 + Int($1.count) } + all.tail.count { from <= $0.time && $0.time <= through }
                // A window of one sample at its end may reach further than that.
                let more = all.windows.count { isSingle($0) && $0.end > through && $0.end - Tier.seam < through }
                #expect(count...count + more ~= answer.count, "seed \(seed), \(from)…\(through), coarsest \(coarsest)")
            }
        }
    }

    /// A sample, or a window that has but one sample and so may be one.
    private func isSingle(_ window: Aggregate) -> Bool { window.firstTime == window.lastTime && window.lastTime == window.end }

    @Test("as a plain set it gives true samples, the last of each window", arguments: 0..<rounds(20))
    func plainReading(seed: Int) throws {
        var random = SeededRandom(UInt64(seed) + 900)
        let fixture = try world(&random)
        let set = try fixture.source.select(Selection(matchers: [], from: .min, through: .max))
        for index in 0..<set.count {
            let column = SampleColumn()
            try set.read(index, from: .min, through: .max, into: column)
            let known = Dictionary(fixture.all[set.labels(index)]?.map { ($0.time, $0.value) } ?? []) { a, _ in a }
            #expect((0..<column.count).allSatisfy { known[column.times[$0]] == column.values[$0] }, "seed \(seed)")
            #expect((1..<max(1, column.count)).allSatisfy { column.times[$0 - 1] < column.times[$0] }, "seed \(seed)")
            #expect(column.count > 0)
            let last = fixture.all[set.labels(index)]?.map(\.time).max()
            #expect(column.count == 0 || column.times[column.count - 1] == last, "seed \(seed)")
        }
    }
}
