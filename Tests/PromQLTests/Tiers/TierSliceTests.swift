import Model
import TSDB
import TestKit
import Testing

@testable import PromQL

/// Long queries over tiers, which are worked on a part at a time.
@Suite struct TierSliceTests {
    private static let days: Int64 = 120
    private static let spans = [TierSpan(start: .min, end: 100 * 24 * TierCase.hour, tier: .hour), TierCase.span(2400, 2760, .fiveMinutes)]

    /// A counter every two minutes or so, reset now and then, with pauses.
    private static let one: TierCase = {
        var random = SeededRandom(7)
        var series = ArraySource.Series(labels: Labels([(name: "__name__", value: "m_total")]))
        var (time, value) = (Timestamp(1), 0.0)
        while time < days * 24 * TierCase.hour {
            series.times.append(time)
            series.values.append(value)
            time += Timestamp(random.below(240_000) + 1) + (random.below(2000) == 0 ? 20 * TierCase.hour : 0)
            value = random.below(700) == 0 ? 0 : value + Double(random.below(50))
        }
        return TierCase([series], spans)
    }()

    /// A query at one time is one part.
    @Test(arguments: [
        "m_total", "timestamp(m_total)", "rate(m_total[6h])", "increase(m_total[9d])", "resets(m_total[50m])", "sum_over_time(m_total[31h])",
        "max_over_time(m_total[5m])", "last_over_time(m_total[3h])", "count_over_time(m_total[20d])",
    ])
    func partsAreLikeSingleTimes(_ query: String) throws {
        for step in [31 * TierCase.hour + 1, 77 * TierCase.hour] {
            let end = Self.days * 24 * TierCase.hour
            let found = points(try Engine().range(query, from: 0, through: end, step: step, over: Self.one.tiered).value)
            var count = 0
            for time in stride(from: 0, through: end, by: Int(step)) {
                let single = points(try Engine().range(query, from: time, through: time, step: 1, over: Self.one.tiered).value)
                for (point, value) in single {
                    count += 1
                    #expect(found[point]?.bitPattern == value.bitPattern, "\(query) at \(time) every \(step)")
                }
            }
            #expect(found.count == count && count > 0)
        }
    }

    /// Windows that two parts share count once.
    @Test func windowsAreCountedOnce() throws {
        let end = Self.days * 24 * TierCase.hour
        let found = try Engine().range("present_over_time(m_total[9d])", from: 0, through: end, step: 6 * TierCase.hour, over: Self.one.tiered)
        for tier in Tier.allCases {
            let known = Self.one.tiered.series[0].windows.count { TierSpans(Self.spans).tier(at: $0.window.end) == tier }
            #expect(found.samplesByTier[tier] == known && known > 1000, "\(tier)")
        }
    }
}
