import Model
import PromQL
import Testing

@Suite("Queries that are PromQL")
struct AcceptedQueriesTests {
    @Test(
        "print in the standard form",
        arguments: [
            ("1_000", "1000"), ("0x1F", "31"), ("0755", "493"), (".5", "0.5"), ("inf", "+Inf"), ("-Inf", "-Inf"), ("nan", "NaN"), ("90m", "1h30m"),
            ("-5m", "-5m"), ("1e6", "1000000"), ("'a\\'b'", "\"a'b\""), ("`a\\n`", "\"a\\\\n\""), ("\"\\101\\xc5\\u00e9\"", "\"A\\xc5é\""),
            ("foo{b='x',a=\"y\",}", "foo{a=\"y\",b=\"x\"}"), ("{\"foo\", \"a b\"=~\"c\"}", "{\"a b\"=~\"c\",__name__=\"foo\"}"),
            ("foo offset 5m @ 100", "foo @ 100.000 offset 5m"), ("foo @ -1m40s", "foo @ -100.000"),
            ("foo @ start() offset -7m", "foo @ start() offset -7m"),
            ("foo[ 5m : ]", "foo[5m:]"), ("foo @ end() [5m]", "foo[5m] @ end()"), ("foo[121h]", "foo[5d1h]"),
            ("foo[5m:1m] offset 1h", "foo[5m:1m] offset 1h"), ("foo[2m*(10+5)]", "foo[2m * (10 + 5)]"),
            ("foo[min_of(STEP()+1, 1h)]", "foo[min_of(step() + 1, 1h)]"), ("foo offset -(step()*2)", "foo offset -(step() * 2)"),
            ("foo[5m] anchored @ 5", "foo[5m] anchored @ 5.000"), ("foo smoothed + 0", "foo smoothed + 0"),
            ("sum(foo) by (a,b,)", "sum by (a, b) (foo)"), ("sum without () (foo)", "sum without () (foo)"), ("topk(5,foo)", "topk(5, foo)"),
            ("sum by (\"a b\", on, start) (foo)", "sum by (\"a b\", on, start) (foo)"), ("offset offset 5m", "offset offset 5m"),
            ("a + on(x) group_left b", "a + on (x) group_left () b"), ("a AND b", "a and b"), ("a + fill(0) fill", "a + fill (0) fill"),
            ("a == bool on(x) fill_right(-Inf) fill_left(2) b", "a == bool on (x) fill_left (2) fill_right (-Inf) b"),
            ("h </ 5 >/ 1", "h </ 5 >/ 1"), ("and + or", "and + or"), ("start() - end", "start() - end"), ("info(a, {})", "info(a, {})"),
            ("-0s", "-0s"), ("Inf ^ foo", "Inf ^ foo"), ("foo ^ Inf", "foo ^ +Inf"),
            ("# first\nfoo # last", "foo"), ("max_of(1, step())", "max_of(1, step())"), ("1 atan2 2", "1 atan2 2"),
        ])
    func prints(_ query: String, _ expected: String) throws {
        let expr = try PromQLParser.parse(query, options: .everything)
        #expect(expr.description == expected)
        #expect(try PromQLParser.parse(expr.description, options: .everything) == expr)
    }

    @Test(
        "bind as mathematics and Prometheus have it",
        arguments: [
            ("-1 ^ 2", "-(1 ^ 2)"), ("2 ^ 3 ^ 2", "2 ^ (3 ^ 2)"), ("-a * b", "(-a) * b"), ("a - b - c", "(a - b) - c"),
            ("a or b and c", "a or (b and c)"),
            ("a + b * c ^ d", "a + (b * (c ^ d))"), ("a == b + c", "a == (b + c)"), ("a unless b and c", "(a unless b) and c"),
            ("a offset -2 ^ 2", "(a offset -2) ^ 2"), ("a % b / c", "(a % b) / c"), ("2 ^ -a ^ b", "2 ^ (-(a ^ b))"),
        ])
    func binds(_ query: String, _ grouped: String) throws {
        func bare(_ expr: Expr) -> Expr {
            switch expr {
            case .paren(let node): return bare(node.inner)
            case .unary(let node): return .unary(Unary(isNegation: node.isNegation, operand: bare(node.operand)))
            case .binary(var node):
                node.left = bare(node.left)
                node.right = bare(node.right)
                return .binary(node)
            default: return expr
            }
        }
        #expect(bare(try PromQLParser.parse(query)) == bare(try PromQLParser.parse(grouped)))
    }

    @Test("nodes know their places")
    func places() throws {
        let query = "sum(a)\n  / rate(b[5m] offset 1h)"
        guard case .binary(let node) = try PromQLParser.parse(query) else {
            Issue.record("no binary expression")
            return
        }
        #expect(node.right.range.place(in: query) == "2:5")
        #expect((node.left.range.start, node.left.range.end) == (0, 6))
        #expect(node.right.range.end == query.utf8.count)
    }

    @Test("selectors and series alone")
    func alone() throws {
        #expect(try PromQLParser.parseSeriesSelector("up{job=~\"a.*\"}").map(\.description) == ["job=~\"a.*\"", "__name__=\"up\""])
        let (labels, rest) = try PromQLParser.parseMetric("up{job=\"a}\", \"x y\"='1'} 1+2x3")
        #expect(labels.description == "up{job=\"a}\", \"x y\"=\"1\"}")
        #expect(rest == " 1+2x3")
        #expect(try PromQLParser.parseMetric("up {{sum:1}}").rest == " {{sum:1}}")
    }

    @Test("ranges below a millisecond are read, though the printed form has nothing so short")
    func tooShortToPrint() throws {
        #expect(try PromQLParser.parse("updates_total[0.0001]").description == "updates_total[0s]")
        #expect(throws: ParseError.self) { try PromQLParser.parse("updates_total[0s]") }
    }

    @Test("every function has its signature")
    func functions() {
        #expect(PromQLFunction.allCases.count == 90)
        #expect(PromQLFunction.allCases.filter(\.isExperimental).count == 17)
        #expect(PromQLFunction.round.signature.minimumCount == 1 && PromQLFunction.round.signature.maximumCount == 2)
        #expect(PromQLFunction.labelJoin.signature.maximumCount == nil)
    }
}
