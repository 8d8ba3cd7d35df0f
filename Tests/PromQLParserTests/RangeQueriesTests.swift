import PromQL
import Testing

@Suite("Ranges in queries")
struct RangeQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("queue_jobs_total[5m]", "queue_jobs_total[5m]"), ("queue_jobs_total[300]", "queue_jobs_total[5m]"),
            ("queue_jobs_total[300s]", "queue_jobs_total[5m]"), ("queue_jobs_total[1.5]", "queue_jobs_total[1s500ms]"),
            ("queue_jobs_total[0.001]", "queue_jobs_total[1ms]"), ("queue_jobs_total[1h30m]", "queue_jobs_total[1h30m]"),
            ("queue_jobs_total[1d]", "queue_jobs_total[1d]"), ("queue_jobs_total[7d]", "queue_jobs_total[1w]"),
            ("queue_jobs_total[8d]", "queue_jobs_total[8d]"), ("queue_jobs_total[14d]", "queue_jobs_total[2w]"),
            ("queue_jobs_total[365d]", "queue_jobs_total[1y]"), ("queue_jobs_total[366d]", "queue_jobs_total[366d]"),
            ("queue_jobs_total[52w]", "queue_jobs_total[52w]"), ("queue_jobs_total[1y2w3d4h5m6s7ms]", "queue_jobs_total[382d4h5m6s7ms]"),
            ("queue_jobs_total[90061001ms]", "queue_jobs_total[1d1h1m1s1ms]"), ("queue_jobs_total[24h]", "queue_jobs_total[1d]"),
            ("queue_jobs_total[ 5m ]", "queue_jobs_total[5m]"), ("queue_jobs_total [5m]", "queue_jobs_total[5m]"),
            ("queue_jobs_total[1e3]", "queue_jobs_total[16m40s]"), ("queue_jobs_total[0x1E]", "queue_jobs_total[30s]"),
            ("queue_jobs_total[1_000]", "queue_jobs_total[16m40s]"), (#"queue_jobs_total{queue="mail"}[5m]"#, #"queue_jobs_total{queue="mail"}[5m]"#),
            ("queue_jobs_total[+5m]", "queue_jobs_total[5m]"), ("queue_jobs_total[5]", "queue_jobs_total[5s]"),
            ("queue_jobs_total[292y]", "queue_jobs_total[292y]"), ("queue_jobs_total[9223372036]", "queue_jobs_total[106751d23h47m16s]"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("queue_jobs_total[5M]", #"1:18: bad number or duration syntax: "5""#),
            ("queue_jobs_total[1H]", #"1:18: bad number or duration syntax: "1""#), ("queue_jobs_total[0]", "1:18: duration must be greater than 0"),
            ("queue_jobs_total[0s]", "1:18: duration must be greater than 0"), ("queue_jobs_total[-5m]", "1:18: duration must be greater than 0"),
            ("queue_jobs_total[]", #"1:18: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[", "1:18: unexpected end of input in duration expression"), ("queue_jobs_total[5m", "1:20: unclosed left bracket"),
            ("queue_jobs_total[5m)", "1:21: unexpected right parenthesis ')'"), ("queue_jobs_total]", "1:17: unexpected right bracket ']'"),
            ("queue_jobs_total[5m]]", "1:21: unexpected right bracket ']'"),
            ("queue_jobs_total[[5m]]", "1:18: unexpected character in duration expression: '['"),
            ("queue_jobs_total[5m 5m]", #"1:21: unexpected duration "5m" in subquery or range, expected ":" or "]""#),
            ("queue_jobs_total[5m5m]", #"1:18: not a valid duration string: "5m5m""#),
            ("queue_jobs_total[5s5m]", #"1:18: not a valid duration string: "5s5m""#),
            ("queue_jobs_total[5ms5s]", #"1:18: not a valid duration string: "5ms5s""#),
            ("queue_jobs_total[1m2h]", #"1:18: not a valid duration string: "1m2h""#),
            ("queue_jobs_total[5x]", #"1:18: bad number or duration syntax: "5""#),
            ("queue_jobs_total[mm]", "1:18: unexpected character in duration expression: 'm'"),
            (#"queue_jobs_total["5m"]"#, #"1:18: unexpected character in duration expression: '"'"#),
            ("queue_jobs_total[inf]", "1:18: unexpected character in duration expression: 'i'"),
            ("queue_jobs_total[NaN]", "1:18: unexpected character in duration expression: 'N'"),
            ("queue_jobs_total[Inf]", "1:18: unexpected character in duration expression: 'I'"),
            ("queue_jobs_total[300y]", "1:18: duration out of range"), ("queue_jobs_total[293y]", "1:18: duration out of range"),
            ("queue_jobs_total[10000000000]", "1:18: duration out of range"), ("queue_jobs_total[9223372037]", "1:18: duration out of range"),
            ("queue_jobs_total[99999999999999999999y]", #"1:18: not a valid duration string: "99999999999999999999y""#),
            ("queue_jobs_total[5m][5m]", "1:21: ranges only allowed for vector selectors"),
            (#"queue_jobs_total[5m]{queue="mail"}"#, #"1:21: unexpected "{""#),
            ("(queue_jobs_total)[5m]", "1:19: ranges only allowed for vector selectors"), ("5[5m]", "1:2: ranges only allowed for vector selectors"),
            ("rate(queue_jobs_total[5m])[5m]", "1:27: ranges only allowed for vector selectors"),
            ("queue_jobs_total[1d1d]", #"1:18: not a valid duration string: "1d1d""#),
            ("queue_jobs_total[1.5h]", #"1:18: unknown unit "." in duration "1.5h""#),
            ("queue_jobs_total[1h.5]", #"1:20: unexpected number ".5" in subquery or range, expected ":" or "]""#),
            ("queue_jobs_total[1 h]", "1:20: unexpected character: 'h', expected ':'"),
            ("queue_jobs_total[{]", "1:18: unexpected character in duration expression: '{'"),
            ("queue_jobs_total[5m} ", "1:20: unexpected character: '}'"), ("queue_jobs_total[5m#]", "1:22: unclosed left bracket"),
            ("queue_jobs_total[5m # comment", "1:30: unclosed left bracket"),
            ("queue_jobs_total[queue_depth]", "1:18: unexpected character in duration expression: 'q'"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
