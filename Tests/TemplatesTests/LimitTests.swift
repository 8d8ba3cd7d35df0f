import Model
import Templates
import Testing

@Suite("Templates that need too much")
struct LimitTests {
    @Test(
        "end with an error",
        arguments: [
            (#"{{define "T"}}{{template "T"}}{{end}}{{template "T"}}"#, "exceeded maximum template depth (400)"),
            (#"{{define "T"}}{{if true}}{{with 1}}{{template "T"}}{{end}}{{end}}{{end}}{{template "T"}}"#, "exceeded maximum template depth (400)"),
            ("{{range 2000000000}}{{end}}", "more than 1000000 steps"),
            ("{{range 1000000000000}}{{range 1000000}}{{end}}{{end}}", "more than 1000000 steps"),
            ("{{range 2000000}}0123456789{{end}}", "more than 1048576 bytes of output"),
            (#"{{$x := "0123456789"}}{{range 100}}{{$x = print $x $x}}{{end}}"#, "more than 1048576 bytes of text"),
            (#"{{printf "%900000d%900000d" 1 2}}"#, "more than 1048576 bytes of text"),
            (#"{{$x := 1}}{{range 1000}}{{$x = args $x}}{{end}}"#, "more than 50 maps in each other"),
            (#"{{$x := 1}}{{range 40}}{{$x = args $x $x $x}}{{end}}{{$x}}"#, "more than 1048576 bytes of output"),
            (#"{{$x := printf "%1000000d" 1}}{{range 1000000}}{{$y := len (print $x)}}{{end}}"#, "more than 1000000 steps"),
            (#"{{$x := printf "%500000d" 1}}{{reReplaceAll "" $x $x}}"#, "more than 1048576 bytes of text"),
        ])
    func refused(_ template: String, _ reason: String) {
        #expect(expanded(template).hasSuffix("\(reason)>"))
    }

    @Test("deep texts are refused when they are read", arguments: [101, 1000, 100_000])
    func nesting(_ count: Int) {
        func many(_ text: String) -> String { String(repeating: text, count: count) }
        for text in ["{{\(many("("))1\(many(")"))}}", many("{{if true}}") + many("{{end}}"), "{{if 1}}" + many("{{else if 1}}") + "{{end}}"] {
            #expect(AlertTemplate(text, alert: "A").parseError?.description == "template: __alert_A:1: max expression depth exceeded")
        }
    }

    @Test("what fits is expanded")
    func fitting() {
        func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
        #expect(expanded("{{\(many("(", 90))1\(many(")", 90))}}") == "1")
        #expect(expanded(many("{{if true}}", 90) + "x" + many("{{end}}", 90)) == "x")
        #expect(expanded("{{range 100000}}ab{{end}}").utf8.count == 200_000)
        let countdown = #"{{define "T"}}{{if .}}.{{template "T" (slice . 1)}}{{end}}{{end}}{{template "T" (printf "%100d" 1)}}"#
        #expect(expanded(countdown) == many(".", 100))
    }

    @Test("chains of pipes and fields of any length are no danger")
    func longTexts() {
        func many(_ text: String) -> String { String(repeating: text, count: 20_000) }
        #expect(expanded("{{1\(many(" | print"))}}") == "1")
        #expect(expanded("{{$labels\(many(".a"))}}").hasSuffix("can't evaluate field a in type string>"))
        #expect(expanded(many("{{1}}{{/* x */}}")) == many("1"))
        #expect(expanded("{{print \(many(" 1"))}}").utf8.count == 39_999)
    }
}
