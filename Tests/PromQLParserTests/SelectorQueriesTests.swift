import PromQL
import Testing

@Suite("Selectors and matchers in queries")
struct SelectorQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("queue_depth", "queue_depth"), ("bot:updates:rate5m", "bot:updates:rate5m"), (":leading_colon", ":leading_colon"),
            ("_private", "_private"), ("Queue_Depth", "Queue_Depth"), ("queue_depth{}", "queue_depth"),
            (#"queue_depth{queue="mail"}"#, #"queue_depth{queue="mail"}"#), (#"queue_depth{queue!="mail"}"#, #"queue_depth{queue!="mail"}"#),
            (#"queue_depth{queue=~"mail|push"}"#, #"queue_depth{queue=~"mail|push"}"#),
            (#"queue_depth{queue!~"mail|push"}"#, #"queue_depth{queue!~"mail|push"}"#),
            (#"queue_depth{ queue = "mail" , priority = "high" }"#, #"queue_depth{priority="high",queue="mail"}"#),
            (#"queue_depth{queue="mail",}"#, #"queue_depth{queue="mail"}"#),
            ("queue_depth{queue='mail',priority=`high`}", #"queue_depth{priority="high",queue="mail"}"#), (#"{queue="mail"}"#, #"{queue="mail"}"#),
            (#"{__name__="queue_depth"}"#, #"{__name__="queue_depth"}"#), (#"{__name__=~"queue_.+"}"#, #"{__name__=~"queue_.+"}"#),
            (#"{__name__=~"queue_.+",queue="mail"}"#, #"{__name__=~"queue_.+",queue="mail"}"#),
            (#"{__name__="queue_depth",__name__!="x"}"#, #"{__name__!="x",__name__="queue_depth"}"#), (#"{queue=~".+"}"#, #"{queue=~".+"}"#),
            (#"{queue!=""}"#, #"{queue!=""}"#), (#"{queue=~"mail",shard=""}"#, #"{queue=~"mail",shard=""}"#),
            (#"queue_depth{queue=""}"#, #"queue_depth{queue=""}"#),
            (#"queue_depth{queue="mail",queue="push"}"#, #"queue_depth{queue="mail",queue="push"}"#),
            (#"queue_depth{zone="b",area="a"}"#, #"queue_depth{area="a",zone="b"}"#),
            (#"queue_depth{a="2",a="1",a!="1"}"#, #"queue_depth{a!="1",a="1",a="2"}"#),
            (#"queue_depth{by="x",sum="y",on="z",offset="1"}"#, #"queue_depth{by="x",offset="1",on="z",sum="y"}"#),
            (
                #"queue_depth{start="x",end="y",bool="z",and="w",inf="v",nan="u"}"#,
                #"queue_depth{and="w",bool="z",end="y",inf="v",nan="u",start="x"}"#
            ),
            (#"queue_depth{le="0.5",quantile="0.99"}"#, #"queue_depth{le="0.5",quantile="0.99"}"#),
            (#"queue_depth{text="a\nb\"c\\d"}"#, #"queue_depth{text="a\nb\"c\\d"}"#), (#"queue_depth{text="a\u00e9"}"#, #"queue_depth{text="aé"}"#),
            (#"queue_depth{re=~"^a.*$"}"#, #"queue_depth{re=~"^a.*$"}"#), (#"queue_depth{re=~"a{2,3}"}"#, #"queue_depth{re=~"a{2,3}"}"#),
            (#"queue_depth{re=~"(?i)mail"}"#, #"queue_depth{re=~"(?i)mail"}"#), (#"queue_depth{re=~"\\d+"}"#, #"queue_depth{re=~"\\d+"}"#),
            (#"queue_depth{re=~`\d+`}"#, #"queue_depth{re=~"\\d+"}"#), (#"queue_depth{re=~""}"#, #"queue_depth{re=~""}"#),
            (#"{re!~""}"#, #"{re!~""}"#), (#"{re!=""}"#, #"{re!=""}"#), ("queue-depth", "queue - depth"),
            (#"sum{queue="mail"}"#, #"sum{queue="mail"}"#), (#"by{queue="mail"}"#, #"by{queue="mail"}"#),
            (#"start{queue="mail"}"#, #"start{queue="mail"}"#), (#"offset{queue="mail"}"#, #"offset{queue="mail"}"#), ("and", "and"),
            ("unless", "unless"), ("or", "or"), ("by", "by"), ("without", "without"), ("sum", "sum"), ("topk", "topk"),
            ("count_values", "count_values"), ("limitk", "limitk"), ("anchored", "anchored"), ("smoothed", "smoothed"), ("fill", "fill"),
            ("fill_left", "fill_left"), ("step", "step"), ("range", "range"), ("end", "end"), ("OFFSET", "OFFSET"), ("SUM", "SUM"), ("rate", "rate"),
            (#"up{job=~"bot|gateway"} == 0"#, #"up{job=~"bot|gateway"} == 0"#),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            (#"{re=~"a*"}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{re!~".+"}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{re!~"mail"}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{re=""}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            ("{}", "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{queue=""}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{queue=~""}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{queue=~".*"}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{queue!="mail"}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"{queue!~"x", shard=~".*"}"#, "1:1: vector selector must contain at least one non-empty matcher"),
            (#"queue_depth{__name__="other"}"#, #"1:1: metric name must not be set twice: "queue_depth" or "other""#),
            (#"queue_depth{__name__!="other"}"#, #"1:1: metric name must not be set twice: "queue_depth" or "other""#),
            (#"queue_depth{__name__=~"q.*"}"#, #"1:1: metric name must not be set twice: "queue_depth" or "q.*""#),
            (#"queue_depth{__name__="queue_depth"}"#, #"1:1: metric name must not be set twice: "queue_depth" or "queue_depth""#),
            ("queue_depth{", "1:13: unexpected end of input inside braces"), ("queue_depth{queue", "1:18: unexpected end of input inside braces"),
            ("queue_depth{queue=", "1:19: unexpected end of input inside braces"),
            (#"queue_depth{queue="mail""#, "1:25: unexpected end of input inside braces"),
            (#"queue_depth{queue="mail","#, "1:26: unexpected end of input inside braces"),
            (#"queue_depth{queue="mail"}}"#, "1:26: unexpected character: '}'"),
            (#"queue_depth{queue="mail" priority="high"}"#, #"1:26: unexpected identifier "priority" in label matching, expected "," or "}""#),
            (#"queue_depth{,queue="mail"}"#, #"1:13: unexpected "," in label matching, expected identifier or "}""#),
            (#"queue_depth{queue="mail",,}"#, #"1:26: unexpected "," in label matching, expected identifier or "}""#),
            ("queue_depth{,}", #"1:13: unexpected "," in label matching, expected identifier or "}""#),
            ("queue_depth{queue}", #"1:18: unexpected "}" in label matching, expected label matching operator"#),
            ("queue_depth{queue==\u{201C}mail\u{201D}}", #"1:19: unexpected "=" in label matching, expected string"#),
            (#"queue_depth{queue=="mail"}"#, #"1:19: unexpected "=" in label matching, expected string"#),
            ("queue_depth{queue=mail}", #"1:19: unexpected identifier "mail" in label matching, expected string"#),
            ("queue_depth{queue=5}", "1:19: unexpected character inside braces: '5'"),
            (#"queue_depth{5="mail"}"#, "1:13: unexpected character inside braces: '5'"),
            (#"queue_depth{queue<"mail"}"#, "1:18: unexpected character inside braces: '<'"),
            (#"queue_depth{queue>"mail"}"#, "1:18: unexpected character inside braces: '>'"),
            ("queue_depth{queue!mail}", "1:18: unexpected character after '!' inside braces: 'm'"),
            ("queue_depth{queue!}", "1:18: unexpected character after '!' inside braces: '}'"),
            ("queue_depth{!queue}", "1:13: unexpected character after '!' inside braces: 'q'"),
            (#"queue_depth{queue~"mail"}"#, "1:18: unexpected character inside braces: '~'"),
            (#"queue_depth{queue=!"mail"}"#, #"1:19: unexpected character after '!' inside braces: '"'"#),
            (#"queue_depth{queue=~"("}"#, #"1:13: invalid regular expression "(": missing ): ("#),
            (#"queue_depth{{queue="mail"}"#, "1:13: unexpected left brace '{'"),
            (#"queue_depth{queue:shard="mail"}"#, "1:18: unexpected character inside braces: ':'"),
            ("queue_depth{[5m]}", "1:13: unexpected character inside braces: '['"),
            (#"queue_depth{queue="mail"}{shard="a"}"#, #"1:26: unexpected "{""#),
            ("queue_depth queue_size", #"1:13: unexpected identifier "queue_size""#), ("}", "1:1: unexpected character: '}'"),
            ("queue.depth", "1:6: unexpected character: '.'"), (#"queue_depth{queue-name="mail"}"#, "1:18: unexpected character inside braces: '-'"),
            ("9queue", #"1:1: bad number or duration syntax: "9""#), ("queue depth", #"1:7: unexpected identifier "depth""#),
            ("очередь", "1:1: unexpected character: 'о'"), (#"queue_depth{очередь="mail"}"#, "1:13: unexpected character inside braces: 'о'"),
            ("$queue", "1:1: unexpected character: '$'"), ("queue_depth?", "1:12: unexpected character: '?'"),
            ("queue_depth;", "1:12: unexpected character: ';'"), (#"a{b="c"} d"#, #"1:10: unexpected identifier "d""#),
            (#"inf{queue="mail"}"#, #"1:4: unexpected "{""#), (#"on{queue="mail"}"#, "1:1: unexpected <on>"), ("bool", "1:1: unexpected <bool>"),
            ("group_left", "1:1: unexpected <group_left>"), ("group_right", "1:1: unexpected <group_right>"),
            ("ignoring", "1:1: unexpected <ignoring>"), ("on", "1:1: unexpected <on>"), ("atan2", "1:1: unexpected <op:atan2>"),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
