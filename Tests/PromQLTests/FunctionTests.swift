import Model
import Testing

@testable import PromQL

@Suite struct FunctionTests {
    static let store = """
        load 15s
          c_total 0 15 30 5 20 35 50
          g 4 2 NaN 8 1 8 3
          flat 7x6
          h_bucket{le="1"} 10x6
          h_bucket{le="2"} 30x6
          h_bucket{le="+Inf"} 40x6
        """

    /// At 90 s, with all seven samples (0 s…90 s) in the window unless the range is shorter.
    static let numbers: [(String, Double)] = [
        ("increase(c_total[100s])", 80),
        ("rate(c_total[1m])", 50.0 / 60),
        ("irate(c_total[1m])", 1),
        ("idelta(g[1m])", -5),
        ("delta(flat[1m])", 0),
        ("resets(c_total[100s])", 1),
        ("changes(g[100s])", 6),
        ("changes(flat[100s])", 0),
        ("sum_over_time(c_total[100s])", 155),
        ("avg_over_time(c_total[100s])", 155.0 / 7),
        ("min_over_time(g[100s])", 1),
        ("max_over_time(g[100s])", 8),
        ("count_over_time(g[100s])", 7),
        ("first_over_time(g[100s])", 4),
        ("last_over_time(g[100s])", 3),
        ("present_over_time(g[100s])", 1),
        ("stddev_over_time(c_total[31s])", 12.24744871391589),
        ("stdvar_over_time(c_total[31s])", 150),
        ("quantile_over_time(0.5, c_total[100s])", 20),
        ("quantile_over_time(2, c_total[100s])", .infinity),
        ("mad_over_time(c_total[100s])", 15),
        ("ts_of_max_over_time(g[100s])", 75),
        ("ts_of_min_over_time(g[100s])", 60),
        ("ts_of_first_over_time(g[100s])", 0),
        ("ts_of_last_over_time(g[100s])", 90),
        ("deriv(c_total[46s])", 1),
        ("predict_linear(c_total[46s], 15)", 65),
        ("deriv(flat[100s])", 0),
        ("double_exponential_smoothing(flat[100s], 0.5, 0.5)", 7),
        ("absent(nothing)", 1),
        ("absent_over_time(nothing[1m])", 1),
        ("scalar(flat) + 1", 8),
        ("vector(3)", 3),
        ("histogram_quantile(0.5, h_bucket)", 1.5),
        ("histogram_fraction(0, 1.5, h_bucket)", 0.5),
        ("clamp(flat, 1, 5)", 5),
        ("clamp_min(flat, 9)", 9),
        ("clamp_max(flat, 3)", 3),
        ("round(vector(2.5))", 3),
        ("round(vector(-2.5))", -2),
        ("round(vector(0.26), 0.1)", 0.3),
        ("sgn(vector(-3))", -1),
        ("year(vector(1136239445))", 2006),
        ("month(vector(1136239445))", 1),
        ("day_of_month(vector(1136239445))", 2),
        ("day_of_week(vector(1136239445))", 1),
        ("day_of_year(vector(1136239445))", 2),
        ("hour(vector(1136239445))", 22),
        ("minute(vector(1136239445))", 4),
        ("days_in_month(vector(1709164800))", 29),
        ("year(vector(-1))", 1969),
        ("day_of_week(vector(-1))", 3),
        ("timestamp(flat)", 90),
        ("quantile(0.5, {__name__=~\"flat|g\"})", 5),
        ("max_over_time(sum(flat)[1m:15s])", 7),
        ("2 ^ 3 ^ 2", 512),
        ("-7 % 3", -1),
        ("1 atan2 1", 0.7853981633974483),
    ]

    @Test(arguments: numbers)
    func values(_ query: String, _ wanted: Double) throws {
        let result = try experimentalEngine.instant(query, at: 90_000, over: try Store(Self.store).source)
        let value: Double? =
            switch result.value {
            case .scalar(let sample): sample.value
            case .vector(let samples) where samples.count == 1: samples[0].sample.value
            default: nil
            }
        #expect(almostEqual(value ?? .nan, wanted), "\(query) is \(result.value)")
    }

