import Model
import Synchronization
import TSDB
import TestKit
import Testing

@testable import PromQL

/// Where tiers meet raw samples and each other, nothing jumps and nothing is missing.
@Suite struct TierSeamTests {
    private static let spans = [TierSpan(start: .min, end: 24 * TierCase.hour, tier: .hour), TierCase.span(24, 36, .fiveMinutes)]

    private static func steady(_ end: Int64 = 48) -> ArraySource.Series {
        var one = ArraySource.Series(labels: Labels([(name: "__name__", value: "m_total")]))
        for time in stride(from: -24 * TierCase.hour + 7_000, through: end * TierCase.hour, by: 15_000) {
            one.times.append(time)
            one.values.append(Double(time + 200 * TierCase.hour) / 500)
        }
        return one
    }

    @Test("a steady counter", arguments: ["5m", "20m", "1h", "90m", "3h", "7h"])
    func steadyRates(_ range: String) throws {
        let one = TierCase([Self.steady()], Self.spans)
        for (start, step) in [(Int64(0), Int64(433_000)), (123_457, 900_000), (0, 300_000), (1_799_000, 3_600_000), (60_000, 15_000 * 7)] {
            let result = try Engine().range("rate(m_total[\(range)])", from: start, through: 48 * TierCase.hour, step: step, over: one.tiered)
            guard case .matrix(let matrix) = result.value, matrix.count == 1 else { return #expect(Bool(false), "\(result.value)") }
            #expect(matrix[0].times.count == Int((48 * TierCase.hour - start) / step) + 1)
            let odd = matrix[0].values.firstIndex { !TierCase.isSame($0, 2) }
            #expect(odd == nil, "\(odd.map { "\(matrix[0].values[$0]) at \(matrix[0].times[$0])" } ?? "") every \(step) from \(start)")
            let total = try Engine().range("increase(m_total[\(range)])", from: start, through: 48 * TierCase.hour, step: step, over: one.tiered)
            guard case .matrix(let totals) = total.value, let first = totals.first else { return #expect(Bool(false), "\(total.value)") }
            let seconds = Double(PromDuration.parse(range) ?? 0) / 1000
            #expect(first.values.allSatisfy { TierCase.isSame($0, 2 * seconds) })
        }
    }

    /// Whatever is asked, at any time: where raw samples give an answer, tiers do.
    @Test("nothing is missing", arguments: RangeCalls.exact + RangeCalls.approximate + ["", "timestamp"])
    func noEmptiness(_ function: String) throws {
        if function == "absent_over_time" { return }
        for seed in UInt64(1)...8 {
            var random = SeededRandom(seed)
            let one = TierCase(&random)
            let range = ["5m", "7m", "1h", "100m"][random.below(4)]
            let query = function == "" ? "m_total" : function == "timestamp" ? "timestamp(m_total)" : RangeCalls.call(function, "m_total[\(range)]")
            let step = Int64(100_000 + random.below(1_000_000))
            let wanted = points(try experimentalEngine.range(query, from: 0, through: TierCase.end, step: step, over: one.raw).value)
            let got = points(try experimentalEngine.range(query, from: 0, through: TierCase.end, step: step, over: one.tiered).value)
            let missing = wanted.keys.filter { got[$0] == nil }
            #expect(missing.isEmpty, "seed \(seed): \(query) over \(one.spans): \(missing.prefix(3))")
        }
    }

    /// A selector's answer between windows' samples is a true sample of the window.
    @Test func selectorsInsideWindows() throws {
        let one = TierCase([Self.steady()], Self.spans)
        let result = try Engine().range("timestamp(m_total)", from: 0, through: 48 * TierCase.hour, step: 777_000, over: one.tiered)
        guard case .matrix(let matrix) = result.value, let first = matrix.first else { return #expect(Bool(false), "\(result.value)") }
        #expect(first.times.count == Int(48 * TierCase.hour / 777_000) + 1)
        for (time, value) in zip(first.times, first.values) {
            let age = time - Int64(value * 1000)
            let window: Int64 = time <= 24 * TierCase.hour ? 3_600_000 : time <= 36 * TierCase.hour ? 300_000 : 15_000
            #expect(age >= 0 && age < window, "\(age) at \(time)")
        }
        #expect(result.infos.count == 2)
    }

    @Test func coarserTiersOnRequest() throws {
        #expect(SourceResolution.auto.coarsest(StepGrid(from: 0, through: 3_600_000, step: 1_500_000)) == 300_000)
        #expect(SourceResolution.auto.coarsest(StepGrid(at: 77)) == 0)
        #expect(SourceResolution.upTo(3_600_000).coarsest(StepGrid(at: 77)) == 3_600_000)
        let source = AskedSource()
        let engine = Engine()
        let options = QueryOptions(resolution: .auto)
        _ = try engine.range("m + sum_over_time(n[1h:10m])", from: 0, through: 36_000_000, step: 18_000_000, over: source, options)
        #expect(source.asked.withLock { $0 }.sorted() == ["m 3600000", "n 120000"])
        _ = try engine.instant("m", at: 0, over: source, QueryOptions(resolution: .upTo(300_000)))
        #expect(source.asked.withLock { $0 }.last == "m 300000")
    }
}
