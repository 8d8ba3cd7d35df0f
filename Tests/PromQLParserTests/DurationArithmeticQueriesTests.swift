import PromQL
import Testing

@Suite("Arithmetic on durations in queries")
struct DurationArithmeticQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("queue_jobs_total[5m + 1m]", "queue_jobs_total[5m + 1m]"), ("queue_jobs_total[5m - 1m]", "queue_jobs_total[5m - 1m]"),
            ("queue_jobs_total[5m * 2]", "queue_jobs_total[5m * 2]"), ("queue_jobs_total[2 * 5m]", "queue_jobs_total[2 * 5m]"),
            ("queue_jobs_total[1h / 4]", "queue_jobs_total[1h / 4]"), ("queue_jobs_total[1h % 7m]", "queue_jobs_total[1h % 7m]"),
            ("queue_jobs_total[2 ^ 3]", "queue_jobs_total[2 ^ 3]"), ("queue_jobs_total[2 ^ 3 ^ 2]", "queue_jobs_total[2 ^ 3 ^ 2]"),
            ("queue_jobs_total[1m + 2m * 3]", "queue_jobs_total[1m + 2m * 3]"),
            ("queue_jobs_total[(1m + 2m) * 3]", "queue_jobs_total[(1m + 2m) * 3]"),
            ("queue_jobs_total[1m - 2m - 3m]", "queue_jobs_total[1m - 2m - 3m]"), ("queue_jobs_total[(5m)]", "queue_jobs_total[5m]"),
            ("queue_jobs_total[((5m))]", "queue_jobs_total[5m]"), ("queue_jobs_total[((5m + 1m))]", "queue_jobs_total[(5m + 1m)]"),
            ("queue_jobs_total[(5m) + (1m)]", "queue_jobs_total[5m + 1m]"), ("queue_jobs_total[-(-5m)]", "queue_jobs_total[5m]"),
            ("queue_jobs_total[-5m + 10m]", "queue_jobs_total[-5m + 10m]"), ("queue_jobs_total[- (1m) + 5m]", "queue_jobs_total[-1m + 5m]"),
            ("queue_jobs_total[+5m * +2]", "queue_jobs_total[5m * 2]"), ("queue_jobs_total[-2 ^ 2]", "queue_jobs_total[-2 ^ 2]"),
            ("queue_jobs_total[5 + 5]", "queue_jobs_total[5 + 5]"), ("queue_jobs_total[1.5 * 1m]", "queue_jobs_total[1.5 * 1m]"),
            ("queue_jobs_total[5m*2:1m*2]", "queue_jobs_total[5m * 2:1m * 2]"), ("queue_jobs_total[5m+1m:]", "queue_jobs_total[5m + 1m:]"),
            ("queue_jobs_total[5m:1m+1s]", "queue_jobs_total[5m:1m + 1s]"),
            ("queue_jobs_total[5m*2:1m*2] offset 1h", "queue_jobs_total[5m * 2:1m * 2] offset 1h"),
            ("queue_jobs_total offset 5m", "queue_jobs_total offset 5m"), ("queue_jobs_total offset (5m)", "queue_jobs_total offset 5m"),
            ("queue_jobs_total offset (5m + 1m)", "queue_jobs_total offset (5m + 1m)"),
            ("queue_jobs_total offset (5m * 2)", "queue_jobs_total offset (5m * 2)"),
            ("queue_jobs_total offset -(5m * 2)", "queue_jobs_total offset -(5m * 2)"),
            ("queue_jobs_total offset 5m * 2", "queue_jobs_total offset 5m * 2"),
            ("queue_jobs_total offset 5m + 2", "queue_jobs_total offset 5m + 2"),
            ("queue_jobs_total offset -5m * 2", "queue_jobs_total offset -5m * 2"),
            ("queue_jobs_total offset (1h / 2) @ 100", "queue_jobs_total @ 100.000 offset (1h / 2)"),
            ("queue_jobs_total offset ((5m + 1m))", "queue_jobs_total offset (5m + 1m)"),
            ("queue_jobs_total[5m] offset (1h - 30m)", "queue_jobs_total[5m] offset (1h - 30m)"),
            ("rate(queue_jobs_total[5m * 2] offset (1m + 1m))", "rate(queue_jobs_total[5m * 2] offset (1m + 1m))"),
            ("queue_jobs_total[5m / (1m - 1m)]", "queue_jobs_total[5m / (1m - 1m)]"),
            ("queue_jobs_total offset 5m + 1m ", "queue_jobs_total offset 5m + 1m"), ("queue_jobs_total[5m - 5m]", "queue_jobs_total[5m - 5m]"),
            ("queue_jobs_total[5m - 10m]", "queue_jobs_total[5m - 10m]"), ("queue_jobs_total[-5m * 2]", "queue_jobs_total[-5m * 2]"),
            ("queue_jobs_total[5m ^ -1]", "queue_jobs_total[5m ^ -1]"), ("queue_jobs_total[5m:1m-1m]", "queue_jobs_total[5m:1m - 1m]"),
            ("queue_jobs_total[1y * 1000]", "queue_jobs_total[1y * 1000]"), ("queue_jobs_total[5m + -1m]", "queue_jobs_total[5m + -1m]"),
            ("queue_jobs_total[5m - +1m]", "queue_jobs_total[5m - 1m]"), ("queue_jobs_total[5m * -(-2)]", "queue_jobs_total[5m * 2]"),
            ("queue_jobs_total offset (5m) * 2", "queue_jobs_total offset (5m * 2)"),
            ("queue_jobs_total offset (5m + 1m) * 2 > 5", "queue_jobs_total offset ((5m + 1m) * 2) > 5"),
            ("queue_jobs_total offset -(5m + 1m) * 2", "queue_jobs_total offset -(5m + 1m) * 2"),
            ("queue_jobs_total offset --5m * 2", "queue_jobs_total offset (5m * 2)"),
            ("queue_jobs_total offset --5m ^ 2", "queue_jobs_total offset (--5m ^ 2)"),
            ("queue_jobs_total offset -+(5m + 1m)", "queue_jobs_total offset -(5m + 1m)"),
            ("queue_jobs_total offset (5m) and queue_depth", "queue_jobs_total offset 5m and queue_depth"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("queue_jobs_total[1.5m]", #"1:18: unknown unit "." in duration "1.5m""#),
            ("queue_jobs_total[5m +]", #"1:22: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[+]", #"1:19: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[-]", #"1:19: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[* 5m]", "1:18: unexpected <op:*> in subquery or range selector, expected number, duration, step(), or range()"),
            ("queue_jobs_total[5m / 0]", "1:21: division by zero"), ("queue_jobs_total[5m % 0]", "1:21: modulo by zero"),
            ("queue_jobs_total[5m / 0s]", "1:21: division by zero"),
            ("queue_jobs_total[5m == 5m]", #"1:21: unexpected <op:==> in subquery or range, expected ":" or "]""#),
            ("queue_jobs_total[5m and 1m]", "1:21: unexpected character: 'a', expected ':'"),
            ("queue_jobs_total[5m atan2 1m]", "1:21: unexpected character: 'a', expected ':'"),
            ("queue_jobs_total[(5m + 1m]", #"1:26: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[5m + 1m)]", "1:26: unexpected right parenthesis ')'"),
            ("queue_jobs_total[(5m + 1m) 2]", #"1:28: unexpected number "2" in subquery or range, expected ":" or "]""#),
            ("queue_jobs_total[5m (1m)]", #"1:21: unexpected "(" in subquery or range, expected ":" or "]""#),
            ("queue_jobs_total[5m + queue_depth]", "1:23: unexpected character: 'q', expected ':'"),
            (
                #"queue_jobs_total[5m + "1m"]"#,
                #"1:23: unexpected string "\"1m\"" in subquery or range selector, expected number, duration, step(), or range()"#
            ),
            ("queue_jobs_total[sum(5m)]", "1:18: unexpected character in duration expression: 's'"),
            ("queue_jobs_total[time()]", "1:18: unexpected character in duration expression: 't'"),
            ("queue_jobs_total offset (5m + )", #"1:31: unexpected ")" in offset, expected number, duration, step(), or range()"#),
            ("queue_jobs_total offset ()", #"1:26: unexpected ")" in offset, expected number, duration, step(), or range()"#),
            ("queue_jobs_total offset (5m", "1:28: unclosed left parenthesis"), ("queue_jobs_total[5m:0]", "1:21: duration must be greater than 0"),
            ("queue_jobs_total[5m:-1m]", "1:21: duration must be greater than 0"), ("queue_jobs_total[5m + 293y]", "1:23: duration out of range"),
            ("queue_jobs_total[5m * * 2]", "1:23: unexpected <op:*> in subquery or range selector, expected number, duration, step(), or range()"),
            (
                "queue_jobs_total offset (5m) - queue_depth",
                #"1:32: unexpected identifier "queue_depth" in offset, expected number, duration, step(), or range()"#
            ),
            ("queue_jobs_total offset -(1e300)", "1:27: duration out of range"), ("queue_jobs_total[5m / 0;", "1:24: unexpected character: ';'"),
            ("queue_jobs_total[-5m;", "1:21: unexpected character: ';'"),
            ("5 + queue_jobs_total[:5m]", "1:23: unexpected colon before duration in duration expression"),
            (
                "queue_jobs_total[5m] + queue_jobs_total[:5m]",
                #"1:41: unexpected ":" in subquery or range selector, expected number, duration, step(), or range()"#
            ),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
