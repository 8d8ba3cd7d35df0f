import Model
import Testing

@testable import PromQL

/// Random queries over random data: a range query's values at each step are those of an instant query at that time.
@Suite struct RangeEqualsInstantTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func atEveryStep(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var nonEmpty = 0
        for delayed in [false, true] {
            var options = EngineOptions()
            options.features = PromQLFeatures(syntax: .everything, delayedNameRemoval: delayed)
            let engine = Engine(options: options)
            for _ in 0..<60 {
                let source = randomSource(&random)
                let query = vector(depth: 3, &random)
                nonEmpty += try compare(query, engine, source, seed) ? 1 : 0
            }
        }
        #expect(nonEmpty >= 30, "seed \(seed): only \(nonEmpty) of 120 queries gave anything")
    }

    /// True if there was any value to compare.
    private func compare(_ query: String, _ engine: Engine, _ source: ArraySource, _ seed: UInt64) throws -> Bool {
        let step: Int64 = 25_000
        let whole: QueryValue
        do {
            whole = try engine.range(query, from: 0, through: step * 70, step: step, over: source).value
        } catch {
            // Some step must be at fault by itself, unless the rule looks at all steps together.
            return false
        }
        guard case .matrix(let series) = whole else { return false }
        for index in stride(from: 0, through: 70, by: 7) {
            let time = step * Int64(index)
            guard case .vector(let samples) = try engine.instant(query, at: time, over: source).value else { continue }
            let wanted = samples.map { "\($0.labels) \($0.sample.value.bitPattern)" }.sorted()
            let got = series.compactMap { one in
                one.times.firstIndex(of: time).map { "\(one.labels) \(one.values[$0].bitPattern)" }
            }.sorted()
            #expect(wanted == got, "seed \(seed), at \(time): \(query)")
        }
        return !series.isEmpty
    }

    private func randomSource(_ random: inout SplitMix) -> ArraySource {
        var source = ArraySource()
        for name in ["a_total", "b"] {
            for x in ["1", "2", "3"] {
                for y in ["p", "q"] where random.next() % 4 != 0 {
                    var one = ArraySource.Series(labels: Labels([(name: "__name__", value: name), (name: "x", value: x), (name: "y", value: y)]))
                    var time: Int64 = -100_000
                    var value = 0.0
                    while time < 1_900_000 {
                        time += Int64(random.next() % 40_000) + 1000
                        if random.next() % 30 == 0 { time += 400_000 }
                        value = random.next() % 10 == 0 ? 0 : value + Double(random.next() % 100) / 8
                        one.times.append(time)
                        one.values.append(random.next() % 25 == 0 ? StaleMarker.value : random.next() % 40 == 0 ? .nan : value)
                    }
                    source.add(one)
                }
            }
        }
        return source
    }

    private static let selectors = ["a_total", "b", #"a_total{x="1"}"#, "b offset 40s", "a_total @ 700", #"{__name__=~"a_total|b", y="p"}"#]
    private static let overTime = [
        "rate", "increase", "sum_over_time", "max_over_time", "min_over_time", "last_over_time", "changes", "resets", "avg_over_time",
        "stddev_over_time", "deriv", "irate", "mad_over_time", "count_over_time", "idelta", "ts_of_max_over_time",
    ]
    private static let aggregations = ["sum", "avg", "count", "min", "max", "group", "stddev", "stdvar"]
    private static let selections = ["topk by (x) (1,", "bottomk(2,", "limitk(2,", "limit_ratio(0.6,"]
    private static let scalars = ["2", "time()", #"scalar(b{x="2",y="p"})"#]

    private func vector(depth: Int, _ random: inout SplitMix) -> String {
        let selector = random.pick(Self.selectors)
        if depth == 0 { return selector }
        let inner = vector(depth: depth - 1, &random)
        let other = vector(depth: depth - 1, &random)
        switch random.next() % 14 {
        case 0: return selector
        case 1, 2:
            let ranges = ["a_total[2m]", "b[90s]", "b[5m] offset 1m", "a_total[3m] @ 900", "(\(inner))[4m:35s]", "(\(inner))[2m:]"]
            return "\(random.pick(Self.overTime))(\(random.pick(ranges)))"
        case 3: return "quantile_over_time(0.3, b[3m])"
        case 4, 5: return "\(random.pick(Self.aggregations)) \(random.pick(["by (x)", "without (y)", "by ()", ""])) (\(inner))"
        case 6: return "quantile(0.7, \(inner))"
        case 7: return "count_values(\"v\", \(inner))"
        // What is selected among equals depends on their order, which only plain selectors fix for all steps.
        case 8: return "\(random.pick(Self.selections)) \(selector))"
        case 9:
            let op = random.pick(["+", "-", "*", "/", "%", ">", "<= bool", "== bool"])
            return "(\(inner) \(op) \(random.pick(Self.scalars)))"
        case 10: return "(\(inner) \(random.pick(["and", "or", "unless"])) \(random.pick(["", "on (x)", "ignoring (y)"])) \(other))"
        case 11:
            let matching = random.pick(["", "on (x)", "fill(1)", "fill_left(2)"])
            return "(sum by (x) (\(inner)) \(random.pick(["+", "/", "<", ">= bool"])) \(matching) sum by (x) (\(other)))"
        case 12: return "(\(inner) * on (x) group_left sum by (x) (\(other)))"
        default:
            let function = random.pick(["abs", "sgn", "floor", "timestamp", "absent", "sort", "-", "hour", "replace"])
            return function == "replace" ? #"label_replace(\#(inner), "z", "$1", "x", "(.)")"# : "\(function)(\(inner))"
        }
    }
}

/// A small seeded generator.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func pick(_ choices: [String]) -> String { choices[Int(next() % UInt64(choices.count))] }
}
