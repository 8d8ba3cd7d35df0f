import PromQL
import Testing

@Suite("Quoted names in queries")
struct QuotedNameQueriesTests {
    @Test(
        "are read",
        arguments: [
            (#"{"queue_depth"}"#, #"{__name__="queue_depth"}"#), (#"{"queue.depth"}"#, #"{__name__="queue.depth"}"#),
            (#"{"queue depth",queue="mail"}"#, #"{__name__="queue depth",queue="mail"}"#),
            (#"{queue="mail","queue.depth"}"#, #"{__name__="queue.depth",queue="mail"}"#), (#"{"очередь"}"#, #"{__name__="очередь"}"#),
            (#"{"queue.depth","очередь"="почта"}"#, #"{"очередь"="почта",__name__="queue.depth"}"#),
            ("{\"queue.depth\",\"имя\"=~\"п.*\"}", "{\"имя\"=~\"п.*\",__name__=\"queue.depth\"}"), ("{'queue.depth'}", #"{__name__="queue.depth"}"#),
            ("{`queue.depth`}", #"{__name__="queue.depth"}"#), (#"{"queue \"quoted\""}"#, #"{__name__="queue \"quoted\""}"#),
            (#"{"queue\nline"}"#, #"{__name__="queue\nline"}"#), (#"{"queue.depth",}"#, #"{__name__="queue.depth"}"#),
            (#"{"queue.depth",queue!="x","b c"!~"d"}"#, #"{"b c"!~"d",__name__="queue.depth",queue!="x"}"#),
            (#"queue_depth{"queue name"="mail"}"#, #"queue_depth{"queue name"="mail"}"#),
            (#"queue_depth{"queue"="mail"}"#, #"queue_depth{queue="mail"}"#),
            (#"queue_depth{"queue\tname"="mail"}"#, #"queue_depth{"queue\tname"="mail"}"#), (#"queue_depth{"1st"="a"}"#, #"queue_depth{"1st"="a"}"#),
            (#"queue_depth{"a:b"="c"}"#, #"queue_depth{"a:b"="c"}"#), (#"{"__name__"="queue_depth"}"#, #"{__name__="queue_depth"}"#),
            (#"{"__name__"=~"queue.*"}"#, #"{__name__=~"queue.*"}"#), (#"{"sum"}"#, #"{__name__="sum"}"#), (#"{"rate"}"#, #"{__name__="rate"}"#),
            (#"{"queue.depth"}[5m]"#, #"{__name__="queue.depth"}[5m]"#),
            (#"rate({"queue.depth"}[5m] offset 1h)"#, #"rate({__name__="queue.depth"}[5m] offset 1h)"#),
            (#"sum by ("queue name") ({"queue.depth"})"#, #"sum by ("queue name") ({__name__="queue.depth"})"#),
            (#"sum by ("queue name", queue) (queue_depth)"#, #"sum by ("queue name", queue) (queue_depth)"#),
            (#"sum without ("очередь") (queue_depth)"#, #"sum without ("очередь") (queue_depth)"#),
            ("sum by ('queue name') (queue_depth)", #"sum by ("queue name") (queue_depth)"#),
            (#"sum by ("queue") (queue_depth)"#, "sum by (queue) (queue_depth)"),
            (#"sum by ("1st") (queue_depth)"#, #"sum by ("1st") (queue_depth)"#), (#"sum by ("a:b") (queue_depth)"#, "sum by (a:b) (queue_depth)"),
            (#"queue_depth + on ("queue name") queue_limit"#, #"queue_depth + on ("queue name") queue_limit"#),
            (
                #"queue_depth * on ("queue name") group_left ("план") queue_limit"#,
                #"queue_depth * on ("queue name") group_left ("план") queue_limit"#
            ),
            (#"queue_depth + ignoring ("a.b") queue_limit"#, #"queue_depth + ignoring ("a.b") queue_limit"#),
            (#"{"queue.depth","queue.depth"}"#, #"{__name__="queue.depth",__name__="queue.depth"}"#),
            (#"{"queue.depth","queue.size"}"#, #"{__name__="queue.depth",__name__="queue.size"}"#),
            (#"{"queue.depth",__name__="x"}"#, #"{__name__="queue.depth",__name__="x"}"#),
            (#"{__name__="x","queue.depth"}"#, #"{__name__="queue.depth",__name__="x"}"#), (#"{"",queue="mail"}"#, #"{__name__="",queue="mail"}"#),
            (#"{""="mail"}"#, #"{""="mail"}"#), (#"{"queue.depth"="a","b"}"#, #"{"queue.depth"="a",__name__="b"}"#),
            (#"{"a\u0000b"}"#, #"{__name__="a\x00b"}"#), (#""queue.depth""#, #""queue.depth""#),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            (#"sum by ("") (queue_depth)"#, #"1:9: invalid label name for grouping: """#),
            (#"queue_depth{"queue.depth"}"#, #"1:1: metric name must not be set twice: "queue_depth" or "queue.depth""#),
            (#"queue_depth{"queue_depth"}"#, #"1:1: metric name must not be set twice: "queue_depth" or "queue_depth""#),
            (#"{""}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{"x"=""}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{"queue.depth"=}"#, #"1:16: unexpected "}" in label matching, expected string"#),
            (#"{"queue.depth" queue="mail"}"#, #"1:16: unexpected identifier "queue" in label matching, expected "," or "}""#),
            (#"{"queue.depth"#, "1:2: unterminated quoted string"), (#""queue.depth"{}"#, #"1:14: unexpected "{""#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
