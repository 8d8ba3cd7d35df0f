import PromQL
import Testing

@Suite("Histogram trimming in queries")
struct TrimQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("request_seconds </ 0.5", "request_seconds </ 0.5"), ("request_seconds >/ 0.5", "request_seconds >/ 0.5"),
            ("request_seconds </ 5 >/ 1", "request_seconds </ 5 >/ 1"), ("request_seconds </ Inf", "request_seconds </ +Inf"),
            ("request_seconds </ -1", "request_seconds </ -1"), ("request_seconds + 1 </ 2", "request_seconds + 1 </ 2"),
            ("request_seconds </ 2 * 3", "request_seconds </ 2 * 3"), ("request_seconds </ 5 == 1", "request_seconds </ 5 == 1"),
            ("request_seconds </ on (queue) limits", "request_seconds </ on (queue) limits"), ("1 </ 2", "1 </ 2"),
            ("request_seconds </ request_seconds", "request_seconds </ request_seconds"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed, .everything)
    }

    @Test(
        "are refused",
        arguments: [
            ("request_seconds </ bool 5", "1:17: bool modifier can only be used on comparison operators"),
            ("request_seconds </", "1:19: unexpected end of input"), ("</ 5", "1:1: unexpected <op:</>"),
            ("1 >/ bool 2", "1:3: bool modifier can only be used on comparison operators"), ("request_seconds < / 5", "1:19: unexpected <op:/>"),
            (#""a" >/ 1"#, "1:1: binary expression must contain only scalar and instant vector types"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error, .everything)
    }
}
