import Model
import TSDB
import TestKit
import Testing

@testable import PromQL

/// How far from what raw samples give approximate functions are on windows: at most as far as `Tiers.md` says.
@Suite struct TierBoundTests {
    private static let phi = 0.3
    private static let ahead = 600.0

    @Test("bounds", arguments: RangeCalls.approximate.filter { $0 != "double_exponential_smoothing" })
    func bounds(_ function: String) throws {
        for seed in UInt64(1)...10 {
            var random = SeededRandom(seed)
            let shapes: [Shape] = function == "irate" ? [.counter] : [.counter, .gauge, .sparse]
            let series = shapes.map { $0.series(number: 0, &random) }
            let one = TierCase(series, TierCase.spans(&random))
            let range = Int64(1 + random.below(4)) * TierCase.hour
            let query = RangeCalls.call(function, "m_total[\(range / 1000)s]")
            let wanted = points(try experimentalEngine.range(query, from: 0, through: TierCase.end, step: TierCase.hour, over: one.raw).value)
            let got = points(try experimentalEngine.range(query, from: 0, through: TierCase.end, step: TierCase.hour, over: one.tiered).value)
            for (index, plain) in series.enumerated() {
                let name = "\(plain.labels.dropping([Labels.metricName]))"
                for end in stride(from: Int64(0), through: TierCase.end, by: Int(TierCase.hour)) {
                    guard let value = wanted[Point(labels: name, time: end)] else { continue }
                    guard let other = got[Point(labels: name, time: end)] else {
                        Issue.record("nothing for \(name) at \(end): \(query), seed \(seed)")
                        return
                    }
                    let facts = Facts(plain, TierSpans(one.spans), from: end - range, through: end)
                    let slack = 1e-9 * max(abs(value), abs(other), 1)
                    #expect(
                        Self.allowed(function, value, facts, end, slack).contains(other),
                        "\(other) for \(name) at \(end), wanted \(value) \(index): \(query) over \(one.spans), seed \(seed)")
                }
            }
        }
    }

    /// Straight lines and constants are what they are.
    @Test("lines", arguments: [("deriv(m_total[3h])", 2.0), ("irate(m_total[3h])", 2), ("predict_linear(m_total[3h], 600) - m_total", 1200)])
    func lines(query: String, value: Double) throws {
        var series = ArraySource.Series(labels: Labels([(name: "__name__", value: "m_total")]))
        for time in stride(from: -4 * TierCase.hour, through: TierCase.end, by: 60_000) {
            series.times.append(time)
            series.values.append(Double(time + 5 * TierCase.hour) / 500)
        }
        let one = TierCase([series], [TierCase.span(-5, 6, .hour), TierCase.span(6, 9, .fiveMinutes)])
        let got = points(try Engine().range(query, from: 0, through: TierCase.end, step: TierCase.hour, over: one.tiered).value)
        #expect(got.count == 13 && got.values.allSatisfy { abs($0 - value) < 1e-6 }, "\(got.values)")
    }

    @Test func constantsAreSmooth() throws {
        var series = ArraySource.Series(labels: Labels([(name: "__name__", value: "m")]))
        for time in stride(from: -4 * TierCase.hour, through: TierCase.end, by: 60_000) {
            series.times.append(time)
            series.values.append(7)
        }
        let one = TierCase([series], [TierCase.span(-5, 6, .hour), TierCase.span(6, 9, .fiveMinutes)])
        let query = "double_exponential_smoothing(m[2h], 0.3, 0.6)"
        let got = points(try experimentalEngine.range(query, from: 0, through: TierCase.end, step: 700_000, over: one.tiered).value)
        #expect(got.count == 62 && got.values.allSatisfy { TierCase.isSame($0, 7) }, "\(got.count)")
    }

    // MARK: What the table says

    private static func allowed(_ function: String, _ value: Double, _ facts: Facts, _ end: Timestamp, _ slack: Double) -> ClosedRange<Double> {
        func around(_ distance: Double) -> ClosedRange<Double> { value - distance - slack...value + distance + slack }
        let half = (facts.spread / 2) * (facts.spread / 2)
        switch function {
        case "changes": return 0...value
        case "deriv": return around(facts.slopes.upperBound - facts.slopes.lowerBound)
        case "idelta": return around(2 * facts.lastSpread)
        case "irate": return around(facts.lastIncrease / facts.shortest)
        case "mad_over_time": return around(2 * facts.spread)
        case "predict_linear":
            let steepest = max(abs(facts.slopes.lowerBound), abs(facts.slopes.upperBound))
            return around(facts.total + 2 * steepest * (Double(facts.length) / 1000 + ahead))
        case "quantile_over_time": return around(facts.spread)
        case "stddev_over_time": return max(0, value * value - half).squareRoot() - slack...value + slack
        case "stdvar_over_time": return value - half - slack...value + slack
        default: return around(Double(facts.longest) / 1000)
        }
    }

    /// What the samples of a range say of their windows.
    private struct Facts {
        var spread = 0.0
        var lastSpread = 0.0
        var lastIncrease = 0.0
        var longest: Int64 = 0
        let total: Double
        let slopes: ClosedRange<Double>
        let shortest: Double
        let length: Int64

        init(_ series: ArraySource.Series, _ spans: TierSpans, from start: Timestamp, through end: Timestamp) {
            var part = ArraySource.Series(labels: series.labels)
            for (time, value) in zip(series.times, series.values) where time > start && time <= end && !StaleMarker.isStale(value) {
                part.times.append(time)
                part.values.append(value)
            }
            for (window, length) in TieredSeries(part, spans).windows {
                lastSpread = window.maximum - window.minimum
                spread = max(spread, lastSpread)
                lastIncrease = window.last - window.first + window.lost
                longest = max(longest, length)
            }
            length = end - start
            total = (part.values.max() ?? 0) - (part.values.min() ?? 0)
            var (least, greatest) = (Double.infinity, -Double.infinity)
            // Between neighbours slopes are the steepest.
            for index in 1..<max(part.times.count, 1) {
                let slope = (part.values[index] - part.values[index - 1]) / (Double(part.times[index] - part.times[index - 1]) / 1000)
                (least, greatest) = (min(least, slope), max(greatest, slope))
            }
            slopes = least <= greatest ? least...greatest : 0...0
            shortest = zip(part.times.dropFirst(), part.times).map { Double($0 - $1) / 1000 }.min() ?? 1
        }
    }
}
