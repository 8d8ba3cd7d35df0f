import Model
import TestKit
import Testing

@testable import TSDB

@Suite struct HistogramFoldTests {
    private static let start: Timestamp = 1_700_006_400_000
    private let name = labels(["__name__": "latency"])

    private func histogram(_ counts: [Int64], custom: Bool = false) -> NativeHistogram {
        let layout =
            custom
            ? HistogramLayout(schema: -53, positiveSpans: [BucketSpan(offset: 0, length: UInt32(counts.count))], customValues: [0.5, 1])
            : HistogramLayout(schema: 2, zeroThreshold: 0x1p-128, positiveSpans: [BucketSpan(offset: -1, length: UInt32(counts.count))])
        return .whole(
            Histogram(
                layout: layout, count: UInt64(counts.reduce(0, +)), sum: Double(counts.reduce(0, +)) / 2, positiveDeltas: Histogram.deltas(counts)))
    }

    private func column(_ histograms: [(Timestamp, NativeHistogram)]) -> HistogramColumn {
        let column = HistogramColumn()
        for (time, histogram) in histograms { column.append(time, histogram) }
        return column
    }

    private func fold(_ histograms: [(Timestamp, NativeHistogram)], _ resolution: Int64 = 300_000) -> [HistogramAggregate] {
        var windows: [HistogramAggregate] = []
        let column = column(histograms)
        windows.fold(column, 0..<column.count, resolution: resolution)
        return windows
    }

    /// Counters with resets, at distances of 15 s.
    private func counters(_ random: inout SeededRandom, _ count: Int) -> [(Timestamp, NativeHistogram)] {
        var counts: [Int64] = [0, 0]
        return (1...count).map { place in
            if random.below(25) == 0 { counts = [0, 0] }
            for bucket in counts.indices { counts[bucket] += Int64(random.below(5)) }
            return (Self.start + Timestamp(place) * 15_000, histogram(counts))
        }
    }

    @Test("a window has its first, its last, the sum of all, and what resets took")
    func window() throws {
        let windows = fold([(1000, histogram([1, 2])), (2000, histogram([3, 4])), (3000, histogram([1, 0])), (4000, histogram([2, 0]))])
        let window = try #require(windows.first)
        #expect(windows.count == 1 && window.end == 300_000 && window.count == 4 && window.resets == 1)
        #expect(window.firstTime == 1000 && window.first == histogram([1, 2]) && window.lastTime == 4000 && window.last == histogram([2, 0]))
        #expect(window.sum?.count == 13 && window.sum?.sum == 6.5 && window.sum?.positiveCounts == [7, 6])
        #expect(window.lost?.positiveCounts == [3, 4])
        let single = fold([(1000, histogram([1, 2]))])
        #expect(single[0].sum == nil && single[0].lost == nil)
    }

    @Test("stale markers, and histograms that cannot be added up")
    func special() {
        let stale = NativeHistogram.whole(.staleMarker)
        let cases: [([NativeHistogram], Int64, Timestamp?)] = [
            ([histogram([1]), stale], 1, 2), ([stale, histogram([1])], 1, nil), ([stale, stale], 0, 1),
            ([histogram([1]), stale, histogram([2])], 2, nil),
        ]
        for (histograms, count, staleTime) in cases {
            let windows = fold(histograms.enumerated().map { (Timestamp($0 + 1), $1) })
            #expect(windows.map(\.count) == [count] && windows[0].staleTime == staleTime)
        }
        let mixed = fold([(1, histogram([1, 1])), (2, histogram([2, 2], custom: true)), (3, histogram([3, 3]))])
        #expect(mixed[0].count == 3 && mixed[0].sum == nil && mixed[0].last == histogram([3, 3]))
    }

    @Test("hours of five minutes are hours of histograms", arguments: 0..<rounds(20))
    func twoSteps(seed: Int) {
        var random = SeededRandom(UInt64(seed))
        let all = counters(&random, 700)
        var coarse: [HistogramAggregate] = []
        coarse.fold(fold(all), resolution: 3_600_000)
        let direct = fold(all, 3_600_000)
        #expect(coarse == direct, "seed \(seed)")
        #expect(direct.reduce(0) { $0 + $1.count } == 700)
    }

    @Test("late histograms come to the others of their windows", arguments: 0..<rounds(20))
    func merging(seed: Int) {
        var random = SeededRandom(UInt64(seed))
        let all = counters(&random, 200)
        let isLate = all.map { _ in random.below(3) == 0 }
        var windows = fold(zip(all, isLate).filter { !$1 }.map(\.0))
        let first = windows.count
        windows += fold(zip(all, isLate).filter(\.1).map(\.0))
        windows.mergeTail(from: first, into: 0)
        for (found, whole) in zip(windows, fold(all)) {
            #expect(found.end == whole.end && found.count == whole.count && found.sum?.count == whole.sum?.count, "seed \(seed)")
            #expect(found.firstTime == whole.firstTime && found.lastTime == whole.lastTime)
            #expect(found.first.isSameSample(as: whole.first) && found.last.isSameSample(as: whole.last))
        }
    }

    @Test("a series of floats and of histograms goes through blocks of both tiers")
    func blocks() throws {
        var random = SeededRandom(3)
        let fixture = try TierFixture()
        let hour = TierFixture.hour
        let all = counters(&random, 4 * 240 - 10)
        for (time, histogram) in all {
            var batch = AppendBatch()
            batch.add(name, time, histogram)
            _ = try fixture.head.append(&batch)
            if time % 600_000 == 0 { try fixture.head.add(name, (time + 5000, 1)) }
        }
        try fixture.cut(Self.start, Self.start + 2 * hour)
        try fixture.fold(Self.start, Self.start + 2 * hour)
        for tier in Tier.allCases {
            let block = try #require(fixture.tiers[tier]?.first)
            #expect(block.verify() == [])
            let stats = block.meta.stats
            #expect(stats.histogramSamples == Int(2 * hour / tier.resolution) && stats.floatSamples > 0)
        }
        for floors in [TierFloors(raw: Self.start + 2 * hour), TierFloors(raw: Self.start + 2 * hour, fiveMinutes: Self.start + hour)] {
            fixture.floors = floors
            let set = try #require(try fixture.source.select(Selection(matchers: [], from: .min, through: .max)) as? any TieredSeriesSet)
            var windows: [HistogramAggregate] = []
            try set.readHistogramWindows(0, from: .min, through: .max, into: &windows)
            #expect(windows.reduce(0) { $0 + $1.count } == Int64(all.count))
            #expect(zip(windows, windows.dropFirst()).allSatisfy { $0.end < $1.end })
            let answer = try TierAnswer(set, 0, .min, .max)
            #expect(answer.count == all.count { $0.0 % 600_000 == 0 })
            let column = HistogramColumn()
            try set.readHistograms(0, from: .min, through: .max, into: column)
            #expect(column.times.count == windows.count && column.times.last == all.last?.0)
        }
    }
}
