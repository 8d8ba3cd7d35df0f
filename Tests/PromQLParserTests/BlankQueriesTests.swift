import PromQL
import Testing

@Suite("Blanks, comments and places in queries")
struct BlankQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("  queue_depth  ", "queue_depth"), ("\n\nqueue_depth\n", "queue_depth"), ("queue_depth # depth", "queue_depth"),
            ("# depth\nqueue_depth", "queue_depth"), ("queue_depth # a\n+ # b\nqueue_limit", "queue_depth + queue_limit"),
            ("sum( # all\n  queue_depth\n)", "sum(queue_depth)"), ("queue_depth{ # labels\n  queue=\"mail\"\n}", #"queue_depth{queue="mail"}"#),
            ("queue_depth{queue=\"mail\", # one\n}", #"queue_depth{queue="mail"}"#), ("queue_depth{queue=\"#mail\"}", "queue_depth{queue=\"#mail\"}"),
            ("\"# not a comment\"", "\"# not a comment\""), ("queue_depth[5m # window\n]", "queue_depth[5m]"),
            ("queue_depth\n[5m]", "queue_depth[5m]"), ("queue_depth\t+\tqueue_limit", "queue_depth + queue_limit"),
            ("queue_depth\r\n+\r\nqueue_limit", "queue_depth + queue_limit"), ("sum\nby\n(queue)\n(queue_depth)", "sum by (queue) (queue_depth)"),
            ("queue_depth\noffset\n5m", "queue_depth offset 5m"), ("queue_depth\n@\nstart\n(\n)", "queue_depth @ start()"),
            ("rate\n(queue_depth[5m])", "rate(queue_depth[5m])"), ("1\n+\n2", "1 + 2"), ("-- queue_depth", "--queue_depth"),
            ("queue_depth -- queue_limit", "queue_depth - -queue_limit"), ("queue_depth#", "queue_depth"), ("queue_depth#\n#\n# x", "queue_depth"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("", "unknown position: no expression found in input"), (" ", "1:1: no expression found in input"),
            ("\n", "1:1: no expression found in input"), ("\t\r\n", "1:1: no expression found in input"), ("#", "1:1: no expression found in input"),
            ("# only a comment", "1:1: no expression found in input"), ("# one\n# two\n", "1:1: no expression found in input"),
            ("queue_depth[ # window\n5m]", "1:14: unexpected character in duration expression: '#'"),
            ("queue_depth # a\rqueue_limit", #"1:17: unexpected identifier "queue_limit""#), ("1\n+\n", "3:1: unexpected end of input"),
            ("queue_depth\n+\n\n)", "4:2: unexpected right parenthesis ')'"), ("\n\n  queue_depth }", "3:15: unexpected character: '}'"),
            ("sum(\n  queue_depth,\n)", "2:14: trailing commas not allowed in function call args"),
            ("queue_depth\n  and\n  1", #"1:1: set operator "and" not allowed in binary scalar expression"#),
            ("queue_depth\n\n  + bool\n  queue_limit", "3:3: bool modifier can only be used on comparison operators"),
            (
                "queue_depth +\n  on (queue)\n  group_left (queue)\n  queue_limit",
                #"1:13: label "queue" must not occur in ON and GROUP clause at once"#
            ),
            ("rate(\n  queue_depth\n)", #"2:3: expected type range vector in call to function "rate", got instant vector"#),
            ("sum(\n  1\n)", "2:3: expected type instant vector in aggregation expression, got scalar"),
            ("queue_depth\u{A0}+ 1", #"1:12: unexpected character: '\u00a0'"#), ("queue_depth\u{200B}", #"1:12: unexpected character: '\u200b'"#),
            ("\u{FEFF}queue_depth", #"1:1: unexpected character: '\ufeff'"#), ("queue_depth\u{3000}", #"1:12: unexpected character: '\u3000'"#),
            ("queue_depth\u{B}+ 1", #"1:12: unexpected character: '\v'"#), ("queue_depth\u{C}", #"1:12: unexpected character: '\f'"#),
            ("é", "1:1: unexpected character: 'é'"), ("queue_depth é", "1:13: unexpected character: 'é'"),
            ("queue_depth +\n  é", "2:3: unexpected character: 'é'"), ("\"é\" +\n", "2:1: unexpected end of input"),
            (#"{é="a"}"#, "1:2: unexpected character inside braces: 'é'"), (#"queue_depth{queue="é"} )"#, "1:26: unexpected right parenthesis ')'"),
            (#"queue_depth{queue="é" x}"#, #"1:24: unexpected identifier "x" in label matching, expected "," or "}""#),
            ("sum by (é) (queue_depth)", "1:9: unexpected character: 'é'"),
            ("queue_depth[é]", "1:13: unexpected character in duration expression: 'é'"), ("queue_depth @ é", "1:15: unexpected character: 'é'"),
            ("queue_depth = é", #"1:13: unexpected "=""#), ("# é\n)", "2:2: unexpected right parenthesis ')'"),
            ("🎤", "1:1: unexpected character: '🎤'"), ("queue_depth 🎤", "1:13: unexpected character: '🎤'"),
            ("queue_depth{🎤}", "1:13: unexpected character inside braces: '🎤'"), (#"queue_depth\"#, #"1:12: unexpected character: '\\'"#),
            ("queue_depth`", "1:12: unterminated raw string"), ("/* queue_depth */", "1:1: unexpected <op:/>"),
            ("// queue_depth", "1:1: unexpected <op:/>"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
