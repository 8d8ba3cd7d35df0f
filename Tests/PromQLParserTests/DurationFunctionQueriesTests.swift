import PromQL
import Testing

@Suite("Functions of durations in queries")
struct DurationFunctionQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("queue_jobs_total[step()]", "queue_jobs_total[step()]"), ("queue_jobs_total[step() * 2]", "queue_jobs_total[step() * 2]"),
            ("queue_jobs_total[range()]", "queue_jobs_total[range()]"), ("queue_jobs_total[range() / 2]", "queue_jobs_total[range() / 2]"),
            ("queue_jobs_total[STEP()]", "queue_jobs_total[step()]"), ("queue_jobs_total[Range()]", "queue_jobs_total[range()]"),
            ("queue_jobs_total[max_of(step(), 5m)]", "queue_jobs_total[max_of(step(), 5m)]"),
            ("queue_jobs_total[min_of(5m, range())]", "queue_jobs_total[min_of(5m, range())]"),
            ("queue_jobs_total[MAX_OF(step(), 5m)]", "queue_jobs_total[max_of(step(), 5m)]"),
            ("queue_jobs_total[max_of(min_of(1m, 2m), step() + 1s)]", "queue_jobs_total[max_of(min_of(1m, 2m), step() + 1s)]"),
            ("queue_jobs_total[max_of(step(), 5m) * 2]", "queue_jobs_total[max_of(step(), 5m) * 2]"),
            ("queue_jobs_total[-step() + 1h]", "queue_jobs_total[-step() + 1h]"), ("queue_jobs_total[+step()]", "queue_jobs_total[step()]"),
            ("queue_jobs_total[(step())]", "queue_jobs_total[(step())]"), ("queue_jobs_total offset step()", "queue_jobs_total offset step()"),
            ("queue_jobs_total offset -step()", "queue_jobs_total offset -step()"),
            ("queue_jobs_total offset +step()", "queue_jobs_total offset step()"),
            ("queue_jobs_total offset range()", "queue_jobs_total offset range()"),
            ("queue_jobs_total offset max_of(1m, step())", "queue_jobs_total offset max_of(1m, step())"),
            ("queue_jobs_total offset -min_of(1m, step())", "queue_jobs_total offset -min_of(1m, step())"),
            ("queue_jobs_total offset step() * 2", "queue_jobs_total offset step() * 2"),
            ("queue_jobs_total offset (step() * 2)", "queue_jobs_total offset (step() * 2)"),
            ("queue_jobs_total[1h:step()]", "queue_jobs_total[1h:step()]"), ("queue_jobs_total[1h:step() * 2]", "queue_jobs_total[1h:step() * 2]"),
            ("queue_jobs_total[range():step()]", "queue_jobs_total[range():step()]"), ("queue_jobs_total[step ()]", "queue_jobs_total[step()]"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed, .everything)
    }

    @Test(
        "are refused",
        arguments: [
            ("queue_jobs_total[step]", #"1:22: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[step(]", #"1:23: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            (
                "queue_jobs_total[step(1)]",
                #"1:23: unexpected number "1" in subquery or range selector, expected number, duration, step(), or range()"#
            ),
            ("queue_jobs_total[range]", #"1:23: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[max_of(1m)]", #"1:27: unexpected ")" in subquery or range selector, expected number, duration, step(), or range()"#),
            (
                "queue_jobs_total[max_of(1m, 2m, 3m)]",
                #"1:31: unexpected "," in subquery or range selector, expected number, duration, step(), or range()"#
            ),
            ("queue_jobs_total[max_of()]", #"1:25: unexpected ")" in subquery or range selector, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[max_of(1m, )]", #"1:29: unexpected ")" in subquery or range selector, expected number, duration, step(), or range()"#),
            (
                "queue_jobs_total[max_of 1m]",
                #"1:25: unexpected duration "1m" in subquery or range selector, expected number, duration, step(), or range()"#
            ),
            ("queue_jobs_total[avg_of(1m, 2m)]", "1:18: unexpected character in duration expression: 'a'"),
            ("queue_jobs_total[min(1m, 2m)]", "1:18: unexpected character in duration expression: 'm'"),
            (
                "queue_jobs_total[max_of(1m, 2m]",
                #"1:31: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()"#
            ),
            ("queue_jobs_total[stepp()]", "1:18: unexpected character in duration expression: 's'"),
            ("queue_jobs_total offset step", "1:29: unexpected end of input in offset, expected number, duration, step(), or range()"),
            ("queue_jobs_total offset max_of(1m)", #"1:34: unexpected ")" in offset, expected number, duration, step(), or range()"#),
            ("queue_jobs_total offset foo()", #"1:25: unexpected identifier "foo" in offset, expected number, duration, step(), or range()"#),
            ("queue_jobs_total[start()]", "1:18: unexpected character in duration expression: 's'"),
            ("queue_jobs_total offset end()", #"1:25: unexpected "end" in offset, expected number, duration, step(), or range()"#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error, .everything)
    }
}
