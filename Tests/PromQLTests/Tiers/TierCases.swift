import Model
import TSDB
import TestKit
import Testing

@testable import PromQL

/// Random series, tiers that answer for them, and queries put to both.
struct TierCase {
    static let hour: Int64 = 3_600_000
    static let minute: Int64 = 60_000
    /// The data lie from 0 to here.
    static let end: Int64 = 12 * hour

    let raw: ArraySource
    let tiered: TieredSource
    let spans: [TierSpan]

    init(_ series: [ArraySource.Series], _ spans: [TierSpan]) {
        raw = ArraySource(series)
        tiered = TieredSource(series, spans)
        self.spans = spans
    }

    init(_ random: inout SeededRandom, spans: [TierSpan]? = nil) {
        let series = Shape.allCases.flatMap { shape in (0..<2).map { shape.series(number: $0, &random) } }
        self.init(series, spans ?? Self.spans(&random))
    }

    static func span(_ start: Int64, _ end: Int64, _ tier: Tier) -> TierSpan { TierSpan(start: start * hour, end: end * hour, tier: tier) }

    /// All that spans can be: none, one tier, one after the other, with raw samples before, between or behind.
    static func spans(_ random: inout SeededRandom) -> [TierSpan] {
        switch random.below(6) {
        case 0: [TierSpan(start: .min, end: 4 * hour, tier: .hour), span(4, 8, .fiveMinutes)]
        case 1: [TierSpan(start: .min, end: 8 * hour, tier: .fiveMinutes)]
        case 2: [span(-2, 13, .hour)]
        case 3: [span(2, 5, .fiveMinutes), span(7, 9, .hour)]
        case 4: [span(0, 3, .fiveMinutes), span(3, 6, .hour)]
        default: [TierSpan(start: .min, end: 5 * hour, tier: .hour), span(5, 14, .fiveMinutes)]
        }
    }

    /// The infos that both queries gave, without their places, after it was made sure that what must be alike is.
    @discardableResult
    func compare(
        _ query: String, from: Int64, through: Int64, step: Int64, _ context: String, options: QueryOptions = .init()
    ) throws -> [String] {
        let wanted = try experimentalEngine.range(query, from: from, through: through, step: step, over: raw, options)
        let got = try experimentalEngine.range(query, from: from, through: through, step: step, over: tiered, options)
        let what = "\(query) from \(from) through \(through) every \(step) over \(spans), \(context)"
        expectSame(points(got.value), points(wanted.value), what)
        #expect(got.warnings == wanted.warnings, "\(what)")
        #expect(got.infos == wanted.infos, "\(what)")
        return got.infos
    }

    private func expectSame(_ got: [Point: Double], _ wanted: [Point: Double], _ what: String) {
        for (point, value) in wanted {
            guard let other = got[point] else {
                Issue.record("nothing for \(point.labels) at \(point.time), wanted \(value): \(what)")
                return
            }
            if !Self.isSame(other, value) {
                Issue.record("\(other) for \(point.labels) at \(point.time), wanted \(value): \(what)")
                return
            }
        }
        #expect(got.count == wanted.count, "more than wanted: \(what)")
    }

    static func isSame(_ a: Double, _ b: Double) -> Bool {
        a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-3)
    }
}

struct Point: Hashable {
    let labels: String
    let time: Timestamp
}

/// The value of each series at each time.
func points(_ value: QueryValue) -> [Point: Double] {
    var points: [Point: Double] = [:]
    guard case .matrix(let matrix) = value else { return points }
    for one in matrix {
        for (time, value) in zip(one.times, one.values) { points[Point(labels: "\(one.labels)", time: time)] = value }
        for sample in one.histograms {
            points[Point(labels: "\(one.labels) count", time: sample.time)] = sample.histogram.count
            points[Point(labels: "\(one.labels) sum", time: sample.time)] = sample.histogram.sum
            for bucket in SparseHistogram(sample.histogram).positive {
                points[Point(labels: "\(one.labels) \(bucket.index)", time: sample.time)] = bucket.count
            }
        }
    }
    return points
}

/// What series look like.
enum Shape: String, CaseIterable {
    case counter
    case gauge
    case constant
    case sparse
    case odd

    func series(number: Int, _ random: inout SeededRandom) -> ArraySource.Series {
        var one = ArraySource.Series(
            labels: Labels([(name: "__name__", value: "m_total"), (name: "number", value: "\(number)"), (name: "shape", value: rawValue)]))
        let isOnGrid = random.below(2) == 0
        let interval = (self == .sparse ? Int64(1 + random.below(40)) : Int64(1 + random.below(3))) * TierCase.minute
        var time = -2 * TierCase.hour + Int64(random.below(3)) * TierCase.hour
        var value = Double(random.below(1000))
        while time < TierCase.end {
            time += interval
            if random.below(60) == 0 { time += Int64(1 + random.below(150)) * TierCase.minute }
            let stamp = isOnGrid ? time : time + Int64(random.below(20_000))
            if one.times.last ?? .min >= stamp { continue }
            value = next(value, &random)
            // Resets at the edges of windows too, which lie on the grid.
            if self == .counter, random.below(time % 300_000 == 0 ? 4 : 50) == 0 { value = Double(random.below(10)) }
            one.times.append(stamp)
            one.values.append(random.below(50) == 0 ? StaleMarker.value : reading(value, &random))
        }
        return one
    }

    private func next(_ value: Double, _ random: inout SeededRandom) -> Double {
        switch self {
        case .counter: value + Double(random.below(100)) / 8
        case .constant: value
        default: Double(random.below(2000)) / 8 - 100
        }
    }

    private func reading(_ value: Double, _ random: inout SeededRandom) -> Double {
        guard self == .odd else { return value }
        switch random.below(12) {
        case 0: return .nan
        case 1: return .infinity
        case 2: return -.infinity
        case 3: return -0.0
        default: return value
        }
    }
}

/// The functions of ranges, as they are called on a selector.
enum RangeCalls {
    static let exact = [
        "rate", "increase", "delta", "resets", "count_over_time", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time",
        "first_over_time", "last_over_time", "present_over_time", "absent_over_time", "ts_of_first_over_time", "ts_of_last_over_time",
    ]
    static let approximate = [
        "irate", "idelta", "changes", "deriv", "predict_linear", "quantile_over_time", "stddev_over_time", "stdvar_over_time", "mad_over_time",
        "double_exponential_smoothing", "ts_of_min_over_time", "ts_of_max_over_time",
    ]

    static func call(_ function: String, _ operand: String) -> String {
        switch function {
        case "predict_linear": "predict_linear(\(operand), 600)"
        case "quantile_over_time": "quantile_over_time(0.3, \(operand))"
        case "double_exponential_smoothing": "double_exponential_smoothing(\(operand), 0.5, 0.4)"
        default: "\(function)(\(operand))"
        }
    }
}
