import Model
import TSDB
import TestKit
import Testing

@testable import PromQL

/// Where ranges begin and end on windows, tiers give what the raw samples give.
@Suite struct TierExactnessTests {
    @Test("ranges on windows", arguments: RangeCalls.exact)
    func alignedRanges(_ function: String) throws {
        for seed in UInt64(1)...12 {
            var random = SeededRandom(seed)
            let one = TierCase(&random)
            let (step, range) = (Int64(1 + random.below(3)), Int64(1 + random.below(5)))
            let offset = ["", " offset 1h", " offset -2h"][random.below(3)]
            let query = RangeCalls.call(function, "m_total[\(range)h]\(offset)")
            try one.compare(query, from: 0, through: 12 * TierCase.hour, step: step * TierCase.hour, "seed \(seed)")
        }
    }

    /// Ranges of one and of some windows, some of them of both tiers and of raw samples.
    @Test("ranges on windows of five minutes", arguments: RangeCalls.exact)
    func shortRanges(_ function: String) throws {
        for seed in UInt64(21)...28 {
            var random = SeededRandom(seed)
            let one = TierCase(&random, spans: [TierCase.span(-3, 3, .fiveMinutes), TierCase.span(4, 7, .fiveMinutes)])
            let (step, range) = (Int64(1 + random.below(9)), Int64(1 + random.below(20)))
            let query = RangeCalls.call(function, "m_total[\(5 * range)m]")
            try one.compare(query, from: 0, through: 10 * TierCase.hour, step: step * 5 * TierCase.minute, "seed \(seed)")
        }
    }

    @Test(
        "instant selectors on windows",
        arguments: [
            "m_total", "timestamp(m_total)", "absent(m_total{shape=\"sparse\"})", "count by (shape) (m_total)", "m_total offset 2h",
            "sum(m_total) + count(m_total)", "max_over_time(m_total[3h:1h])", "m_total @ 10800", "last_over_time(m_total[1h:1h] @ 36000)",
        ])
    func instantSelectors(_ query: String) throws {
        for seed in UInt64(41)...52 {
            var random = SeededRandom(seed)
            let one = TierCase(&random)
            let lookback = [nil, 60_000, 3_600_000, 10_000_000][random.below(4)] as Int64?
            try one.compare(
                query, from: 0, through: 12 * TierCase.hour, step: TierCase.hour, "seed \(seed)", options: QueryOptions(lookback: lookback))
        }
    }

    /// An edge that falls between two windows' samples moves nothing, wherever it is.
    @Test("ranges that cut no samples", arguments: RangeCalls.exact)
    func edgesBetweenSamples(_ function: String) throws {
        // Samples lie within the first half of each hour.
        var one = ArraySource.Series(labels: Labels([(name: "__name__", value: "m_total")]))
        for hour in Int64(0)..<12 {
            for minute in Int64(1)...29 {
                one.times.append(hour * TierCase.hour + minute * TierCase.minute)
                one.values.append(Double(hour * 7 + minute * 3))
            }
        }
        let tiered = TierCase([one], [TierCase.span(0, 8, .hour)])
        let query = RangeCalls.call(function, "m_total[125m]")
        try tiered.compare(query, from: 40 * TierCase.minute, through: 11 * TierCase.hour, step: TierCase.hour, "")
        try tiered.compare(
            RangeCalls.call(function, "m_total[20m]"), from: 50 * TierCase.minute, through: 11 * TierCase.hour, step: TierCase.hour, "")
    }

    /// Of each counter few samples, its resets at the edges of windows and of chunks and anywhere.
    @Test func tenThousandCounters() throws {
        var random = SeededRandom(7)
        var series: [ArraySource.Series] = []
        for number in 0..<10_000 {
            var one = ArraySource.Series(labels: Labels([(name: "__name__", value: "c_total"), (name: "n", value: "\(number)")]))
            let (interval, shift) = (Int64(30 + random.below(120)) * 1000, random.below(2) == 0 ? 0 : Int64(random.below(40_000)))
            var time = shift - 900_000
            var value = Double(random.below(1000))
            while time < 3 * 900_000 {
                time += random.below(40) == 0 ? interval * Int64(random.below(20)) + 1 : interval
                let isAtEdge = time % 300_000 < interval || one.times.count % 120 == 0
                value = random.below(isAtEdge ? 5 : 30) == 0 ? Double(random.below(50)) : value + Double(random.below(900)) / 16
                one.times.append(time)
                one.values.append(value)
            }
            series.append(one)
        }
        let tiered = TierCase(series, [TierSpan(start: .min, end: 1_500_000, tier: .fiveMinutes)])
        try tiered.compare("increase(c_total[30m])", from: 0, through: 3 * 900_000, step: 900_000, "seed 7")
    }

