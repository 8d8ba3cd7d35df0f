import Testing

@Suite("print, println and html, js, urlquery")
struct PrintTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (#"{{print "a" "b" 1 2 "c" 3.5 true}}"#, .text("ab1 2c3.5 true")),
            ("{{print 1 2}}", .text("1 2")),
            ("{{print}}|", .text("|")),
            (#"{{println "a" 1}}|"#, .text("a 1\n|")),
            ("{{println}}|", .text("\n|")),
            ("{{print $labels}}", .text(#"\#(labelMap)"#)),
            ("{{print nil 1}}", .text("<nil> 1")),
            (#"{{print "a" nil}}"#, .text("a<nil>")),
            (#"{{html "<a href=\"x\">&'</a>"}}"#, .text("&lt;a href=&#34;x&#34;&gt;&amp;&#39;&lt;/a&gt;")),
            ("{{html $labels.msg}}", .text("&lt;a href=&#34;x&#34;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;")),
            (#"{{js "a'b\"c\\<>&="}}"#, .text(#"a\'b\"c\\\u003C\u003E\u0026\u003D"#)),
            (#"{{js "\n\t é \u2028"}}"#, .text(#"\u000A\u0009 é \u2028"#)),
            (#"{{urlquery "a b&c=d/é~-_."}}"#, .text("a+b%26c%3Dd%2F%C3%A9~-_.")),
            ("{{urlquery 1 2}}", .text("1+2")),
            (#"{{html 1 "<" nil}}"#, .text("1&lt;&lt;no value&gt;")),
            ("{{html nil}}", .text("&lt;no value&gt;")),
            ("{{html}}|", .text("|")),
            ("{{js 5}}", .text("5")),
            (#"{{"x" | print "a"}}"#, .text("ax")),
            (#"{{print (args 1 "b" nil)}}"#, .text("map[arg0:1 arg1:b arg2:<nil>]")),
            ("{{print true false}}", .text("true false")),
            ("{{print 1.0 2.5}}", .text("1 2.5")),
            ("{{println nil}}|", .text("<nil>\n|")),
            (#"{{print (query "nothing")}}"#, .text("[]")),
            (#"{{print (query "up" | first)}}"#, .text("&{map[__name__:up instance:b:1 rank:10] 0}")),
            (#"{{query "up" | first}}"#, .text("{map[__name__:up instance:b:1 rank:10] 0}")),
            (#"{{html (query "up" | first)}}"#, .text("{map[__name__:up instance:b:1 rank:10] 0}")),
            (#"{{print (safeHtml "<b>") "x"}}"#, .text("<b>x")),
            ("{{urlquery $labels.msg}}", .text("%3Ca+href%3D%22x%22%3ETom+%26+%27Jerry%27%3C%2Fa%3E")),
            ("{{js $labels.msg}}", .text(#"\u003Ca href\u003D\"x\"\u003ETom \u0026 \'Jerry\'\u003C/a\u003E"#)),
            (#"{{print (index "abc" 0)}}"#, .text("97")),
            (#"{{html "\x00"}}"#, .text("�")),
            ("{{print 9223372036854775807}}", .text("9223372036854775807")),
            ("{{print -0.0 1e21 1e20 123456.7}}", .text("-0 1e+21 1e+20 123456.7")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