    /// Values that look the same, and that Swift's strings call equal, are different labels.
    @Test func labelReplaceTakesValuesAsBytes() throws {
        let values = ["\u{e9}", "e\u{301}", "\u{e9}"]
        let series = values.enumerated().map { index, value in
            let labels = Labels([(name: "__name__", value: "m"), (name: "n", value: "\(index)"), (name: "a", value: value)])
            return ArraySource.Series(labels: labels, times: [0], values: [1])
        }
        let answer = try Engine().instant(#"label_replace(m, "b", "$1", "a", "(.*)")"#, at: 0, over: ArraySource(series))
        guard case .vector(let samples) = answer.value else { throw QueryError.execution("no vector") }
        #expect(samples.count == 3)
        #expect(samples.allSatisfy { sameBytes($0.labels["b"] ?? "", $0.labels["a"] ?? "") })
    }

    static let vectors: [(String, [String])] = [
        ("clamp(flat, 5, 1)", [String]()),
        ("rate(c_total[15s])", []),
        ("absent(flat)", []),
        (#"absent(nothing{a="1", b=~"2", c="3", c="4"})"#, [#"{a="1"} 1"#]),
        (#"label_replace(flat, "a", "$1-$1", "__name__", "(f).*")"#, [#"flat{a="f-f"} 7"#]),
        (#"label_join(flat, "a", "/", "__name__", "none", "__name__")"#, [#"flat{a="flat//flat"} 7"#]),
        (#"count_values("v", h_bucket)"#, [#"{v="40"} 1"#, #"{v="10"} 1"#, #"{v="30"} 1"#]),
        ("topk(2, h_bucket)", [#"h_bucket{le="+Inf"} 40"#, #"h_bucket{le="2"} 30"#]),
        ("bottomk(1, h_bucket)", [#"h_bucket{le="1"} 10"#]),
        ("sort_desc(h_bucket)", [#"h_bucket{le="+Inf"} 40"#, #"h_bucket{le="2"} 30"#, #"h_bucket{le="1"} 10"#]),
        ("group by (le) (h_bucket)", [#"{le="+Inf"} 1"#, #"{le="1"} 1"#, #"{le="2"} 1"#]),
    ]

    @Test(arguments: vectors)
    func series(_ query: String, _ wanted: [String]) throws {
        #expect(try Store(Self.store).instant(query, at: 90_000, experimentalEngine) == wanted)
    }

    static let notes: [(String, String)] = [
        ("rate(flat[1m])", #"PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "flat" (1:6)"#),
        ("quantile(1.5, flat)", "PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:10)"),
        (
            "1 +\n histogram_quantile(0.9, flat)",
            #"PromQL warning: bucket label "le" is missing or has a malformed value of "" for metric name "flat" (2:26)"#
        ),
    ]

    @Test(arguments: notes)
    func annotationsTellThePlace(_ query: String, _ wanted: String) throws {
        let result = try Engine().instant(query, at: 90_000, over: try Store(Self.store).source)
        #expect(result.warnings + result.infos == [wanted])
    }

    @Test func infinitiesDoNotSpoilLaterWindows() throws {
        let store = try Store("load 10s\n  m_total 1 Inf 2 3 4 5 6 7")
        #expect(try store.instant("sum_over_time(m_total[30s])", at: 70_000) == ["{} 18"])
        #expect(try store.instant("increase(m_total[30s])", at: 70_000) == ["{} 3"])
    }

    @Test func ofTwoZerosTheFirstIsTheExtreme() throws {
        let store = try Store("load 10s\n  a 0 -0 0\n  b -0 0 -0")
        for function in ["min_over_time", "max_over_time"] {
            #expect(try store.instant("1 / \(function)(a[30s])", at: 20_000) == ["{} +Inf"])
            #expect(try store.instant("1 / \(function)(b[30s])", at: 20_000) == ["{} -Inf"])
        }
    }
}
