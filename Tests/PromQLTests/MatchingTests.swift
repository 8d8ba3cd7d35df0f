import Model
import Testing

@testable import PromQL

@Suite struct MatchingTests {
    static let store = """
        load 1m
          a{x="1", y="l"} 1 2 3
          a{x="2", y="l"} 10 20 30
          b{x="1"} 100 _ 300
          b{x="2"} 1000 2000 _
          twice{x="1", z="p"} 1 _ 1
          twice{x="1", z="q"} _ 2 _
        """

    static let matches: [(String, [String])] = [
        (#"a + ignoring(y) b"#, [#"{x="1"} 101"#, #"{x="2"} 1010"#]),
        (#"a + on(x) b"#, [#"{x="1"} 101"#, #"{x="2"} 1010"#]),
        (#"a + b"#, []),
        (#"a > on(x) b"#, []),
        (#"a < on(x) b"#, [#"{x="1"} 1"#, #"{x="2"} 10"#]),
        (#"a < bool on(x) b"#, [#"{x="1"} 1"#, #"{x="2"} 1"#]),
        (#"b - on(x) group_right a"#, [#"{x="1", y="l"} 99"#, #"{x="2", y="l"} 990"#]),
        (#"a * on(x) group_left(z) twice"#, [#"{x="1", y="l", z="p"} 1"#]),
        (#"a and on(x) twice"#, [#"a{x="1", y="l"} 1"#]),
        (#"a unless on(x) twice"#, [#"a{x="2", y="l"} 10"#]),
        (#"twice or b"#, [#"twice{x="1", z="p"} 1"#, #"b{x="1"} 100"#, #"b{x="2"} 1000"#]),
    ]

    @Test(arguments: matches)
    func partnersAreFound(_ query: String, _ wanted: [String]) throws {
        #expect(try Store(Self.store).instant(query, at: 0) == wanted)
    }

    @Test func rulesHoldStepByStep() throws {
        // The two series of `twice` never have a value at the same step.
        let source = try Store(Self.store).source
        let options = QueryOptions(lookback: 1)
        let value = try Engine().range("b + on(x) twice", from: 0, through: 120_000, step: 60_000, over: source, options).value
        guard case .matrix(let series) = value else { return #expect(Bool(false), "not a matrix") }
        #expect(series.map(\.labels.description) == [#"{x="1"}"#])
        #expect(series.first?.times == [0, 120_000])
        #expect(series.first?.values == [101, 301])
    }

    static let refusals: [(String, String)] = [
        (
            "b + on(y) b",
            "found duplicate series for the match group {} on the right hand-side of the operation: "
                + #"[{__name__="b", x="1"}, {__name__="b", x="2"}];many-to-many matching not allowed: matching labels must be unique on one side"#
        ),
        ("a + on(y) sum by (y) (a)", "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"),
        ("a > on(y) sum by (y) (a)", "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"),
        (#"a * on(y) group_left(x) sum by (y) (a)"#, "multiple matches for labels: grouping labels must ensure unique matches"),
        (#"abs({__name__=~"dup1|dup2"})"#, "vector cannot contain metrics with the same labelset"),
        (#"rate({__name__=~"dup1|dup2"}[5m])"#, "vector cannot contain metrics with the same labelset"),
        (#"label_replace(b, "x", "", "", "")"#, "vector cannot contain metrics with the same labelset"),
        (#"topk(NaN, a)"#, "Parameter value is NaN"),
    ]

    @Test(arguments: refusals)
    func ambiguityIsRefused(_ query: String, _ message: String) throws {
        let store = try Store(Self.store + "\n  dup1 1 2 3\n  dup2 1 2 3")
        #expect(store.error(query, at: 60_000) == message)
    }

    @Test func labelsThatOnlyUnicodeCallsEqualStayApart() throws {
        let composed = Labels([(name: "__name__", value: "m"), (name: "x", value: "\u{e9}")])
        let decomposed = Labels([(name: "__name__", value: "m"), (name: "x", value: "e\u{301}")])
        let series = [ArraySource.Series(labels: composed, times: [0], values: [1]), .init(labels: decomposed, times: [0], values: [2])]
        let store = Store(source: ArraySource(series))
        #expect(try store.instant("sum by (x) (m)", at: 0).count == 2)
        #expect(try store.instant("m{x=\"\u{e9}\"} + m{x=\"\u{e9}\"}", at: 0).map { $0.suffix(1) } == ["2"])
        #expect(try store.instant("m{x=\"\u{e9}\"} + on() m{x=\"e\u{301}\"}", at: 0).map { $0.suffix(1) } == ["3"])
    }
}
