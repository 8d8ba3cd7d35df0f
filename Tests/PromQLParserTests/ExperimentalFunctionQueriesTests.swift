import PromQL
import Testing

@Suite("Experimental functions in queries")
struct ExperimentalFunctionQueriesTests {
    @Test(
        "are read",
        arguments: [
            (#"sort_by_label(queue_depth, "queue")"#, #"sort_by_label(queue_depth, "queue")"#),
            (#"sort_by_label(queue_depth, "queue", "shard")"#, #"sort_by_label(queue_depth, "queue", "shard")"#),
            ("sort_by_label(queue_depth)", "sort_by_label(queue_depth)"),
            (#"sort_by_label_desc(queue_depth, "queue")"#, #"sort_by_label_desc(queue_depth, "queue")"#),
            ("mad_over_time(queue_depth[5m])", "mad_over_time(queue_depth[5m])"),
            ("double_exponential_smoothing(queue_depth[5m], 0.5, 0.5)", "double_exponential_smoothing(queue_depth[5m], 0.5, 0.5)"),
            ("ts_of_min_over_time(queue_depth[5m])", "ts_of_min_over_time(queue_depth[5m])"),
            ("ts_of_max_over_time(queue_depth[5m])", "ts_of_max_over_time(queue_depth[5m])"),
            ("ts_of_last_over_time(queue_depth[5m])", "ts_of_last_over_time(queue_depth[5m])"),
            ("ts_of_first_over_time(queue_depth[5m])", "ts_of_first_over_time(queue_depth[5m])"),
            ("first_over_time(queue_depth[5m])", "first_over_time(queue_depth[5m])"), ("info(queue_depth)", "info(queue_depth)"),
            (#"info(queue_depth, {version=~".+"})"#, #"info(queue_depth, {version=~".+"})"#),
            (#"info(queue_depth, {__name__="build_info"})"#, #"info(queue_depth, {__name__="build_info"})"#),
            (#"info(queue_depth, {__name__=~".+_info",version=""})"#, #"info(queue_depth, {__name__=~".+_info",version=""})"#),
            ("info(queue_depth, {})", "info(queue_depth, {})"), (#"info(queue_depth, {version=""})"#, #"info(queue_depth, {version=""})"#),
            (#"info(rate(queue_jobs_total[5m]), {version="2"})"#, #"info(rate(queue_jobs_total[5m]), {version="2"})"#),
            (#"info(queue_depth, {"build_info"})"#, #"info(queue_depth, {__name__="build_info"})"#), ("max_of(1, 2)", "max_of(1, 2)"),
            ("min_of(time(), 2)", "min_of(time(), 2)"), ("step()", "step()"), ("range()", "range()"), ("start()", "start()"),
            ("end() - start()", "end() - start()"), ("step() * 2", "step() * 2"), ("queue_depth > step()", "queue_depth > step()"), ("step", "step"),
            ("range + 1", "range + 1"), (#"start{queue="mail"}"#, #"start{queue="mail"}"#),
            (#"histogram_quantiles(request_seconds, "q", 0.5)"#, #"histogram_quantiles(request_seconds, "q", 0.5)"#),
            (#"histogram_quantiles(request_seconds, "q", 0.5, 0.9, 0.99)"#, #"histogram_quantiles(request_seconds, "q", 0.5, 0.9, 0.99)"#),
            (
                #"histogram_quantiles(request_seconds, "q", 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)"#,
                #"histogram_quantiles(request_seconds, "q", 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)"#
            ),
            ("start_timestamp(queue_depth)", "start_timestamp(queue_depth)"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed, .everything)
    }

    @Test(
        "are refused",
        arguments: [
            ("sort_by_label()", #"1:1: expected at least 1 argument(s) in call to "sort_by_label", got 0"#),
            ("sort_by_label(queue_depth, queue)", #"1:28: expected type string in call to function "sort_by_label", got instant vector"#),
            (#"sort_by_label("queue", queue_depth)"#, #"1:15: expected type instant vector in call to function "sort_by_label", got string"#),
            ("mad_over_time(queue_depth)", #"1:15: expected type range vector in call to function "mad_over_time", got instant vector"#),
            ("double_exponential_smoothing(queue_depth[5m], 0.5)", #"1:1: expected 3 argument(s) in call to "double_exponential_smoothing", got 2"#),
            ("first_over_time(queue_depth)", #"1:17: expected type range vector in call to function "first_over_time", got instant vector"#),
            ("info(queue_depth, build_info)", "1:19: expected label selectors only, got vector selector instead"),
            (#"info(queue_depth, build_info{version="2"})"#, "1:19: expected label selectors only, got vector selector instead"),
            ("info(queue_depth, 5)", #"1:1: expected type instant vector in call to function "info", got scalar"#),
            (#"info(queue_depth, "build")"#, #"1:1: expected type instant vector in call to function "info", got string"#),
            ("info(queue_depth, queue_depth[5m])", #"1:1: expected type instant vector in call to function "info", got range vector"#),
            (#"info(queue_depth, ({version="2"}))"#, "1:19: expected label selectors only"),
            ("info(queue_depth, sum(up))", "1:19: expected label selectors only"), ("info(queue_depth, -up)", "1:19: expected label selectors only"),
            (#"info(queue_depth, {version="2"}, {a="b"})"#, #"1:1: expected at most 2 argument(s) in call to "info", got 3"#),
            ("info()", #"1:1: expected at least 1 argument(s) in call to "info", got 0"#),
            ("info(1)", #"1:6: expected type instant vector in call to function "info", got scalar"#),
            ("info(queue_depth[5m])", #"1:6: expected type instant vector in call to function "info", got range vector"#),
            ("max_of(queue_depth, 1)", #"1:8: expected type scalar in call to function "max_of", got instant vector"#),
            ("max_of(1)", #"1:1: expected 2 argument(s) in call to "max_of", got 1"#),
            ("max_of(1, 2, 3)", #"1:1: expected 2 argument(s) in call to "max_of", got 3"#),
            ("step(1)", #"1:1: expected 0 argument(s) in call to "step", got 1"#),
            (
                #"histogram_quantiles(request_seconds, "q", 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)"#,
                #"1:1: expected at most 12 argument(s) in call to "histogram_quantiles", got 13"#
            ),
            (#"histogram_quantiles(request_seconds, "q")"#, #"1:1: expected at least 3 argument(s) in call to "histogram_quantiles", got 2"#),
            ("histogram_quantiles(request_seconds, 0.5)", #"1:1: expected at least 3 argument(s) in call to "histogram_quantiles", got 2"#),
            ("histogram_quantiles(0.5, request_seconds)", #"1:1: expected at least 3 argument(s) in call to "histogram_quantiles", got 2"#),
            ("start_timestamp(queue_depth[5m])", #"1:17: expected type instant vector in call to function "start_timestamp", got range vector"#),
            ("start_timestamp(1)", #"1:17: expected type instant vector in call to function "start_timestamp", got scalar"#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error, .everything)
    }
}
