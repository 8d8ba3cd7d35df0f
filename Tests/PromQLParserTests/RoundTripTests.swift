import Glibc
import Model
import ParserFuzz
import PromQL
import TestKit
import Testing

@Suite("Any expression")
struct RoundTripTests {
    /// `MARTLET_SEED` repeats a run.
    static let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)

    @Test("is read from its printed form as what it was, and prints the same again")
    func made() throws {
        let count = mutationRounds(usual: 5000)
        print("expressions from MARTLET_SEED=\(Self.seed)")
        var met = Set<String>()
        for number in 0..<count {
            var maker = ExpressionMaker(SeededRandom(Self.seed &+ UInt64(number)))
            let expr = maker.expression(depth: number % 6)
            let printed = expr.description
            let again = try #require(
                try? PromQLParser.parse(printed, options: .everything), "seed \(Self.seed) number \(number): \(printed) is refused")
            #expect(again == expr, "seed \(Self.seed) number \(number): \(printed) is read as another expression")
            #expect(again.description == printed, "seed \(Self.seed) number \(number)")
            expr.walk { met.formUnion(Self.names(of: $0)) }
        }
        if count >= 5000 { #expect(Self.all.subtracting(met).isEmpty, "seed \(Self.seed) never made these") }
    }

    /// Every kind of node, operator, function and modifier that must occur.
    private static let all = Set(
        PromQLFunction.allCases.map(\.rawValue) + BinaryOperator.allCases.map(\.rawValue) + AggregationOperator.allCases.map { "\($0.rawValue)…" } + [
            "number", "duration", "string", "selector", "matrix", "subquery", "unary", "paren", "bool", "on", "ignoring", "group_left", "group_right",
            "fill_left", "fill_right", "offset", "@ start()", "@ end()", "@ time", "anchored", "smoothed", "without", "by", "window arithmetic",
        ])

    private static func names(of expr: Expr) -> [String] {
        switch expr {
        case .number(let node): [node.isDuration ? "duration" : "number"]
        case .string: ["string"]
        case .selector(let node): ["selector"] + placement(node.offset, node.at) + (node.boundaries.map { [$0.rawValue] } ?? [])
        case .matrix(let node): ["matrix"] + (isFixed(node.window) ? [] : ["window arithmetic"])
        case .subquery(let node): ["subquery"] + placement(node.offset, node.at)
        case .unary: ["unary"]
        case .paren: ["paren"]
        case .call(let node): [node.function.rawValue]
        case .aggregation(let node): ["\(node.op.rawValue)…", node.isWithout ? "without" : "by"]
        case .binary(let node): [node.op.rawValue] + (node.returnsBool ? ["bool"] : []) + (node.matching.map(names) ?? [])
        }
    }

    private static func names(of matching: VectorMatching) -> [String] {
        var names = [matching.isOn ? "on" : "ignoring"]
        if matching.cardinality == .manyToOne { names.append("group_left") }
        if matching.cardinality == .oneToMany { names.append("group_right") }
        if matching.fillLeft != nil { names.append("fill_left") }
        if matching.fillRight != nil { names.append("fill_right") }
        return names
    }

    private static func placement(_ offset: DurationValue, _ at: AtModifier?) -> [String] {
        let place: [String] =
            switch at {
            case .start: ["@ start()"]
            case .end: ["@ end()"]
            case .timestamp: ["@ time"]
            case nil: []
            }
        return place + (offset == .zero ? [] : ["offset"])
    }

    private static func isFixed(_ duration: DurationValue) -> Bool {
        if case .fixed = duration { true } else { false }
    }

    @Test("and any damaged one is read or refused with a place in the text")
    func damaged() throws {
        print("damaged queries from MARTLET_SEED=\(Self.seed)")
        var fuzz = ParserFuzz(seed: Self.seed)
        for number in 0..<mutationRounds(usual: 3000) {
            let query = fuzz.next()
            do { try fuzz.check(query) } catch { Issue.record("seed \(Self.seed) number \(number): \(error)") }
        }
        #expect(fuzz.accepted > 0 && fuzz.refused > 0)
    }
}