    @Test("what is made of ranges")
    func wholeExpressions() throws {
        let queries = [
            "sum by (shape) (rate(m_total[1h]))",
            "sum(increase(m_total{shape=\"counter\"}[2h])) / sum(count_over_time(m_total{shape=\"counter\"}[2h]))",
            "max_over_time(sum by (number) (rate(m_total[1h]))[4h:1h])", "rate(m_total[1h]) > 0.01 or m_total * 2",
            "topk(2, avg_over_time(m_total[3h]))", "time() - timestamp(m_total)", "1 - avg_over_time(m_total[2h] offset 1h) / 100",
            "histogram_quantile(0.9, sum by (le) (rate(b_bucket[1h])))", "quantile(0.5, rate(m_total[2h]))",
        ]
        for seed in UInt64(61)...66 {
            var random = SeededRandom(seed)
            var series = (0..<3).map { Shape.counter.series(number: $0, &random) } + (0..<3).map { Shape.gauge.series(number: $0, &random) }
            for bound in ["1", "5", "+Inf"] {
                var bucket = Shape.counter.series(number: 0, &random)
                bucket.labels = Labels([(name: "__name__", value: "b_bucket"), (name: "le", value: bound)])
                series.append(bucket)
            }
            let one = TierCase(series, TierCase.spans(&random))
            for query in queries { try one.compare(query, from: 0, through: 12 * TierCase.hour, step: TierCase.hour, "seed \(seed)") }
        }
    }

    /// Samples that came late lie among the windows that do not have them.
    @Test func lateSamplesAreCountedOnce() throws {
        let windows = AggregateColumn()
        var window = Aggregate(Sample(time: 10_000, value: 1))
        (window.end, window.count, window.lastTime, window.last, window.sum) = (300_000, 3, 290_000, 5, 9)
        (window.minimum, window.maximum) = (1, 5)
        windows.append(Aggregate(Sample(time: 5_000, value: 0)))
        windows.append(Aggregate(Sample(time: 100_000, value: 7)))
        windows.append(Aggregate(Sample(time: 200_000, value: 8)))
        windows.append(Aggregate(Sample(time: 299_000, value: 4)))
        windows.append(window)
        windows.append(Aggregate(Sample(time: 400_000, value: 6)))
        windows.mergeOverlaps()
        #expect(windows.count == 3)
        #expect((windows.counts[1], windows.sums[1], windows.maxima[1], windows.lasts[1]) == (6, 28, 8, 4))
        #expect((windows.firsts[1], windows.ends[1], windows.merged[1]) == (1, 300_000, true))
        #expect(windows[2].first == 6)
    }

    /// A stale marker that came late counts where no sample of its window follows.
    @Test("late markers", arguments: [(100_000, nil), (295_000, 295_000)] as [(Timestamp, Timestamp?)])
    func lateMarkers(time: Timestamp, counts: Timestamp?) {
        var window = Aggregate(Sample(time: 10_000, value: 1))
        (window.end, window.count, window.lastTime, window.last) = (300_000, 3, 290_000, 5)
        let windows = AggregateColumn()
        windows.append(Aggregate(Sample(time: 50_000, value: 7)))
        windows.append(Aggregate(end: time, staleTime: time))
        windows.append(window)
        windows.mergeOverlaps()
        #expect((windows.count, windows[0].count, windows[0].first, windows[0].staleTime) == (1, 4, 1, counts))
        var histograms = [HistogramAggregate(end: time, staleTime: time), Self.histograms(from: 10_000, through: 290_000)]
        histograms.mergeOverlaps()
        #expect(histograms.count == 1 && histograms[0].count == 2 && histograms[0].staleTime == counts && !histograms[0].isMerged)
    }

    @Test func lateHistogramsAreCountedOnce() {
        var windows = [100_000, 200_000].map { HistogramAggregate(time: $0, Self.histogram(2)) } + [Self.histograms(from: 10_000, through: 290_000)]
        windows.mergeOverlaps()
        #expect(windows.map(\.count) == [4] && windows[0].firstTime == 10_000 && windows[0].lastTime == 290_000 && windows[0].isMerged)
    }

    /// A window of five minutes with two of them.
    private static func histograms(from first: Timestamp, through last: Timestamp) -> HistogramAggregate {
        var window = HistogramAggregate(time: first, histogram(1))
        (window.end, window.count, window.lastTime, window.last) = (300_000, 2, last, histogram(5))
        return window
    }

    private static func histogram(_ count: Double) -> NativeHistogram {
        let layout = HistogramLayout(schema: 1, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: 1, length: 1)])
        return .fractional(FloatHistogram(layout: layout, count: count, sum: count, positiveCounts: [count]))
    }
}
