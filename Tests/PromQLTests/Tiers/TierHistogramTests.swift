import Model
import TSDB
import TestKit
import Testing

@testable import PromQL

/// Native histograms of which tiers answer a part.
@Suite struct TierHistogramTests {
    @Test(
        "ranges on windows",
        arguments: [
            "rate", "increase", "sum_over_time", "avg_over_time", "count_over_time", "present_over_time", "last_over_time", "first_over_time",
            "absent_over_time", "resets", "ts_of_last_over_time", "ts_of_first_over_time",
        ])
    func alignedRanges(_ function: String) throws {
        for seed in UInt64(1)...6 {
            var random = SeededRandom(seed)
            let one = TierCase([Self.series(&random)], TierCase.spans(&random))
            let (step, range) = (Int64(1 + random.below(3)), Int64(1 + random.below(4)))
            try one.compare(
                "\(function)(h[\(range)h])", from: 0, through: 12 * TierCase.hour, step: step * TierCase.hour, "seed \(seed)")
        }
    }

    @Test("gauges, and what is made of them", arguments: ["delta(h[2h])", "h", "histogram_quantile(0.9, sum(h))", "timestamp(h)"])
    func gauges(_ query: String) throws {
        for seed in UInt64(11)...14 {
            var random = SeededRandom(seed)
            let one = TierCase([Self.series(&random, hint: .gauge)], TierCase.spans(&random))
            try one.compare(query, from: 0, through: 12 * TierCase.hour, step: TierCase.hour, "seed \(seed)")
        }
    }

    @Test(
        "what is made of counters",
        arguments: ["histogram_quantile(0.9, rate(h[1h]))", "histogram_count(increase(h[2h]))", "histogram_avg(rate(h[3h]))"])
    func counters(_ query: String) throws {
        for seed in UInt64(15)...18 {
            var random = SeededRandom(seed)
            let one = TierCase([Self.series(&random)], TierCase.spans(&random))
            try one.compare(query, from: 0, through: 12 * TierCase.hour, step: TierCase.hour, "seed \(seed)")
        }
    }

    @Test("approximations are told, and give something wherever raw samples do", arguments: ["irate", "idelta", "changes"])
    func approximations(_ function: String) throws {
        var random = SeededRandom(3)
        let one = TierCase([Self.series(&random, hint: function == "idelta" ? .gauge : .unknown)], [TierCase.span(-4, 8, .hour)])
        let query = "\(function)(h[1h])"
        let wanted = points(try Engine().range(query, from: 0, through: TierCase.end, step: 1_000_000, over: one.raw).value)
        let result = try Engine().range(query, from: 0, through: TierCase.end, step: 1_000_000, over: one.tiered)
        let times = Set(points(result.value).keys.map(\.time))
        #expect(wanted.keys.allSatisfy { times.contains($0.time) })
        #expect(result.infos.contains { $0.contains("\(function) approximated from windows of the 1h tier, 1h wide") }, "\(result.infos)")
    }

    @Test("floats and histograms of one series")
    func mixed() throws {
        var random = SeededRandom(5)
        var series = Self.series(&random)
        // Floats in the first six hours, histograms then.
        series.histograms.removeAll { $0.time <= 6 * TierCase.hour }
        for minute in stride(from: Int64(-200), through: 359, by: 2) {
            series.times.append(minute * TierCase.minute)
            series.values.append(Double(minute + 300))
        }
        let one = TierCase([series], [TierCase.span(-4, 8, .hour)])
        for function in ["count_over_time", "rate", "last_over_time", "first_over_time", "min_over_time", "sum_over_time", "present_over_time"] {
            let query = "\(function)(h[3h])"
            let wanted = try Engine().range(query, from: 0, through: TierCase.end, step: TierCase.hour, over: one.raw)
            let got = try Engine().range(query, from: 0, through: TierCase.end, step: TierCase.hour, over: one.tiered)
            let (a, b) = (points(got.value), points(wanted.value))
            #expect(a.keys == b.keys && b.allSatisfy { TierCase.isSame(a[$0.key] ?? .nan, $0.value) }, "\(query): \(a.count) \(b.count)")
            #expect(got.warnings == wanted.warnings && got.infos == wanted.infos, "\(query): \(got.warnings) \(got.infos) \(wanted.infos)")
        }
    }

    /// A histogram a minute or two, with resets, gaps, stale markers, and scales that change.
    private static func series(_ random: inout SeededRandom, hint: CounterResetHint = .unknown) -> ArraySource.Series {
        var one = ArraySource.Series(labels: Labels([(name: "__name__", value: "h")]))
        var counts = (0..<4).map { _ in Double(random.below(100)) }
        let shift = random.below(2) == 0 ? 0 : Int64(random.below(30_000))
        var time = -3 * TierCase.hour + shift
        while time < TierCase.end {
            time += Int64(1 + random.below(2)) * TierCase.minute * (random.below(70) == 0 ? 60 : 1)
            if random.below(60) == 0 {
                one.histograms.append(HistogramSample(time: time, histogram: .staleMarker))
                continue
            }
            let restarts = random.below((time - shift) % 300_000 == 0 ? 5 : 40) == 0
            counts = counts.map { (restarts || hint == .gauge ? 0 : $0) + Double(random.below(20)) }
            let layout = HistogramLayout(schema: 1, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: 1, length: 3)])
            one.histograms.append(
                HistogramSample(
                    time: time,
                    histogram: FloatHistogram(
                        hint: hint, layout: layout, count: counts.reduce(0, +), zeroCount: counts[0], sum: counts.reduce(0, +) * 2,
                        positiveCounts: Array(counts[1...]))))
        }
        return one
    }
}
