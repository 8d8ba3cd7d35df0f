import PromQL
import Testing

@Suite("Subqueries in queries")
struct SubqueryQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("queue_depth[1h:5m]", "queue_depth[1h:5m]"), ("queue_depth[1h:]", "queue_depth[1h:]"),
            ("queue_depth[1h:5m] offset 1d", "queue_depth[1h:5m] offset 1d"), ("queue_depth[1h : 5m]", "queue_depth[1h:5m]"),
            ("queue_depth[ 1h:5m ]", "queue_depth[1h:5m]"), ("queue_depth[3600:300]", "queue_depth[1h:5m]"),
            ("queue_depth[1h:1.5]", "queue_depth[1h:1s500ms]"), ("queue_depth[90m:90s]", "queue_depth[1h30m:1m30s]"),
            (#"queue_depth{queue="mail"}[1h:5m]"#, #"queue_depth{queue="mail"}[1h:5m]"#),
            ("rate(queue_jobs_total[5m])[1h:]", "rate(queue_jobs_total[5m])[1h:]"),
            ("rate(queue_jobs_total[5m])[1h:1m]", "rate(queue_jobs_total[5m])[1h:1m]"),
            ("max_over_time(rate(queue_jobs_total[5m])[1h:1m])", "max_over_time(rate(queue_jobs_total[5m])[1h:1m])"),
            ("sum(queue_depth)[1h:]", "sum(queue_depth)[1h:]"), ("sum by (queue) (queue_depth)[1h:]", "sum by (queue) (queue_depth)[1h:]"),
            ("(queue_depth + queue_limit)[1h:5m]", "(queue_depth + queue_limit)[1h:5m]"), ("(queue_depth)[1h:]", "(queue_depth)[1h:]"),
            ("vector(1)[1h:]", "vector(1)[1h:]"), ("queue_depth[1h:5m] @ 100", "queue_depth[1h:5m] @ 100.000"),
            ("queue_depth[1h:5m] @ start() offset 5m", "queue_depth[1h:5m] @ start() offset 5m"),
            ("queue_depth[1h:5m] offset -5m", "queue_depth[1h:5m] offset -5m"), ("queue_depth offset 5m [1h:]", "queue_depth offset 5m[1h:]"),
            ("queue_depth @ 100 [1h:]", "queue_depth @ 100.000[1h:]"),
            ("max_over_time(max_over_time(queue_depth[5m:1m])[1h:5m])", "max_over_time(max_over_time(queue_depth[5m:1m])[1h:5m])"),
            ("min_over_time(queue_depth[1h:5m] @ end())", "min_over_time(queue_depth[1h:5m] @ end())"),
            ("queue_depth[1h:]offset 5m", "queue_depth[1h:] offset 5m"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("-queue_depth[1h:5m]", #"1:1: unary expression only allowed on expressions of type scalar or instant vector, got "range vector""#),
            ("1 + queue_depth[1h:5m]", "1:5: binary expression must contain only scalar and instant vector types"),
            ("sum(queue_depth[1h:5m])", "1:5: expected type instant vector in aggregation expression, got range vector"),
            ("1[1h:]", "1:1: subquery is only allowed on instant vector, got scalar instead"),
            ("time()[1h:]", "1:1: subquery is only allowed on instant vector, got scalar instead"),
            (#""voice"[1h:]"#, "1:1: subquery is only allowed on instant vector, got string instead"),
            ("(1)[1h:]", "1:1: subquery is only allowed on instant vector, got scalar instead"),
            ("-queue_depth[1h:]", #"1:1: unary expression only allowed on expressions of type scalar or instant vector, got "range vector""#),
            ("queue_depth[5m][1h:]", "1:1: subquery is only allowed on instant vector, got matrix instead"),
            ("queue_depth[1h:][1h:]", "1:1: subquery is only allowed on instant vector, got matrix instead"),
            ("(queue_depth[5m])[1h:]", "1:1: subquery is only allowed on instant vector, got matrix instead"),
            ("queue_depth[1h:][5m]", "1:17: ranges only allowed for vector selectors"),
            ("queue_depth[:]", "1:14: unexpected colon before duration in duration expression"),
            ("queue_depth[:5m]", "1:14: unexpected colon before duration in duration expression"),
            ("queue_depth[1h:5m:1m]", "1:18: unexpected colon ':'"), ("queue_depth[1h::]", "1:16: unexpected colon ':'"),
            ("queue_depth[1h::5m]", "1:16: unexpected colon ':'"), ("queue_depth[1h:5m", "1:18: unclosed left bracket"),
            ("queue_depth[1h:", "1:16: unclosed left bracket"), ("queue_depth[1h", "1:15: unclosed left bracket"),
            ("queue_depth[1h:0]", "1:16: duration must be greater than 0"), ("queue_depth[1h:0s]", "1:16: duration must be greater than 0"),
            ("queue_depth[0:5m]", "1:13: duration must be greater than 0"), ("queue_depth[-1h:5m]", "1:13: duration must be greater than 0"),
            ("queue_depth[1h:-5m]", "1:16: duration must be greater than 0"), ("queue_depth[1h:x]", "1:16: unexpected character: 'x', expected ':'"),
            ("queue_depth[x:5m]", "1:13: unexpected character in duration expression: 'x'"),
            (#"queue_depth[1h:5m]{queue="mail"}"#, #"1:19: unexpected "{""#),
            ("queue_depth[1h:5m] offset 1h offset 2h", "1:1: offset may not be set multiple times"),
            ("queue_depth[1h:5m] @ 1 @ 2", "1:1: @ <timestamp> may not be set multiple times"),
            ("queue_depth[1h:5m] [1h]", "1:20: ranges only allowed for vector selectors"),
            ("queue_depth[1h 5m]", #"1:16: unexpected duration "5m" in subquery or range, expected ":" or "]""#),
            ("queue_depth[1h;5m]", "1:15: unexpected character: ';'"),
            ("queue_depth[1h,5m]", #"1:15: unexpected "," in subquery or range, expected ":" or "]""#),
            ("queue_depth[1h:5m)", "1:19: unexpected right parenthesis ')'"),
            ("queue_depth[1h:5m 5m]", #"1:19: unexpected duration "5m" in subquery selector, expected "]""#),
            ("queue_depth + queue_limit[1h:]", "1:15: binary expression must contain only scalar and instant vector types"),
            ("queue_depth[1h:300y]", "1:16: duration out of range"), ("queue_depth[1h:inf]", "1:16: unexpected character: 'i', expected ':'"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
