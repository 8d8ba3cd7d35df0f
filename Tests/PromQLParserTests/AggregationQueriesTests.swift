import PromQL
import Testing

@Suite("Aggregations in queries")
struct AggregationQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("sum(queue_depth)", "sum(queue_depth)"), ("sum (queue_depth)", "sum(queue_depth)"), ("SUM(queue_depth)", "sum(queue_depth)"),
            ("avg(queue_depth)", "avg(queue_depth)"), ("count(queue_depth)", "count(queue_depth)"), ("min(queue_depth)", "min(queue_depth)"),
            ("max(queue_depth)", "max(queue_depth)"), ("group(queue_depth)", "group(queue_depth)"), ("stddev(queue_depth)", "stddev(queue_depth)"),
            ("stdvar(queue_depth)", "stdvar(queue_depth)"), ("topk(3, queue_depth)", "topk(3, queue_depth)"),
            ("bottomk(3, queue_depth)", "bottomk(3, queue_depth)"), ("quantile(0.9, queue_depth)", "quantile(0.9, queue_depth)"),
            (#"count_values("depth", queue_depth)"#, #"count_values("depth", queue_depth)"#),
            ("sum by (queue) (queue_depth)", "sum by (queue) (queue_depth)"), ("sum(queue_depth) by (queue)", "sum by (queue) (queue_depth)"),
            ("sum by (queue, shard) (queue_depth)", "sum by (queue, shard) (queue_depth)"),
            ("sum by (queue, shard,) (queue_depth)", "sum by (queue, shard) (queue_depth)"), ("sum by () (queue_depth)", "sum(queue_depth)"),
            ("sum(queue_depth) by ()", "sum(queue_depth)"), ("sum without (pod) (queue_depth)", "sum without (pod) (queue_depth)"),
            ("sum(queue_depth) without (pod)", "sum without (pod) (queue_depth)"), ("sum without () (queue_depth)", "sum without () (queue_depth)"),
            ("SUM BY (queue) (queue_depth)", "sum by (queue) (queue_depth)"), ("sum WITHOUT(pod)(queue_depth)", "sum without (pod) (queue_depth)"),
            ("topk by (queue) (3, queue_depth)", "topk by (queue) (3, queue_depth)"),
            ("topk(3, queue_depth) by (queue)", "topk by (queue) (3, queue_depth)"),
            (#"count_values by (queue) ("depth", queue_depth)"#, #"count_values by (queue) ("depth", queue_depth)"#),
            ("count_values without (pod) ('depth', queue_depth)", #"count_values without (pod) ("depth", queue_depth)"#),
            (#"count_values("a b", queue_depth)"#, #"count_values("a b", queue_depth)"#),
            ("quantile without () (0.5, queue_depth)", "quantile without () (0.5, queue_depth)"),
            ("sum by (by, without, sum, on, offset, bool) (queue_depth)", "sum by (by, without, sum, on, offset, bool) (queue_depth)"),
            ("sum by (start, end, group_left, fill, anchored) (queue_depth)", "sum by (start, end, group_left, fill, anchored) (queue_depth)"),
            ("sum by (queue, queue) (queue_depth)", "sum by (queue, queue) (queue_depth)"),
            ("sum by (a:b) (queue_depth)", "sum by (a:b) (queue_depth)"), ("sum by (__name__) (queue_depth)", "sum by (__name__) (queue_depth)"),
            ("sum(sum by (queue) (queue_depth))", "sum(sum by (queue) (queue_depth))"), ("sum((queue_depth))", "sum((queue_depth))"),
            ("sum(queue_depth + queue_limit)", "sum(queue_depth + queue_limit)"),
            ("sum(rate(queue_jobs_total[5m]))", "sum(rate(queue_jobs_total[5m]))"),
            ("sum(queue_depth) / sum(queue_limit)", "sum(queue_depth) / sum(queue_limit)"),
            ("sum(queue_depth) by (queue) / sum(queue_limit) by (queue)", "sum by (queue) (queue_depth) / sum by (queue) (queue_limit)"),
            ("topk(scalar(queue_limit), queue_depth)", "topk(scalar(queue_limit), queue_depth)"),
            ("topk(1 + 2, queue_depth)", "topk(1 + 2, queue_depth)"), ("quantile(-1, queue_depth)", "quantile(-1, queue_depth)"),
            ("sum(queue_depth offset 5m)", "sum(queue_depth offset 5m)"), ("sum(vector(1))", "sum(vector(1))"),
            ("avg by (queue) (max_over_time(queue_depth[5m]))", "avg by (queue) (max_over_time(queue_depth[5m]))"), ("sum", "sum"),
            ("sum + count", "sum + count"), (#"sum{queue="mail"} / count"#, #"sum{queue="mail"} / count"#), ("sum offset 5m", "sum offset 5m"),
            ("sum[5m]", "sum[5m]"), (#"count_values("", queue_depth)"#, #"count_values("", queue_depth)"#), ("limitk + 1", "limitk + 1"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("sum by (inf, x) (queue_depth)", #"1:9: unexpected number "inf" in grouping opts, expected label"#),
            ("sum()", "1:1: no arguments for aggregate expression provided"),
            ("sum by (queue) ()", "1:1: no arguments for aggregate expression provided"),
            ("sum(1)", "1:5: expected type instant vector in aggregation expression, got scalar"),
            (#"sum("voice")"#, "1:5: expected type instant vector in aggregation expression, got string"),
            ("sum(queue_depth[5m])", "1:5: expected type instant vector in aggregation expression, got range vector"),
            ("sum(time())", "1:5: expected type instant vector in aggregation expression, got scalar"),
            ("sum(queue_depth, queue_limit)", "1:1: wrong number of arguments for aggregate expression provided, expected 1, got 2"),
            ("sum(3, queue_depth)", "1:1: wrong number of arguments for aggregate expression provided, expected 1, got 2"),
            ("sum(queue_depth,)", "1:16: trailing commas not allowed in function call args"),
            ("sum(,queue_depth)", #"1:5: unexpected "," in aggregation"#), ("sum(queue_depth", "1:16: unclosed left parenthesis"),
            ("sum queue_depth", #"1:5: unexpected identifier "queue_depth""#), ("sum queue_depth)", #"1:5: unexpected identifier "queue_depth""#),
            ("sum by queue (queue_depth)", #"1:8: unexpected identifier "queue" in grouping opts, expected "(""#),
            ("sum by (queue)", "1:15: unexpected end of input in aggregation"),
            ("sum by (queue) queue_depth", #"1:16: unexpected identifier "queue_depth" in aggregation"#),
            ("sum by (queue queue_depth", #"1:15: unexpected identifier "queue_depth" in grouping opts, expected "," or ")""#),
            ("sum by (queue) (queue_depth) by (shard)", "1:30: unexpected <by>"), ("sum(queue_depth) by (queue) by (shard)", "1:29: unexpected <by>"),
            ("sum(queue_depth) by queue", #"1:21: unexpected identifier "queue" in grouping opts, expected "(""#),
            ("sum(queue_depth) by", #"1:20: unexpected end of input in grouping opts, expected "(""#),
            ("sum by (queue) without (pod) (queue_depth)", "1:16: unexpected <without> in aggregation"),
            (#"sum by ("queue" (queue_depth)"#, #"1:17: unexpected "(" in grouping opts, expected "," or ")""#),
            ("sum by (5) (queue_depth)", #"1:9: unexpected number "5" in grouping opts, expected label"#),
            (#"sum by (queue="a") (queue_depth)"#, #"1:14: unexpected "=" in grouping opts, expected "," or ")""#),
            ("sum by (queue;shard) (queue_depth)", "1:14: unexpected character: ';'"),
            ("sum by (,) (queue_depth)", #"1:9: unexpected "," in grouping opts, expected label"#),
            ("sum by (,queue) (queue_depth)", #"1:9: unexpected "," in grouping opts, expected label"#),
            ("sum by (queue,,shard) (queue_depth)", #"1:15: unexpected "," in grouping opts, expected label"#),
            ("sum on (queue) (queue_depth)", "1:5: unexpected <on>"), ("sum(queue_depth) on (queue)", "1:18: unexpected <on>"),
            ("topk(queue_depth)", "1:1: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
            ("topk(3)", "1:1: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
            ("topk()", "1:1: no arguments for aggregate expression provided"),
            ("topk(3, 4, queue_depth)", "1:1: wrong number of arguments for aggregate expression provided, expected 2, got 3"),
            ("topk(queue_depth, 3)", "1:19: expected type instant vector in aggregation expression, got scalar"),
            (#"topk("3", queue_depth)"#, "1:6: expected type scalar in aggregation parameter, got string"),
            ("topk(3, 4)", "1:9: expected type instant vector in aggregation expression, got scalar"),
            ("topk(queue_limit, queue_depth)", "1:6: expected type scalar in aggregation parameter, got instant vector"),
            ("topk(3, queue_depth[5m])", "1:9: expected type instant vector in aggregation expression, got range vector"),
            (#"quantile("0.5", queue_depth)"#, "1:10: expected type scalar in aggregation parameter, got string"),
            ("quantile(queue_depth)", "1:1: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
            ("count_values(depth, queue_depth)", "1:14: expected type string in aggregation parameter, got instant vector"),
            ("count_values(5, queue_depth)", "1:14: expected type string in aggregation parameter, got scalar"),
            (#"count_values("depth")"#, "1:1: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
            ("bottomk(3 queue_depth)", #"1:11: unexpected identifier "queue_depth" in aggregation"#),
            ("median(queue_depth)", #"1:1: unknown function with name "median""#), ("sum(queue_depth)(queue)", #"1:17: unexpected "(""#),
            (#"sum(queue_depth){queue="mail"}"#, #"1:17: unexpected "{""#),
            ("sum(queue_depth)[5m]", "1:17: ranges only allowed for vector selectors"),
            ("sum(queue_depth) queue_limit", #"1:18: unexpected identifier "queue_limit""#),
            ("limitk(2, queue_depth)", "1:1: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"),
            (
                "limit_ratio(0.5, queue_depth)",
                "1:1: limit_ratio() is experimental and must be enabled with --enable-feature=promql-experimental-functions"
            ),
            (
                "limitk by (queue) (2, queue_depth)",
                "1:1: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"
            ),
            ("limitk()", "1:1: no arguments for aggregate expression provided"),
            ("sum(queue_depth,,queue_limit)", "1:16: trailing commas not allowed in function call args"),
            ("sum() ;", "1:7: unexpected character: ';'"), ("topk(3, /)", "1:7: trailing commas not allowed in function call args"),
            (#"sum by ("\xff") (queue_depth)"#, #"1:9: invalid label name for grouping: "\xff""#),
            (#"sum by ("a\xc3") (queue_depth)"#, #"1:9: invalid label name for grouping: "a\xc3""#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
