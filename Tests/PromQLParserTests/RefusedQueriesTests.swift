import PromQL
import Testing

@Suite("Queries that are not PromQL")
struct RefusedQueriesTests {
    @Test(
        "are refused with place and cause",
        arguments: [
            ("", "unknown position: parse error: no expression found in input"), ("# c", "1:1: parse error: no expression found in input"),
            ("1+", "1:3: parse error: unexpected end of input"), ("*1", "1:1: parse error: unexpected <op:*>"),
            ("2.5.", "1:1: parse error: bad number or duration syntax: \"2.5.\""), ("(1))", "1:5: parse error: unexpected right parenthesis ')'"),
            ("((1)", "1:5: parse error: unclosed left parenthesis"), (".", "1:1: parse error: unexpected character: '.'"),
            ("1 !~ 1", "1:3: parse error: unexpected character after '!': '~'"),
            ("1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"),
            ("a and on(x) group_left b", "1:1: parse error: no grouping allowed for \"and\" operation"),
            ("1 ==\n1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
            ("\n\na + bool b", "3:3: parse error: bool modifier can only be used on comparison operators"),
            ("a + on(x) group_left(x) b", "1:3: parse error: label \"x\" must not occur in ON and GROUP clause at once"),
            ("a + on(x) 1", "1:1: parse error: vector matching only allowed between instant vectors"),
            ("a + \"b\"", "1:5: parse error: binary expression must contain only scalar and instant vector types"),
            ("-a[5m]", "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\""),
            ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
            ("a{__name__=\"b\"}", "1:1: parse error: metric name must not be set twice: \"a\" or \"b\""),
            ("a{b=c}", "1:5: parse error: unexpected identifier \"c\" in label matching, expected string"),
            ("a{b", "1:4: parse error: unexpected end of input inside braces"),
            ("sum by a (b)", "1:8: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\""),
            ("sum(a b)", "1:7: parse error: unexpected identifier \"b\" in aggregation"),
            ("sum()", "1:1: parse error: no arguments for aggregate expression provided"),
            ("topk(a)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
            ("sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"),
            ("rate(a)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"),
            ("rate()", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 0"),
            ("round(a, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3"),
            ("label_join(a)", "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 1"),
            ("abs(a,)", "1:6: parse error: trailing commas not allowed in function call args"),
            ("nope(1)", "1:1: parse error: unknown function with name \"nope\""),
            ("a[5m", "1:5: parse error: unclosed left bracket"), ("a[0]", "1:3: parse error: duration must be greater than 0"),
            ("a[5m/0]", "1:5: parse error: division by zero"), ("1[5m]", "1:2: parse error: ranges only allowed for vector selectors"),
            ("a offset 5m [5m]", "1:13: parse error: no offset modifiers allowed before range"),
            ("a offset 1s offset 2s", "1:1: parse error: offset may not be set multiple times"),
            ("a @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"),
            ("a offset", "1:9: parse error: unexpected end of input in offset, expected number, duration, step(), or range()"),
            ("a @ b", "1:5: parse error: unexpected identifier \"b\" in @, expected timestamp"),
            ("a[5m][1h:]", "1:1: parse error: subquery is only allowed on instant vector, got matrix instead"),
            ("\"\\q\"", "1:1: parse error: unknown escape sequence U+0071 'q'"), ("\"a", "1:1: parse error: unterminated quoted string"),
        ])
    func refused(_ query: String, _ expected: String) {
        let error = #expect(throws: ParseError.self) { try PromQLParser.parse(query, options: .everything) }
        #expect(error?.description == expected)
    }

    @Test(
        "experimental parts name their flag",
        arguments: [
            ("limitk(1, a)", "promql-experimental-functions"), ("info(a)", "promql-experimental-functions"),
            ("start()", "promql-experimental-functions"),
            ("a + fill(0) b", "promql-binop-fill-modifiers"), ("a smoothed", "promql-extended-range-selectors"),
        ])
    func flags(_ query: String, _ flag: String) {
        let error = #expect(throws: ParseError.self) { try PromQLParser.parse(query) }
        #expect(error?.message.contains("--enable-feature=\(flag)") == true)
    }
}
