import Model
import Testing

@testable import Notifier

@Suite("Matchers")
struct MatcherTests {
    /// A text, and how it is written back; nil where it is none.
    private static let cases: [(text: String, shown: String?)] = [
        ("a=b", #"{a="b"}"#), (#"a="b""#, #"{a="b"}"#), ("a='b'", #"{a="'b'"}"#), ("a=~b", #"{a=~"b"}"#), ("a!~b", #"{a!~"b"}"#),
        ("a!=b", #"{a!="b"}"#), ("a==b", #"{a="=b"}"#), (" a = b ", #"{a="b"}"#), ("a", nil), ("=b", nil), ("a=", #"{a=""}"#),
        ("{a=b}", #"{a="b"}"#), ("{a=b,}", #"{a="b"}"#), ("a=b,", #"{a="b"}"#), ("a=b,c=d", #"{a="b",c="d"}"#), (",a=b", nil),
        ("a=b c", #"{a="b c"}"#), (#"a=b"c"#, nil), (#"a="b"c"#, nil), (#"a="b"#, nil), (#"a=b""#, nil), (#""a"=b"#, #"{a="b"}"#),
        (#""a b"=c"#, #"{"a b"="c"}"#), ("a b=c", nil), ("a-b=c", #"{a-b="c"}"#), ("é=1", #"{é="1"}"#), (#""é"=1"#, #"{é="1"}"#),
        ("a=é", #"{a="é"}"#), (#"a=b\c"#, #"{a="b\\c"}"#), (#"a="b\c""#, #"{a="b\\c"}"#), (#"a="b\n""#, #"{a="b\n"}"#),
        (#"a="b\"""#, #"{a="b\""}"#), (#"a=b\"c"#, #"{a="b\"c"}"#), (#"a=~"(""#, nil), ("a=~(", nil), ("a=[b]", #"{a="[b]"}"#),
        ("a=~b|c", #"{a=~"b|c"}"#), ("a={b}", #"{a="{b"}"#), ("{a=b", #"{a="b"}"#), ("a=b}", #"{a="b"}"#), (#"a="{b}""#, #"{a="{b}"}"#),
        (#"a=~"a,b""#, #"{a=~"a,b"}"#), ("a=~a,b", nil), ("a=b!c", #"{a="b!c"}"#), ("a=b=c", #"{a="b=c"}"#), (#"a="\u00e9""#, #"{a="\\u00e9"}"#),
        ("a=`b`", #"{a="`b`"}"#), ("1a=b", #"{1a="b"}"#), ("a:b=c", #"{a:b="c"}"#), ("a.b=c", #"{a.b="c"}"#), (#"""=c"#, #"{="c"}"#),
        (#"{a="b", c!="d"}"#, #"{a="b",c!="d"}"#), (#"{ a = "b" }"#, #"{a="b"}"#), ("a!b", nil), ("a<b", nil), ("foo=bar,,baz=q", nil),
        (#"{foo="bar"}}"#, nil), (#"{{foo="bar"}"#, nil), ("a=\t b", #"{a="b"}"#), ("⌘=\"x\"", #"{⌘="x"}"#), (#"a=~"[⌘""#, nil),
        (#""a\"b"=c"#, #"{"a\"b"="c"}"#), ("'a'=b", nil), (#"a="b\\""#, #"{a="b\\"}"#), (#"a-b="\u00e9""#, #"{a-b="é"}"#),
        (#"a-b="\q""#, nil), (#"a-b=c d=e"#, nil), (#"{a-b=c"#, nil), (#"a-b=c}"#, nil), (#"a-b=c, d=e ,"#, #"{a-b="c",d="e"}"#),
        (#"é="a b", b=c"#, #"{b="c",é="a b"}"#), ("a=~a)(b", #"{a=~"a)(b"}"#), (#"a=b\"#, #"{a="b\\"}"#), (#"a="b\"#, nil),
        ("a=b\\,c=d", #"{a="b\\",c="d"}"#),
        (#"b=1,a=2,a!=1,a=~1,a=1"#, #"{a="1",a!="1",a=~"1",a="2",b="1"}"#), ("a=b\u{a0}", #"{a="b"}"#), ("\"a\nb\"=c", nil),
    ]

    private static func shown(_ text: String) -> String? {
        (try? MatcherSyntax.matchers(text))?.sorted(by: AlertMatcher.precedes).braced
    }

    @Test("texts are read as conditions", arguments: cases)
    func reads(text: String, shown: String?) { #expect(Self.shown(text) == shown) }

    @Test("a real amtool reads them the same")
    func sameAsAmtool() throws {
        guard let amtool = try Amtool() else { return print("SKIPPED: MARTLET_PEERS is not set, so no amtool reads the matchers") }
        defer { amtool.end() }
        for (text, _) in Self.cases {
            let quoted = JSONValue.string(text).goText
            let routes = try amtool.routes("route: {receiver: a, routes: [{receiver: a, matchers: [\(quoted)]}]}\nreceivers: [{name: a}]\n")
            #expect(routes.first == Self.shown(text), Comment(rawValue: text))
        }
    }

    @Test("no matchers and empty braces hold for everything", arguments: ["", " ", "{}", "{ }"])
    func none(text: String) throws { #expect(try MatcherSyntax.matchers(text).match(Labels([(name: "a", value: "b")]))) }

    @Test("conditions hold for values, an absent label counting as empty")
    func matching() throws {
        let labels = Labels([(name: "team", value: "db"), (name: "é", value: "1")])
        for (text, holds) in [
            ("team=db", true), ("team!=db", false), ("team=~d.", true), ("team=~d", false), ("team!~d", true), ("other=", true), ("other!=x", true),
            ("other=~.*", true), ("other!~.+", true), ("e\u{301}=1", false), ("é=1", true), ("team=~DB", false), ("team=~(?i)DB", true),
        ] {
            #expect(try MatcherSyntax.matchers(text).match(labels) == holds, Comment(rawValue: text))
        }
        #expect(try !MatcherSyntax.matcher("a=~x.y").accepts("x\ny"))
    }

    @Test("one matcher is one, without braces")
    func single() {
        #expect(throws: MatcherError("unexpected open or close brace: {a=b}")) { try MatcherSyntax.matcher("{a=b}") }
        #expect(throws: MatcherError("expected one matcher, found 2: a=b,c=d")) { try MatcherSyntax.matcher("a=b,c=d") }
    }
}
