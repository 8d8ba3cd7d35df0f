import Model
import TestKit
import Testing

@testable import PromQL

/// `max_over_time` and its like give what looking through each window from its beginning gives.
struct ExtremeWindowTests {
    private static let values: [[Double]] = [[0, -0.0, 1, -1, .nan], [.infinity, -.infinity, 2, .nan], (0..<50).map { Double($0) }]

    @Test("the extreme of every window, and its time", arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func asLookedFor(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<40 {
            var one = ArraySource.Series(labels: Labels([(name: "__name__", value: "m")]))
            let values = Self.values[Int.random(in: 0..<Self.values.count, using: &random)]
            var time: Timestamp = 0
            for _ in 0..<Int.random(in: 1..<300, using: &random) {
                time += Int64.random(in: 1...3, using: &random) * 1000
                one.times.append(time)
                one.values.append(values[Int.random(in: 0..<values.count, using: &random)])
            }
            var source = ArraySource()
            source.add(one)
            let (range, step) = (Int64.random(in: 1...60, using: &random), Int64.random(in: 1...30, using: &random))
            for function in ["max_over_time", "min_over_time", "ts_of_max_over_time", "ts_of_min_over_time"] {
                let query = "\(function)(m[\(range)s])"
                guard case .matrix(let got) = try experimentalEngine.range(query, from: 0, through: time, step: step * 1000, over: source).value
                else {
                    return #expect(Bool(false), "\(query) gives no matrix")
                }
                let wanted = stride(from: Int64(0), through: time, by: Int(step) * 1000).compactMap { end in
                    Self.extreme(of: one, after: end - range * 1000, through: end, function)
                }
                #expect(got.first?.values.map(\.bitPattern) ?? [] == wanted.map(\.bitPattern), "seed \(seed): \(query) every \(step)s")
            }
        }
    }

    private static func extreme(of one: ArraySource.Series, after start: Timestamp, through end: Timestamp, _ function: String) -> Double? {
        let (isMax, givesTime) = (function.contains("max"), function.hasPrefix("ts"))
        var best: (time: Timestamp, value: Double)?
        for (time, value) in zip(one.times, one.values) where time > start && time <= end {
            guard let known = best?.value else {
                best = (time, value)
                continue
            }
            let isBetter = isMax ? value > known : value < known
            if isBetter || known.isNaN || givesTime && value == known { best = (time, value) }
        }
        return best.map { givesTime ? Double($0.time) / 1000 : $0.value }
    }
}
