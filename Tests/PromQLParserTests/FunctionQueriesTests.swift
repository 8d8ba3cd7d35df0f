import PromQL
import Testing

@Suite("Functions in queries")
struct FunctionQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("abs(queue_depth)", "abs(queue_depth)"), (#"absent(queue_depth{queue="mail"})"#, #"absent(queue_depth{queue="mail"})"#),
            ("absent_over_time(queue_depth[1h])", "absent_over_time(queue_depth[1h])"), ("ceil(queue_depth)", "ceil(queue_depth)"),
            ("floor(queue_depth)", "floor(queue_depth)"), ("sgn(queue_depth)", "sgn(queue_depth)"), ("sqrt(queue_depth)", "sqrt(queue_depth)"),
            ("exp(queue_depth)", "exp(queue_depth)"), ("ln(queue_depth)", "ln(queue_depth)"), ("log2(queue_depth)", "log2(queue_depth)"),
            ("log10(queue_depth)", "log10(queue_depth)"),
            ("sin(queue_depth) + cos(queue_depth) + tan(queue_depth)", "sin(queue_depth) + cos(queue_depth) + tan(queue_depth)"),
            ("asin(queue_depth) + acos(queue_depth) + atan(queue_depth)", "asin(queue_depth) + acos(queue_depth) + atan(queue_depth)"),
            ("sinh(queue_depth) + cosh(queue_depth) + tanh(queue_depth)", "sinh(queue_depth) + cosh(queue_depth) + tanh(queue_depth)"),
            ("asinh(queue_depth) + acosh(queue_depth) + atanh(queue_depth)", "asinh(queue_depth) + acosh(queue_depth) + atanh(queue_depth)"),
            ("deg(queue_depth) + rad(queue_depth)", "deg(queue_depth) + rad(queue_depth)"), ("pi()", "pi()"), ("pi ( )", "pi()"),
            ("time()", "time()"), ("time() - queue_depth", "time() - queue_depth"), ("changes(queue_depth[1h])", "changes(queue_depth[1h])"),
            ("clamp(queue_depth, 0, 10)", "clamp(queue_depth, 0, 10)"), ("clamp_max(queue_depth, 10)", "clamp_max(queue_depth, 10)"),
            ("clamp_min(queue_depth, 0)", "clamp_min(queue_depth, 0)"), ("day_of_month()", "day_of_month()"),
            ("day_of_week(queue_depth)", "day_of_week(queue_depth)"), ("day_of_year(vector(0))", "day_of_year(vector(0))"),
            ("days_in_month()", "days_in_month()"), ("hour()", "hour()"), ("minute(queue_depth)", "minute(queue_depth)"), ("month()", "month()"),
            ("year()", "year()"), ("delta(queue_depth[5m])", "delta(queue_depth[5m])"), ("idelta(queue_depth[5m])", "idelta(queue_depth[5m])"),
            ("increase(queue_jobs_total[5m])", "increase(queue_jobs_total[5m])"), ("rate(queue_jobs_total[5m])", "rate(queue_jobs_total[5m])"),
            ("irate(queue_jobs_total[5m])", "irate(queue_jobs_total[5m])"), ("resets(queue_jobs_total[5m])", "resets(queue_jobs_total[5m])"),
            ("deriv(queue_depth[5m])", "deriv(queue_depth[5m])"), ("predict_linear(queue_depth[1h], 3600)", "predict_linear(queue_depth[1h], 3600)"),
            ("predict_linear(queue_depth[1h], 4h)", "predict_linear(queue_depth[1h], 4h)"),
            ("avg_over_time(queue_depth[5m])", "avg_over_time(queue_depth[5m])"),
            (
                "sum_over_time(queue_depth[5m]) / count_over_time(queue_depth[5m])",
                "sum_over_time(queue_depth[5m]) / count_over_time(queue_depth[5m])"
            ),
            ("min_over_time(queue_depth[5m]) - max_over_time(queue_depth[5m])", "min_over_time(queue_depth[5m]) - max_over_time(queue_depth[5m])"),
            (
                "stddev_over_time(queue_depth[5m]) + stdvar_over_time(queue_depth[5m])",
                "stddev_over_time(queue_depth[5m]) + stdvar_over_time(queue_depth[5m])"
            ),
            ("last_over_time(queue_depth[5m])", "last_over_time(queue_depth[5m])"),
            ("present_over_time(queue_depth[5m])", "present_over_time(queue_depth[5m])"),
            ("quantile_over_time(0.9, queue_depth[5m])", "quantile_over_time(0.9, queue_depth[5m])"),
            ("histogram_quantile(0.99, rate(request_seconds_bucket[5m]))", "histogram_quantile(0.99, rate(request_seconds_bucket[5m]))"),
            (
                "histogram_quantile(0.99, sum by (le) (rate(request_seconds_bucket[5m])))",
                "histogram_quantile(0.99, sum by (le) (rate(request_seconds_bucket[5m])))"
            ),
            ("histogram_avg(request_seconds)", "histogram_avg(request_seconds)"),
            (
                "histogram_count(request_seconds) + histogram_sum(request_seconds)",
                "histogram_count(request_seconds) + histogram_sum(request_seconds)"
            ),
            (
                "histogram_stddev(request_seconds) + histogram_stdvar(request_seconds)",
                "histogram_stddev(request_seconds) + histogram_stdvar(request_seconds)"
            ),
            ("histogram_fraction(0, 0.5, request_seconds)", "histogram_fraction(0, 0.5, request_seconds)"),
            (#"label_replace(queue_depth, "name", "$1", "queue", "(.*)")"#, #"label_replace(queue_depth, "name", "$1", "queue", "(.*)")"#),
            (#"label_join(queue_depth, "id", "-", "queue", "shard")"#, #"label_join(queue_depth, "id", "-", "queue", "shard")"#),
            (#"label_join(queue_depth, "id", "-")"#, #"label_join(queue_depth, "id", "-")"#), ("round(queue_depth)", "round(queue_depth)"),
            ("round(queue_depth, 0.5)", "round(queue_depth, 0.5)"), ("scalar(queue_depth)", "scalar(queue_depth)"), ("vector(1)", "vector(1)"),
            ("vector(time())", "vector(time())"), ("sort(queue_depth)", "sort(queue_depth)"), ("sort_desc(queue_depth)", "sort_desc(queue_depth)"),
            ("timestamp(queue_depth)", "timestamp(queue_depth)"), ("timestamp(queue_depth offset 5m)", "timestamp(queue_depth offset 5m)"),
            ("rate(queue_jobs_total[5m] offset 1h)", "rate(queue_jobs_total[5m] offset 1h)"),
            ("rate ( queue_jobs_total [5m] )", "rate(queue_jobs_total[5m])"), ("rate(sum(queue_depth)[5m:1m])", "rate(sum(queue_depth)[5m:1m])"),
            ("rate((queue_jobs_total[5m]))", "rate((queue_jobs_total[5m]))"), ("abs(abs(abs(queue_depth)))", "abs(abs(abs(queue_depth)))"),
            ("abs", "abs"), ("rate + abs", "rate + abs"), (#"abs{queue="mail"}"#, #"abs{queue="mail"}"#), ("abs[5m]", "abs[5m]"),
            ("vector(scalar(queue_depth))", "vector(scalar(queue_depth))"), ("clamp_min(queue_depth, (1))", "clamp_min(queue_depth, (1))"),
            ("first_over_time(queue_depth[5m])", "first_over_time(queue_depth[5m])"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("rate()", #"1:1: expected 1 argument(s) in call to "rate", got 0"#),
            ("rate(queue_depth)", #"1:6: expected type range vector in call to function "rate", got instant vector"#),
            ("rate(queue_depth[5m], 1)", #"1:1: expected 1 argument(s) in call to "rate", got 2"#),
            ("rate(queue_depth[5m],)", "1:21: trailing commas not allowed in function call args"),
            ("rate(,queue_depth[5m])", #"1:6: unexpected ",""#),
            ("rate(5)", #"1:6: expected type range vector in call to function "rate", got scalar"#),
            (#"rate("voice")"#, #"1:6: expected type range vector in call to function "rate", got string"#),
            ("rate(rate(queue_depth[5m]))", #"1:6: expected type range vector in call to function "rate", got instant vector"#),
            ("rate(queue_depth[5m]", "1:21: unclosed left parenthesis"),
            ("rate(queue_depth[5m)", #"1:20: unexpected ")" in subquery or range, expected ":" or "]""#),
            ("rate queue_depth[5m]", #"1:6: unexpected identifier "queue_depth""#), ("rate(queue_depth[5m]) by (queue)", "1:23: unexpected <by>"),
            ("rate(sum(queue_depth))", #"1:6: expected type range vector in call to function "rate", got instant vector"#),
            ("RATE(queue_depth[5m])", #"1:1: unknown function with name "RATE""#),
            ("Rate(queue_depth[5m])", #"1:1: unknown function with name "Rate""#),
            ("rates(queue_depth[5m])", #"1:1: unknown function with name "rates""#),
            ("no_such(queue_depth)", #"1:1: unknown function with name "no_such""#), ("no:such(queue_depth)", #"1:8: unexpected "(""#),
            ("abs()", #"1:1: expected 1 argument(s) in call to "abs", got 0"#),
            ("abs(1)", #"1:5: expected type instant vector in call to function "abs", got scalar"#),
            ("abs(queue_depth[5m])", #"1:5: expected type instant vector in call to function "abs", got range vector"#),
            (#"abs("voice")"#, #"1:5: expected type instant vector in call to function "abs", got string"#),
            ("abs(queue_depth, queue_depth)", #"1:1: expected 1 argument(s) in call to "abs", got 2"#),
            ("pi(1)", #"1:1: expected 0 argument(s) in call to "pi", got 1"#),
            ("time(queue_depth)", #"1:1: expected 0 argument(s) in call to "time", got 1"#),
            ("clamp(queue_depth)", #"1:1: expected 3 argument(s) in call to "clamp", got 1"#),
            ("clamp(queue_depth, 1)", #"1:1: expected 3 argument(s) in call to "clamp", got 2"#),
            ("clamp(queue_depth, 1, 2, 3)", #"1:1: expected 3 argument(s) in call to "clamp", got 4"#),
            (#"clamp(queue_depth, "1", 2)"#, #"1:20: expected type scalar in call to function "clamp", got string"#),
            ("clamp(1, queue_depth, 2)", #"1:7: expected type instant vector in call to function "clamp", got scalar"#),
            ("clamp_max(queue_depth, queue_limit)", #"1:24: expected type scalar in call to function "clamp_max", got instant vector"#),
            ("day_of_month(queue_depth, 1)", #"1:1: expected at most 1 argument(s) in call to "day_of_month", got 2"#),
            ("hour(1)", #"1:6: expected type instant vector in call to function "hour", got scalar"#),
            ("hour(time())", #"1:6: expected type instant vector in call to function "hour", got scalar"#),
            ("round()", #"1:1: expected at least 1 argument(s) in call to "round", got 0"#),
            ("round(queue_depth, 1, 2)", #"1:1: expected at most 2 argument(s) in call to "round", got 3"#),
            ("round(queue_depth, queue_limit)", #"1:20: expected type scalar in call to function "round", got instant vector"#),
            ("round(1)", #"1:7: expected type instant vector in call to function "round", got scalar"#),
            ("scalar(1)", #"1:8: expected type instant vector in call to function "scalar", got scalar"#),
            ("scalar(queue_depth[5m])", #"1:8: expected type instant vector in call to function "scalar", got range vector"#),
            ("vector(queue_depth)", #"1:8: expected type scalar in call to function "vector", got instant vector"#),
            ("vector()", #"1:1: expected 1 argument(s) in call to "vector", got 0"#),
            (#"vector("voice")"#, #"1:8: expected type scalar in call to function "vector", got string"#),
            ("sort(1)", #"1:6: expected type instant vector in call to function "sort", got scalar"#),
            ("label_replace(queue_depth)", #"1:1: expected 5 argument(s) in call to "label_replace", got 1"#),
            (#"label_replace(queue_depth, "a", "b", "c")"#, #"1:1: expected 5 argument(s) in call to "label_replace", got 4"#),
            (#"label_replace(queue_depth, "a", "b", "c", "d", "e")"#, #"1:1: expected 5 argument(s) in call to "label_replace", got 6"#),
            (
                #"label_replace(queue_depth, a, "b", "c", "d")"#,
                #"1:28: expected type string in call to function "label_replace", got instant vector"#
            ),
            (
                #"label_replace("a", queue_depth, "b", "c", "d")"#,
                #"1:15: expected type instant vector in call to function "label_replace", got string"#
            ),
            (#"label_replace(queue_depth, 1, "b", "c", "d")"#, #"1:28: expected type string in call to function "label_replace", got scalar"#),
            ("label_join()", #"1:1: expected at least 3 argument(s) in call to "label_join", got 0"#),
            ("label_join(queue_depth)", #"1:1: expected at least 3 argument(s) in call to "label_join", got 1"#),
            (#"label_join(queue_depth, "a")"#, #"1:1: expected at least 3 argument(s) in call to "label_join", got 2"#),
            (#"label_join(queue_depth, "a", "b", c)"#, #"1:35: expected type string in call to function "label_join", got instant vector"#),
            (#"label_join(queue_depth, "a", "b", "c", 5)"#, #"1:40: expected type string in call to function "label_join", got scalar"#),
            ("histogram_quantile(request_seconds)", #"1:1: expected 2 argument(s) in call to "histogram_quantile", got 1"#),
            ("histogram_quantile(request_seconds, 0.5)", #"1:20: expected type scalar in call to function "histogram_quantile", got instant vector"#),
            (#"histogram_quantile("0.5", request_seconds)"#, #"1:20: expected type scalar in call to function "histogram_quantile", got string"#),
            (
                "histogram_quantile(0.5, request_seconds[5m])",
                #"1:25: expected type instant vector in call to function "histogram_quantile", got range vector"#
            ),
            ("histogram_fraction(0, request_seconds)", #"1:1: expected 3 argument(s) in call to "histogram_fraction", got 2"#),
            ("quantile_over_time(queue_depth[5m], 0.9)", #"1:20: expected type scalar in call to function "quantile_over_time", got range vector"#),
            (
                "quantile_over_time(0.9, queue_depth)",
                #"1:25: expected type range vector in call to function "quantile_over_time", got instant vector"#
            ),
            ("predict_linear(queue_depth, 5)", #"1:16: expected type range vector in call to function "predict_linear", got instant vector"#),
            ("predict_linear(queue_depth[5m])", #"1:1: expected 2 argument(s) in call to "predict_linear", got 1"#),
            (#"predict_linear(queue_depth[5m], "5")"#, #"1:33: expected type scalar in call to function "predict_linear", got string"#),
            ("absent(1)", #"1:8: expected type instant vector in call to function "absent", got scalar"#),
            ("absent(queue_depth[5m])", #"1:8: expected type instant vector in call to function "absent", got range vector"#),
            ("absent_over_time(queue_depth)", #"1:18: expected type range vector in call to function "absent_over_time", got instant vector"#),
            ("timestamp(1)", #"1:11: expected type instant vector in call to function "timestamp", got scalar"#),
            ("holt_winters(queue_depth[5m], 0.5, 0.5)", #"1:1: unknown function with name "holt_winters""#),
            ("info(queue_depth)", #"1:1: function "info" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            (
                #"sort_by_label(queue_depth, "queue")"#,
                #"1:1: function "sort_by_label" is not enabled, it needs --enable-feature=promql-experimental-functions"#
            ),
            (
                "mad_over_time(queue_depth[5m])",
                #"1:1: function "mad_over_time" is not enabled, it needs --enable-feature=promql-experimental-functions"#
            ),
            (
                "double_exponential_smoothing(queue_depth[5m], 0.5, 0.5)",
                #"1:1: function "double_exponential_smoothing" is not enabled, it needs --enable-feature=promql-experimental-functions"#
            ),
            ("max_of(1, 2)", #"1:1: function "max_of" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            (
                #"histogram_quantiles(request_seconds, "q", 0.5)"#,
                #"1:1: function "histogram_quantiles" is not enabled, it needs --enable-feature=promql-experimental-functions"#
            ),
            (
                "ts_of_max_over_time(queue_depth[5m])",
                #"1:1: function "ts_of_max_over_time" is not enabled, it needs --enable-feature=promql-experimental-functions"#
            ),
            ("step()", #"1:1: function "step" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            ("range()", #"1:1: function "range" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            (
                "start_timestamp(queue_depth)",
                #"1:1: function "start_timestamp" is not enabled, it needs --enable-feature=promql-experimental-functions"#
            ),
            ("abs(queue_depth) abs(queue_depth)", #"1:18: unexpected identifier "abs""#), ("abs((queue_depth)", "1:18: unclosed left parenthesis"),
            ("abs(queue_depth))", "1:18: unexpected right parenthesis ')'"),
            ("abs[queue_depth]", "1:5: unexpected character in duration expression: 'q'"), ("abs(*)", "1:5: unexpected <op:*>"),
            ("abs(queue_depth +)", #"1:18: unexpected ")""#), ("abs(queue_depth queue_limit)", #"1:17: unexpected identifier "queue_limit""#),
            ("abs(queue_depth,,queue_limit)", "1:16: trailing commas not allowed in function call args"),
            ("abs(queue_depth, *)", "1:16: trailing commas not allowed in function call args"),
            ("abs(queue_depth, ;)", "1:18: unexpected character: ';'"), ("no_such() ;", #"1:1: unknown function with name "no_such""#),
            ("no_such(queue_depth, 1) + )", #"1:1: unknown function with name "no_such""#), ("abs(queue_depth) ;", "1:18: unexpected character: ';'"),
            ("round(queue_depth, )", "1:18: trailing commas not allowed in function call args"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
