import PromQL
import Testing

@Suite("Limiting aggregations in queries")
struct LimitQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("limitk(2, queue_depth)", "limitk(2, queue_depth)"), ("limit_ratio(0.5, queue_depth)", "limit_ratio(0.5, queue_depth)"),
            ("limit_ratio(-0.5, queue_depth)", "limit_ratio(-0.5, queue_depth)"), ("LIMITK(2, queue_depth)", "limitk(2, queue_depth)"),
            ("limitk by (queue) (2, queue_depth)", "limitk by (queue) (2, queue_depth)"),
            ("limit_ratio(0.5, queue_depth) without (pod)", "limit_ratio without (pod) (0.5, queue_depth)"), ("limitk", "limitk"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed, .everything)
    }

    @Test(
        "are refused",
        arguments: [
            ("limitk(queue_depth)", "1:1: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
            ("limitk()", "1:1: no arguments for aggregate expression provided"),
            (#"limitk("2", queue_depth)"#, "1:8: expected type scalar in aggregation parameter, got string"),
            ("limit_ratio(queue_depth, 0.5)", "1:26: expected type instant vector in aggregation expression, got scalar"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error, .everything)
    }
}
