import PromQL
import Testing

@Suite("Operators in queries")
struct OperatorQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("1 + 2", "1 + 2"), ("1+2", "1 + 2"), ("1 - 2 * 3", "1 - 2 * 3"), ("(1 - 2) * 3", "(1 - 2) * 3"), ("2 ^ 3 ^ 2", "2 ^ 3 ^ 2"),
            ("-2 ^ 2", "-2 ^ 2"), ("(-2) ^ 2", "(-2) ^ 2"), ("2 ^ -1", "2 ^ -1"), ("-queue_depth ^ 2", "-queue_depth ^ 2"),
            ("- queue_depth", "-queue_depth"), ("+queue_depth", "+queue_depth"), ("--queue_depth", "--queue_depth"),
            ("-+-queue_depth", "-+-queue_depth"), ("-(queue_depth)", "-(queue_depth)"), ("-sum(queue_depth)", "-sum(queue_depth)"),
            ("-rate(queue_jobs_total[5m])", "-rate(queue_jobs_total[5m])"), ("queue_depth / queue_limit", "queue_depth / queue_limit"),
            ("queue_depth % 10", "queue_depth % 10"), ("queue_depth * -1", "queue_depth * -1"),
            ("queue_depth + -queue_limit", "queue_depth + -queue_limit"), ("queue_depth - - queue_limit", "queue_depth - -queue_limit"),
            ("queue_depth == 5", "queue_depth == 5"), ("queue_depth != 5", "queue_depth != 5"), ("queue_depth > 5", "queue_depth > 5"),
            ("queue_depth < 5", "queue_depth < 5"), ("queue_depth >= 5", "queue_depth >= 5"), ("queue_depth <= 5", "queue_depth <= 5"),
            ("5 < queue_depth", "5 < queue_depth"), ("queue_depth == bool 5", "queue_depth == bool 5"),
            ("queue_depth > bool queue_limit", "queue_depth > bool queue_limit"), ("queue_depth == BOOL 5", "queue_depth == bool 5"),
            ("1 == bool 1", "1 == bool 1"), ("1 > bool 2", "1 > bool 2"), ("queue_depth and queue_limit", "queue_depth and queue_limit"),
            ("queue_depth or queue_limit", "queue_depth or queue_limit"), ("queue_depth unless queue_limit", "queue_depth unless queue_limit"),
            ("queue_depth AND queue_limit Or vector(0) UNLESS up", "queue_depth and queue_limit or vector(0) unless up"),
            ("queue_depth atan2 queue_limit", "queue_depth atan2 queue_limit"), ("1 atan2 2", "1 atan2 2"),
            ("queue_depth ATAN2 1", "queue_depth atan2 1"), ("queue_depth or vector(0)", "queue_depth or vector(0)"),
            ("queue_depth + queue_limit > bool 5 and up", "queue_depth + queue_limit > bool 5 and up"), ("(queue_depth)", "(queue_depth)"),
            ("((queue_depth))", "((queue_depth))"), ("(1)", "(1)"), ("queue_depth*queue_limit+1", "queue_depth * queue_limit + 1"),
            ("queue_depth > 1 < 5", "queue_depth > 1 < 5"), ("time() > bool 5", "time() > bool 5"),
            ("vector(1) and vector(2)", "vector(1) and vector(2)"), ("queue_depth + + 2", "queue_depth + 2"),
            ("queue_depth - - - 2", "queue_depth - 2"), ("queue_depth ==bool 5", "queue_depth == bool 5"), ("or or or", "or or or"),
            ("unless + 1", "unless + 1"), ("queue_depth == queue_limit == queue_size", "queue_depth == queue_limit == queue_size"),
            ("queue_depth ^ 2 * 3", "queue_depth ^ 2 * 3"), ("queue_depth !=5", "queue_depth != 5"), ("queue_depth!=5", "queue_depth != 5"),
            ("queue_depth>-5", "queue_depth > -5"), ("queue_depth>=-5", "queue_depth >= -5"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("1 + queue_depth[5m]", "1:5: binary expression must contain only scalar and instant vector types"),
            ("queue_depth[5m] + 1", "1:1: binary expression must contain only scalar and instant vector types"),
            ("queue_depth[5m] == queue_depth[5m]", "1:1: binary expression must contain only scalar and instant vector types"),
            ("-queue_depth[5m]", #"1:1: unary expression only allowed on expressions of type scalar or instant vector, got "range vector""#),
            ("+queue_depth[5m]", #"1:1: unary expression only allowed on expressions of type scalar or instant vector, got "range vector""#),
            (#"-"voice""#, #"1:1: unary expression only allowed on expressions of type scalar or instant vector, got "string""#),
            (#"1 + "voice""#, "1:5: binary expression must contain only scalar and instant vector types"),
            (#""a" + "b""#, "1:1: binary expression must contain only scalar and instant vector types"),
            ("1 == 1", "1:3: comparisons between scalars must use BOOL modifier"),
            ("1 > 2", "1:3: comparisons between scalars must use BOOL modifier"),
            ("1 <= 2", "1:3: comparisons between scalars must use BOOL modifier"),
            ("1 != 2", "1:3: comparisons between scalars must use BOOL modifier"),
            ("(1) == (1)", "1:5: comparisons between scalars must use BOOL modifier"),
            ("time() > 5", "1:8: comparisons between scalars must use BOOL modifier"),
            ("1 and 1", #"1:1: set operator "and" not allowed in binary scalar expression"#),
            ("1 or queue_depth", #"1:1: set operator "or" not allowed in binary scalar expression"#),
            ("queue_depth and 1", #"1:1: set operator "and" not allowed in binary scalar expression"#),
            ("queue_depth unless 5", #"1:1: set operator "unless" not allowed in binary scalar expression"#),
            ("1 unless 2", #"1:1: set operator "unless" not allowed in binary scalar expression"#),
            ("queue_depth + bool queue_limit", "1:13: bool modifier can only be used on comparison operators"),
            ("1 + bool 2", "1:3: bool modifier can only be used on comparison operators"),
            ("queue_depth and bool queue_limit", "1:13: bool modifier can only be used on comparison operators"),
            ("queue_depth ^ bool 2", "1:13: bool modifier can only be used on comparison operators"),
            ("queue_depth atan2 bool queue_limit", "1:13: bool modifier can only be used on comparison operators"),
            ("queue_depth = 5", #"1:13: unexpected "=""#), ("queue_depth =~ 5", "1:13: unexpected character after '=': '~'"),
            ("queue_depth !~ 5", "1:13: unexpected character after '!': '~'"), ("queue_depth === 5", #"1:15: unexpected "=""#),
            ("queue_depth <> 5", "1:14: unexpected <op:>>"), ("queue_depth => 5", #"1:13: unexpected "=""#),
            ("queue_depth =< 5", #"1:13: unexpected "=""#), ("queue_depth ! 5", "1:13: unexpected character after '!': ' '"),
            ("!queue_depth", "1:1: unexpected character after '!': 'q'"), ("queue_depth && queue_limit", "1:13: unexpected character: '&'"),
            ("queue_depth || queue_limit", "1:13: unexpected character: '|'"), ("queue_depth & 1", "1:13: unexpected character: '&'"),
            ("queue_depth | 1", "1:13: unexpected character: '|'"), ("~queue_depth", "1:1: unexpected character: '~'"),
            ("queue_depth ** 2", "1:14: unexpected <op:*>"), ("queue_depth // 2", "1:14: unexpected <op:/>"),
            ("queue_depth +", "1:14: unexpected end of input"), ("* queue_depth", "1:1: unexpected <op:*>"), ("/ 2", "1:1: unexpected <op:/>"),
            ("% 2", "1:1: unexpected <op:%>"), ("^ 2", "1:1: unexpected <op:^>"), ("== 2", "1:1: unexpected <op:==>"),
            ("queue_depth + * 2", "1:15: unexpected <op:*>"), ("queue_depth < > 2", "1:15: unexpected <op:>>"),
            ("queue_depth bool == 5", "1:13: unexpected <bool>"), ("queue_depth == bool", "1:20: unexpected end of input"),
            ("bool 5", "1:1: unexpected <bool>"), ("()", #"1:2: unexpected ")""#), ("(", "1:2: unclosed left parenthesis"),
            (")", "1:2: unexpected right parenthesis ')'"), ("(queue_depth", "1:13: unclosed left parenthesis"),
            ("queue_depth)", "1:13: unexpected right parenthesis ')'"), ("(queue_depth))", "1:15: unexpected right parenthesis ')'"),
            ("((queue_depth)", "1:15: unclosed left parenthesis"), ("(queue_depth]", "1:13: unexpected right bracket ']'"),
            ("[queue_depth]", #"1:1: unexpected "[""#),
            ("{queue_depth}", #"1:13: unexpected "}" in label matching, expected label matching operator"#),
            ("queue_depth, queue_limit", #"1:12: unexpected ",""#), ("queue_depth; queue_limit", "1:12: unexpected character: ';'"),
            ("queue_depth and", "1:16: unexpected end of input"), ("and queue_depth", #"1:5: unexpected identifier "queue_depth""#),
            ("queue_depth or or queue_limit", #"1:19: unexpected identifier "queue_limit""#), ("1 atan2", "1:8: unexpected end of input"),
            ("atan2 1", "1:1: unexpected <op:atan2>"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
