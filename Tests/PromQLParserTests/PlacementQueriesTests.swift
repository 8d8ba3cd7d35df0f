import PromQL
import Testing

@Suite("Offset and @ in queries")
struct PlacementQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("queue_depth offset 5m", "queue_depth offset 5m"), ("queue_depth offset -5m", "queue_depth offset -5m"),
            ("queue_depth offset +5m", "queue_depth offset 5m"), ("queue_depth offset 0", "queue_depth"), ("queue_depth offset 0s", "queue_depth"),
            ("queue_depth offset 90", "queue_depth offset 1m30s"), ("queue_depth offset 1.5", "queue_depth offset 1s500ms"),
            ("queue_depth offset -1.5", "queue_depth offset -1s500ms"), ("queue_depth OFFSET 5m", "queue_depth offset 5m"),
            ("queue_depth offset 1w", "queue_depth offset 1w"), ("queue_depth offset 1e3", "queue_depth offset 16m40s"),
            ("queue_depth offset 0x10", "queue_depth offset 16s"), (#"queue_depth{queue="mail"} offset 1d"#, #"queue_depth{queue="mail"} offset 1d"#),
            ("queue_depth @ 1700000000", "queue_depth @ 1700000000.000"), ("queue_depth @ 1700000000.123", "queue_depth @ 1700000000.123"),
            ("queue_depth @ 1700000000.1235", "queue_depth @ 1700000000.124"), ("queue_depth @ -1", "queue_depth @ -1.000"),
            ("queue_depth @ +1", "queue_depth @ 1.000"), ("queue_depth @ -0.5", "queue_depth @ -0.500"),
            ("queue_depth @ 1e9", "queue_depth @ 1000000000.000"), ("queue_depth @ 0x10", "queue_depth @ 16.000"),
            ("queue_depth @ 5m", "queue_depth @ 300.000"), ("queue_depth @ 0", "queue_depth @ 0.000"), ("queue_depth @ -0", "queue_depth @ 0.000"),
            ("queue_depth @ start()", "queue_depth @ start()"), ("queue_depth @ end()", "queue_depth @ end()"),
            ("queue_depth @ START()", "queue_depth @ start()"), ("queue_depth @ End()", "queue_depth @ end()"),
            ("queue_depth @start()", "queue_depth @ start()"), ("queue_depth@end()", "queue_depth @ end()"),
            ("queue_depth @ 10 offset 5m", "queue_depth @ 10.000 offset 5m"), ("queue_depth offset 5m @ 10", "queue_depth @ 10.000 offset 5m"),
            ("queue_depth offset 5m @ start()", "queue_depth @ start() offset 5m"), ("queue_depth[5m] @ 10", "queue_depth[5m] @ 10.000"),
            ("queue_depth[5m] offset 5m @ end()", "queue_depth[5m] @ end() offset 5m"),
            ("queue_depth[5m] @ start() offset -5m", "queue_depth[5m] @ start() offset -5m"),
            ("queue_depth @ start()[5m]", "queue_depth[5m] @ start()"),
            ("queue_depth[1h:5m] @ 10 offset 5m", "queue_depth[1h:5m] @ 10.000 offset 5m"),
            ("queue_depth[1h:] offset 5m @ 10", "queue_depth[1h:] @ 10.000 offset 5m"), ("(queue_depth offset 5m)", "(queue_depth offset 5m)"),
            ("-queue_depth offset 5m", "-queue_depth offset 5m"), ("-queue_depth @ 10", "-queue_depth @ 10.000"),
            ("queue_depth offset 5m + queue_size offset 10m", "queue_depth offset 5m + queue_size offset 10m"),
            ("queue_depth offset 0s offset 10m", "queue_depth offset 10m"), ("queue_depth offset 5m[5m:]", "queue_depth offset 5m[5m:]"),
            ("queue_depth @ 10[5m:]", "queue_depth @ 10.000[5m:]"), ("queue_depth offset --5m", "queue_depth offset 5m"),
            ("queue_depth offset - 5m", "queue_depth offset -5m"), ("queue_depth offset 292y", "queue_depth offset 292y"),
            ("queue_depth @ 10 + 5", "queue_depth @ 10.000 + 5"), ("queue_depth @ -10 ^ 2", "queue_depth @ -10.000 ^ 2"), ("offset", "offset"),
            ("offset offset 5m", "offset offset 5m"), ("start", "start"), ("end + start", "end + start"), ("start offset 5m", "start offset 5m"),
            ("start @ start()", "start @ start()"), ("end[5m] @ end()", "end[5m] @ end()"), ("queue_depth offset -+5m", "queue_depth offset -5m"),
            ("queue_depth offset ---5m", "queue_depth offset -5m"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("queue_depth offset 5m offset 10m", "1:1: offset may not be set multiple times"),
            ("queue_depth offset 5m offset 0s", "1:1: offset may not be set multiple times"),
            ("queue_depth @ 10 @ 20", "1:1: @ <timestamp> may not be set multiple times"),
            ("queue_depth @ start() @ end()", "1:1: @ <timestamp> may not be set multiple times"),
            ("queue_depth @ 10 @ start()", "1:1: @ <timestamp> may not be set multiple times"),
            ("queue_depth @ start() @ 10", "1:1: @ <timestamp> may not be set multiple times"),
            ("queue_depth offset 5m[5m]", "1:22: no offset modifiers allowed before range"),
            ("queue_depth @ 10[5m]", "1:17: no @ modifiers allowed before range"),
            ("(queue_depth) offset 5m", "1:1: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            ("(queue_depth) @ 10", "1:1: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            (
                "sum(queue_depth) offset 5m",
                "1:1: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
            ),
            ("sum(queue_depth) @ 10", "1:1: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            ("5 offset 5m", "1:1: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            ("5 @ 10", "1:1: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            ("time() offset 5m", "1:1: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            (
                "rate(queue_jobs_total[5m]) offset 5m",
                "1:1: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
            ),
            (
                "rate(queue_jobs_total[5m]) @ start()",
                "1:1: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery"
            ),
            ("queue_depth + queue_size offset", "1:32: unexpected end of input in offset, expected number, duration, step(), or range()"),
            ("queue_depth offset", "1:19: unexpected end of input in offset, expected number, duration, step(), or range()"),
            ("queue_depth offset mail", #"1:20: unexpected identifier "mail" in offset, expected number, duration, step(), or range()"#),
            (#"queue_depth offset "5m""#, #"1:20: unexpected string "\"5m\"" in offset, expected number, duration, step(), or range()"#),
            ("queue_depth offset -", "1:21: unexpected end of input in offset, expected number, duration, step(), or range()"),
            ("queue_depth offset inf", "1:20: duration out of range"), ("queue_depth offset NaN", "1:20: duration out of range"),
            ("queue_depth offset 293y", "1:20: duration out of range"), ("queue_depth offset -293y", "1:21: duration out of range"),
            ("queue_depth offset 1e10", "1:20: duration out of range"), ("queue_depth @", "1:14: unexpected end of input in @, expected timestamp"),
            ("queue_depth @ start", "1:20: unexpected end of input in @, expected timestamp"),
            ("queue_depth @ start(", "1:21: unclosed left parenthesis"),
            ("queue_depth @ start(1)", #"1:21: unexpected number "1" in @, expected timestamp"#),
            ("queue_depth @ end", "1:18: unexpected end of input in @, expected timestamp"),
            ("queue_depth @ now()", #"1:15: unexpected identifier "now" in @, expected timestamp"#),
            (#"queue_depth @ "10""#, #"1:15: unexpected string "\"10\"" in @, expected timestamp"#),
            ("queue_depth @ inf", "1:1: timestamp out of bounds for @ modifier: +Inf"),
            ("queue_depth @ -inf", "1:1: timestamp out of bounds for @ modifier: -Inf"),
            ("queue_depth @ nan", "1:1: timestamp out of bounds for @ modifier: NaN"),
            ("queue_depth @ 1e19", "1:1: timestamp out of bounds for @ modifier: 10000000000000000000.000000"),
            ("queue_depth @ -1e19", "1:1: timestamp out of bounds for @ modifier: -10000000000000000000.000000"),
            ("queue_depth @ --1", "1:16: unexpected <op:-> in @, expected timestamp"),
            ("queue_depth @ (10)", #"1:15: unexpected "(" in @, expected timestamp"#), ("offset 5m", #"1:8: unexpected duration "5m""#),
            ("@ 10", "1:1: unexpected <op:@>"),
            ("start()", #"1:1: function "start" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            ("end()", #"1:1: function "end" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            ("start() + 1", #"1:1: function "start" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            ("queue_depth offset 5m5", #"1:20: bad number or duration syntax: "5m5""#),
            (#"queue_depth offset 5m{queue="mail"}"#, #"1:22: unexpected "{""#),
            (#"queue_depth{queue="mail"} @ 10 {shard="a"}"#, #"1:32: unexpected "{""#), ("queue_depth offset -inf", "1:20: duration out of range"),
            ("queue_depth offset -1e300", "1:20: duration out of range"), ("sum(queue_depth offset", "1:23: unclosed left parenthesis"),
            ("5 offset 5m ;", "1:1: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
            ("queue_depth @ 10 @ 20 ;", "1:1: @ <timestamp> may not be set multiple times"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
