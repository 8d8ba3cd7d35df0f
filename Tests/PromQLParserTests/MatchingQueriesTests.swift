import PromQL
import Testing

@Suite("Vector matching in queries")
struct MatchingQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("jobs + on (queue) limits", "jobs + on (queue) limits"), ("jobs + on(queue) limits", "jobs + on (queue) limits"),
            ("jobs + on () limits", "jobs + on () limits"), ("jobs + on (queue, shard) limits", "jobs + on (queue, shard) limits"),
            ("jobs + on (queue, shard,) limits", "jobs + on (queue, shard) limits"), ("jobs + ON (queue) limits", "jobs + on (queue) limits"),
            ("jobs + ignoring (pod) limits", "jobs + ignoring (pod) limits"), ("jobs + ignoring () limits", "jobs + limits"),
            ("jobs + IGNORING (pod) limits", "jobs + ignoring (pod) limits"),
            ("jobs * on (queue) group_left limits", "jobs * on (queue) group_left () limits"),
            ("jobs * on (queue) group_left () limits", "jobs * on (queue) group_left () limits"),
            ("jobs * on (queue) group_left (plan) limits", "jobs * on (queue) group_left (plan) limits"),
            ("jobs * on (queue) group_left (plan, tier) limits", "jobs * on (queue) group_left (plan, tier) limits"),
            ("jobs * on (queue) group_left (plan,) limits", "jobs * on (queue) group_left (plan) limits"),
            ("jobs * on (queue) group_right limits", "jobs * on (queue) group_right () limits"),
            ("jobs * on (queue) group_right (plan) limits", "jobs * on (queue) group_right (plan) limits"),
            ("jobs * on (queue) GROUP_LEFT (plan) limits", "jobs * on (queue) group_left (plan) limits"),
            ("jobs * ignoring (pod) group_left limits", "jobs * ignoring (pod) group_left () limits"),
            ("jobs * ignoring (pod) group_right (plan) limits", "jobs * ignoring (pod) group_right (plan) limits"),
            ("jobs * ignoring (pod) group_left (pod) limits", "jobs * ignoring (pod) group_left (pod) limits"),
            ("jobs * on () group_left (plan) limits", "jobs * on () group_left (plan) limits"),
            ("jobs * ignoring () group_left limits", "jobs * ignoring () group_left () limits"),
            ("jobs == bool on (queue) limits", "jobs == bool on (queue) limits"),
            ("jobs > bool on (queue) group_left (plan) limits", "jobs > bool on (queue) group_left (plan) limits"),
            ("jobs and on (queue) limits", "jobs and on (queue) limits"), ("jobs or ignoring (pod) limits", "jobs or ignoring (pod) limits"),
            ("jobs unless on () limits", "jobs unless on () limits"), ("jobs and ignoring () limits", "jobs and limits"),
            ("jobs and limits", "jobs and limits"), ("jobs atan2 on (queue) limits", "jobs atan2 on (queue) limits"),
            ("jobs ^ on (queue) group_right limits", "jobs ^ on (queue) group_right () limits"),
            ("jobs + on (sum, by, offset, bool, on, and) limits", "jobs + on (sum, by, offset, bool, on, and) limits"),
            ("jobs + on (start, end, step, range, group_left) limits", "jobs + on (start, end, step, range, group_left) limits"),
            ("jobs + on (a:b) limits", "jobs + on (a:b) limits"), ("jobs + on (__name__) limits", "jobs + on (__name__) limits"),
            ("jobs * on (queue) group_left (plan) (limits)", "jobs * on (queue) group_left (plan) (limits)"),
            ("sum(jobs) by (queue) / on (queue) group_left sum(limits)", "sum by (queue) (jobs) / on (queue) group_left () sum(limits)"),
            ("jobs + on (queue) rate(done[5m])", "jobs + on (queue) rate(done[5m])"), ("jobs + on (queue) -limits", "jobs + on (queue) -limits"),
            ("jobs + on (queue) (limits + 1)", "jobs + on (queue) (limits + 1)"), ("1 + on () 2", "1 + 2"), ("jobs + on () 1", "jobs + 1"),
            ("jobs + ignoring () 1", "jobs + 1"), ("jobs * ignoring () group_left (plan) 1", "jobs * 1"),
            ("jobs + on (queue) limits + on (queue) more", "jobs + on (queue) limits + on (queue) more"),
            ("jobs + ignoring (a) limits * on (b) group_left (c) more", "jobs + ignoring (a) limits * on (b) group_left (c) more"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("jobs + on (inf) limits", #"1:12: unexpected number "inf" in grouping opts, expected label"#),
            ("jobs + on (nan) limits", #"1:12: unexpected number "nan" in grouping opts, expected label"#),
            ("jobs * on (queue) group_left (limits)", "1:38: unexpected end of input"),
            ("jobs + bool on (queue) limits", "1:6: bool modifier can only be used on comparison operators"),
            ("jobs == on (queue) bool limits", "1:20: unexpected <bool>"),
            ("jobs + on queue limits", #"1:11: unexpected identifier "queue" in grouping opts, expected "(""#),
            ("jobs + on", #"1:10: unexpected end of input in grouping opts, expected "(""#), ("jobs + on (", "1:12: unclosed left parenthesis"),
            ("jobs + on (queue", "1:17: unclosed left parenthesis"), ("jobs + on (queue)", "1:18: unexpected end of input"),
            ("jobs + on (queue limits", #"1:18: unexpected identifier "limits" in grouping opts, expected "," or ")""#),
            ("jobs + on (,) limits", #"1:12: unexpected "," in grouping opts, expected label"#),
            ("jobs + on (,queue) limits", #"1:12: unexpected "," in grouping opts, expected label"#),
            ("jobs + on (queue,,) limits", #"1:18: unexpected "," in grouping opts, expected label"#),
            ("jobs + on (queue shard) limits", #"1:18: unexpected identifier "shard" in grouping opts, expected "," or ")""#),
            ("jobs + on (5) limits", #"1:12: unexpected number "5" in grouping opts, expected label"#),
            (#"jobs + on ("") limits"#, #"1:12: invalid label name for grouping: """#),
            (#"jobs + on (queue="mail") limits"#, #"1:17: unexpected "=" in grouping opts, expected "," or ")""#),
            ("jobs + on (*) limits", "1:12: unexpected <op:*> in grouping opts, expected label"),
            ("jobs + on (queue) ignoring (pod) limits", "1:19: unexpected <ignoring>"),
            ("jobs + on (queue) on (pod) limits", "1:19: unexpected <on>"), ("jobs + group_left limits", "1:8: unexpected <group_left>"),
            ("jobs + group_left (plan) limits", "1:8: unexpected <group_left>"), ("jobs group_left (plan) + limits", "1:6: unexpected <group_left>"),
            ("jobs + group_right (plan) on (queue) limits", "1:8: unexpected <group_right>"),
            ("jobs * on (queue) group_left (queue) limits", #"1:6: label "queue" must not occur in ON and GROUP clause at once"#),
            ("jobs * on (queue, pod) group_right (plan, pod) limits", #"1:6: label "pod" must not occur in ON and GROUP clause at once"#),
            ("jobs * on (queue) group_left group_right limits", #"1:30: unexpected <group_right> in grouping opts, expected "(""#),
            ("jobs * on (queue) group_left (plan) group_right (plan) limits", "1:37: unexpected <group_right>"),
            ("jobs and on (queue) group_left limits", #"1:1: no grouping allowed for "and" operation"#),
            ("jobs or on (queue) group_right (plan) limits", #"1:1: no grouping allowed for "or" operation"#),
            ("jobs unless ignoring (pod) group_left (plan) limits", #"1:1: no grouping allowed for "unless" operation"#),
            ("jobs + on (queue) 1", "1:1: vector matching only allowed between instant vectors"),
            ("1 + on (queue) limits", "1:1: vector matching only allowed between instant vectors"),
            ("1 + on (queue) 2", "1:1: vector matching only allowed between instant vectors"),
            ("jobs > bool on (queue) 1", "1:1: vector matching only allowed between instant vectors"),
            ("jobs * on (queue) group_left 1", "1:1: vector matching only allowed between instant vectors"),
            ("jobs * on (queue) group_left (plan) 1", "1:1: vector matching only allowed between instant vectors"),
            (#"jobs + on (queue) "voice""#, "1:19: binary expression must contain only scalar and instant vector types"),
            ("jobs + on (queue) limits[5m]", "1:19: binary expression must contain only scalar and instant vector types"),
            ("jobs and on (queue) 1", "1:1: vector matching only allowed between instant vectors"),
            ("1 and on (queue) limits", "1:1: vector matching only allowed between instant vectors"),
            ("1 == on () 2", "1:3: comparisons between scalars must use BOOL modifier"),
            ("jobs * on (queue) group_left * limits", #"1:30: unexpected <op:*> in grouping opts, expected "(""#),
            ("jobs * on (queue) group_left", #"1:29: unexpected end of input in grouping opts, expected "(""#),
            ("jobs * on (queue) group_right )", "1:32: unexpected right parenthesis ')'"),
            ("jobs * on (queue) group_left on (pod) limits", #"1:30: unexpected <on> in grouping opts, expected "(""#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
