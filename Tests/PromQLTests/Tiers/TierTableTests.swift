import Model
import Runtime
import TSDB
import TestKit
import Testing

@testable import PromQL

/// What the table in `Tiers.md` says is what is found.
@Suite struct TierTableTests {
    @Test func everyFunctionIsInIt() throws {
        let text = try Self.table()
        let rows = try Self.rows()
        for function in PromQLFunction.allCases {
            #expect(text.contains("`\(function.rawValue)`"), "\(function.rawValue) is missing")
            #expect(rows.keys.contains(function.rawValue) == (function.isWindowed || function == .absentOverTime), "\(function.rawValue)")
        }
        #expect(Set(rows.filter { $0.value == "exact" }.keys) == Set(RangeCalls.exact))
        #expect(Set(rows.filter { $0.value == "approximate" }.keys) == Set(RangeCalls.approximate))
    }

    /// Exact functions differ nowhere on windows and say nothing (see `TierExactnessTests`); approximate ones differ somewhere, and say so there.
    @Test("approximate functions say that they are", arguments: RangeCalls.approximate)
    func approximations(_ function: String) throws {
        var random = SeededRandom(9)
        let one = TierCase(&random, spans: [TierCase.span(-3, 8, .hour), TierCase.span(8, 14, .fiveMinutes)])
        let query = RangeCalls.call(function, "m_total[2h]")
        let wanted = points(try experimentalEngine.range(query, from: 0, through: TierCase.end, step: TierCase.hour, over: one.raw).value)
        let result = try experimentalEngine.range(query, from: 0, through: TierCase.end, step: TierCase.hour, over: one.tiered)
        let got = points(result.value)
        #expect(wanted.contains { !TierCase.isSame(got[$0.key] ?? .nan, $0.value) }, "is exact")
        #expect(
            result.infos
                == ["5m", "1h"].map { "PromQL info: \(function) approximated from windows of the \($0) tier, \($0) wide \(Self.place(query))" })
        // Where nothing but raw samples answers nothing is said.
        let plain = TierCase([Shape.gauge.series(number: 0, &random)], [TierSpan(start: .min, end: -TierCase.hour, tier: .hour)])
        #expect(try plain.compare(query, from: TierCase.hour, through: TierCase.end, step: 500_000, "").isEmpty)
    }

    @Test(
        "annotations",
        arguments: [
            ("rate(m_total[1h])", 0, []),
            ("rate(m_total[5m])", 600_000, ["range of 5m answered by whole windows of the 1h tier, 1h wide (1:6)"]),
            ("increase(m_total[90m])", 0, ["range of 1h30m answered by whole windows of the 1h tier, 2h wide, and scaled to 1h30m (1:10)"]),
            (
                "sum by (x) (sum_over_time(m_total[5m]))", 7_000,
                ["range of 5m answered by whole windows of the 1h tier, 1h wide, and scaled to 5m (1:27)"]
            ),
            ("max_over_time(m_total[3h])", 1_000, ["range of 3h answered by whole windows of the 1h tier, 3h wide (1:15)"]),
            ("m_total", 0, []),
            ("m_total + 1", 1_000, ["times within windows of the 1h tier, 1h wide, answered by the first sample of each (1:1)"]),
            ("absent_over_time(m_total[5m])", 600_000, ["range of 5m answered by whole windows of the 1h tier, 1h wide (1:18)"]),
            ("deriv(m_total[2h])", 0, ["deriv approximated from windows of the 1h tier, 1h wide (1:7)"]),
            ("increase(m_total[2h] anchored)", 0, ["increase anchored approximated from windows of the 1h tier, 1h wide (1:10)"]),
            ("m_total smoothed", 0, ["smoothed approximated from windows of the 1h tier, 1h wide (1:1)"]),
        ] as [(String, Int64, [String])])
    func annotations(query: String, shift: Int64, infos: [String]) throws {
        var series = ArraySource.Series(labels: Labels([(name: "__name__", value: "m_total")]))
        for time in stride(from: -6 * TierCase.hour + 1, through: 20 * TierCase.hour, by: 30_000) {
            series.times.append(time)
            series.values.append(Double(time + 7 * TierCase.hour))
        }
        let one = TierCase([series], [TierCase.span(-8, 10, .hour)])
        let result = try experimentalEngine.range(query, from: shift, through: 18 * TierCase.hour, step: TierCase.hour, over: one.tiered)
        #expect(result.infos == infos.map { "PromQL info: \($0)" })
        #expect(result.warnings.isEmpty)
    }

    @Test("resets in windows that late samples were merged into are a guess", arguments: [("rate", true), ("resets", true), ("delta", false)])
    func mergedWindows(function: String, isGuess: Bool) throws {
        var random = SeededRandom(4)
        let source = TieredSource([Shape.counter.series(number: 0, &random)], [TierCase.span(-8, 4, .hour)], isMerged: true)
        let query = "\(function)(m_total[2h])"
        let infos = try Engine().instant(query, at: 3 * TierCase.hour, over: source).infos
        let info = "PromQL info: \(function) approximated from windows of the 1h tier, 1h wide \(Self.place(query))"
        #expect(infos == (isGuess ? [info] : []))
        #expect(try Engine().instant(query, at: 8 * TierCase.hour, over: source).infos.isEmpty)
    }

    @Test("other threads work on tiers as well", arguments: ["rate(m_total[90m])", "m_total", "quantile_over_time(0.3, m_total[1h])"])
    func helpers(query: String) throws {
        var options = EngineOptions()
        options.helpers = WorkerPool(name: "test", threads: 2, queueLimit: 64)
        var random = SeededRandom(6)
        let series = (0..<60).map { Shape.counter.series(number: $0, &random) }
        let one = TierCase(series, [TierCase.span(-8, 4, .hour), TierCase.span(4, 6, .fiveMinutes)])
        let alone = try Engine().range(query, from: 0, through: TierCase.end, step: 600_000, over: one.tiered)
        let helped = try Engine(options: options).range(query, from: 0, through: TierCase.end, step: 600_000, over: one.tiered)
        #expect(points(alone.value).mapValues(\.bitPattern) == points(helped.value).mapValues(\.bitPattern))
        #expect(helped.infos == alone.infos && helped.samplesByTier == alone.samplesByTier && !alone.infos.isEmpty)
    }

    @Test func aRangeVectorShowsLastSamples() throws {
        var random = SeededRandom(1)
        let one = TierCase([Shape.constant.series(number: 0, &random)], [TierCase.span(-8, 10, .hour)])
        let result = try Engine().instant("m_total[4h]", at: 12 * TierCase.hour, over: one.tiered)
        guard case .matrix(let matrix) = result.value, let first = matrix.first else { return #expect(Bool(false), "\(result.value)") }
        #expect(first.times.count { $0 <= 10 * TierCase.hour } <= 2 && first.times.count > 10)
        #expect(result.infos == ["PromQL info: range vector shows the last samples of windows of the 1h tier, 1h wide (1:1)"])
    }

    @Test func samplesAreCountedByTier() throws {
        var series = ArraySource.Series(labels: Labels([(name: "__name__", value: "m")]))
        for minute in Int64(1)...600 {
            series.times.append(minute * TierCase.minute)
            series.values.append(1)
        }
        let one = TierCase([series], [TierCase.span(0, 4, .hour), TierCase.span(4, 6, .fiveMinutes)])
        let result = try Engine().instant("sum_over_time(m[8h])", at: 8 * TierCase.hour, over: one.tiered)
        #expect(result.samplesByTier == [.hour: 4, .fiveMinutes: 24])
        #expect(result.samplesRead == 4 + 24 + 120)
        guard case .vector(let samples) = result.value else { return #expect(Bool(false)) }
        #expect(samples.map(\.sample.value) == [480])
        let raw = try Engine().instant("sum_over_time(m[1h])", at: 8 * TierCase.hour, over: one.tiered)
        #expect(raw.samplesByTier.isEmpty && raw.samplesRead == 60)
    }

    /// A window is one sample, or two where its first and its last are taken.
    @Test(
        "whatever reads windows counts them",
        arguments: [
            ("m[8h]", 28_800_000, 4, 24, 120), ("increase(m[8h] anchored)", 28_800_000, 8, 48, 120), ("m smoothed", 21_600_000, 0, 2, 5),
            ("info(m, {version=\"1\"})", 14_400_000, 2, 0, 0),
        ] as [(String, Timestamp, Int, Int, Int)])
    func everySampleIsCountedByTier(query: String, time: Timestamp, hours: Int, fiveMinutes: Int, raw: Int) throws {
        let one = TierCase(Self.described, [TierCase.span(0, 4, .hour), TierCase.span(4, 6, .fiveMinutes)])
        let result = try experimentalEngine.instant(query, at: time, over: one.tiered)
        #expect(result.samplesByTier == [Tier.hour: hours, .fiveMinutes: fiveMinutes].filter { $0.value > 0 })
        #expect(result.samplesRead - result.samplesByTier.values.reduce(0, +) == raw)
    }

    /// What an info series says may have changed within a window.
    @Test(arguments: [(240, []), (90, ["1:1"])] as [(Int64, [String])])
    func infoSeries(minute: Int64, places: [String]) throws {
        let one = TierCase(Self.described, [TierCase.span(0, 4, .hour)])
        let result = try experimentalEngine.instant("info(m)", at: minute * TierCase.minute, over: one.tiered)
        let told = "PromQL info: times within windows of the 1h tier, 1h wide, answered by the first sample of each"
        #expect(result.infos == places.map { "\(told) (\($0))" })
    }

    /// A series with a sample a minute for ten hours, and the one that describes it.
    private static var described: [ArraySource.Series] {
        ["m", "target_info"].map { name in
            var one = ArraySource.Series(
                labels: Labels([
                    (name: "__name__", value: name), (name: "instance", value: "a"), (name: "job", value: "b"), (name: "version", value: "1"),
                ]))
            (one.times, one.values) = ((1...600).map { Int64($0) * TierCase.minute }, Array(repeating: 1, count: 600))
            return one
        }
    }

    /// Where the range selector stands.
    private static func place(_ query: String) -> String {
        let before = query.split(separator: "m_total", maxSplits: 1, omittingEmptySubsequences: false)[0]
        return "(1:\(before.utf8.count + 1))"
    }

    private static func table() throws -> String {
        let folder = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return try readText("/\(folder)/Sources/PromQL/Tiers.md")
    }

    /// The rows of the table: the class of each function.
    private static func rows() throws -> [String: String] {
        var rows: [String: String] = [:]
        for line in try Self.table().split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
            let name = cells[1].split(separator: "`")[0]
            rows[String(name)] = String(cells[3].prefix { $0 != " " })
        }
        return rows
    }
}
