import PromQL
import Testing

@Suite("Fill modifiers in queries")
struct FillQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("jobs + fill (0) limits", "jobs + fill (0) limits"), ("jobs + fill(0) limits", "jobs + fill (0) limits"),
            ("jobs + FILL (0) limits", "jobs + fill (0) limits"), ("jobs + fill (-1.5) limits", "jobs + fill (-1.5) limits"),
            ("jobs + fill (+1) limits", "jobs + fill (1) limits"), ("jobs + fill (Inf) limits", "jobs + fill (+Inf) limits"),
            ("jobs + fill (NaN) limits", "jobs + fill (NaN) limits"), ("jobs + fill (1e3) limits", "jobs + fill (1000) limits"),
            ("jobs + fill (5m) limits", "jobs + fill (300) limits"), ("jobs + fill_left (0) limits", "jobs + fill_left (0) limits"),
            ("jobs + fill_right (0) limits", "jobs + fill_right (0) limits"),
            ("jobs + fill_left (1) fill_right (2) limits", "jobs + fill_left (1) fill_right (2) limits"),
            ("jobs + fill_right (2) fill_left (1) limits", "jobs + fill_left (1) fill_right (2) limits"),
            ("jobs + fill_left (1) fill_right (1) limits", "jobs + fill (1) limits"),
            ("jobs + on (queue) fill (0) limits", "jobs + on (queue) fill (0) limits"),
            ("jobs + ignoring (pod) fill_left (0) limits", "jobs + ignoring (pod) fill_left (0) limits"),
            ("jobs == bool on (queue) fill (0) limits", "jobs == bool on (queue) fill (0) limits"),
            ("jobs * on (queue) group_left (plan) fill_right (1) limits", "jobs * on (queue) group_left (plan) fill_right (1) limits"),
            ("jobs * on (queue) group_left fill (1) limits", "jobs * on (queue) group_left () fill (1) limits"),
            ("jobs * on (queue) group_right () fill_left (0) limits", "jobs * on (queue) group_right () fill_left (0) limits"),
            ("jobs + fill", "jobs + fill"), ("jobs + fill_left", "jobs + fill_left"), ("jobs + fill + 1", "jobs + fill + 1"),
            (#"jobs + fill {queue="mail"}"#, #"jobs + fill{queue="mail"}"#),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed, .everything)
    }

    @Test(
        "are refused",
        arguments: [
            ("jobs + fill limits", #"1:13: unexpected identifier "limits""#), ("fill (0) + jobs", #"1:6: unexpected "(""#),
            ("fill(0)", #"1:5: unexpected "(""#), ("jobs + fill () limits", #"1:14: unexpected ")" in fill modifier, expected number"#),
            ("jobs + fill (x) limits", #"1:14: unexpected identifier "x" in fill modifier, expected number"#),
            (#"jobs + fill ("0") limits"#, #"1:14: unexpected string "\"0\"" in fill modifier, expected number"#),
            ("jobs + fill (0 limits", #"1:16: unexpected identifier "limits" in fill modifier, expected number"#),
            ("jobs + fill (0)", "1:16: unexpected end of input"),
            ("jobs + fill (0, 1) limits", #"1:15: unexpected "," in fill modifier, expected number"#),
            ("jobs + fill (1 + 1) limits", "1:16: unexpected <op:+> in fill modifier, expected number"),
            ("jobs + fill (--1) limits", "1:15: unexpected <op:-> in fill modifier, expected number"),
            ("jobs + fill (0) fill (1) limits", #"1:22: unexpected "(""#), ("jobs + fill (0) fill_left (1) limits", #"1:27: unexpected "(""#),
            ("jobs + fill_left (0) fill_left (1) limits", #"1:32: unexpected "(""#), ("jobs + fill (0) on (queue) limits", "1:17: unexpected <on>"),
            ("jobs + fill_left (0) fill_right (1) fill_left (2) limits", #"1:47: unexpected "(""#),
            ("jobs and fill (0) limits", "1:1: filling in missing series not allowed for set operators"),
            ("jobs or on (queue) fill_left (0) limits", "1:1: filling in missing series not allowed for set operators"),
            ("jobs unless fill_right (0) limits", "1:1: filling in missing series not allowed for set operators"),
            ("jobs + fill (0) 1", "1:1: filling in missing series only allowed between instant vectors"),
            ("1 + fill (0) jobs", "1:1: filling in missing series only allowed between instant vectors"),
            ("1 + fill (0) 2", "1:1: filling in missing series only allowed between instant vectors"),
            ("jobs > bool fill_left (0) 1", "1:1: filling in missing series only allowed between instant vectors"),
            ("jobs and fill (0) 1", "1:1: filling in missing series only allowed between instant vectors"),
            ("jobs + fill (limits)", #"1:14: unexpected identifier "limits" in fill modifier, expected number"#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error, .everything)
    }
}
