import Testing

@Suite("Templates in templates")
struct DefinitionTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (#"{{define "T"}}[{{.}}]{{end}}{{template "T" 5}}"#, .text("[5]")),
            (#"{{template "T"}}{{define "T"}}<{{.}}>{{end}}"#, .text("<<no value>>")),
            (#"{{template "nope"}}"#, .fault("1:123", #"<{{template "nope"}}>: template "nope" not defined"#)),
            (#"{{template "nope" .}}"#, .fault("1:123", #"<{{template "nope" .}}>: template "nope" not defined"#)),
            (#"{{block "B" "x"}}({{.}}){{end}}"#, .text("(x)")),
            (#"{{define "T"}}{{$labels.job}}{{end}}{{template "T"}}"#, .unreadable(#"1: undefined variable "$labels""#)),
            (#"{{define "T"}}{{$.job}}{{end}}{{template "T" $labels}}"#, .text("node")),
            (
                #"{{define "T"}}{{.nope.x}}{{end}}{{template "T" $value}}"#,
                .faultIn("T", "1:133", "<.nope.x>: can't evaluate field nope in type float64")
            ),
            (#"{{define "T"}}a{{end}}{{define "T"}}b{{end}}{{template "T"}}"#, .unreadable(#"1: template: multiple definition of template "T""#)),
            (#"{{define "T"}}{{end}}{{define "T"}}b{{end}}{{template "T"}}"#, .text("b")),
            ("{{define T}}{{end}}", .unreadable(#"1: unexpected "T" in define clause"#)),
            (#"{{define "T"}}"#, .unreadable("1: unexpected EOF")),
            ("{{template T}}", .unreadable(#"1: unexpected "T" in template clause"#)),
            ("{{template}}", .unreadable(#"1: unexpected "}}" in template clause"#)),
            (#"{{define "T"}}{{else}}{{end}}"#, .unreadable("1: unexpected {{else}} in define clause")),
            (#"{{block "B"}}x{{end}}"#, .unreadable("1: missing value for block clause")),
            (#"{{if true}}{{define "T"}}{{end}}{{end}}"#, .unreadable("1: unexpected <define> in command")),
            (#"{{define "T"}}{{if gt . 0}}{{.}}{{template "T" (len (slice "abcdef" 0 (len (slice "abcdef" . ))))}}{{end}}{{end}}"#, .text("")),
            (#"{{define "A"}}a{{template "B" .}}{{end}}{{define "B"}}b{{.}}{{end}}{{template "A" 1}}"#, .text("ab1")),
            (#"{{template "T" 1 2}}{{define "T"}}{{end}}"#, .fault("1:127", "<1>: can't give argument to non-function 1")),
            (#"{{define "T"}}{{range 3}}{{.}}{{end}}{{end}}{{template "T"}}"#, .text("012")),
            (#"{{define "T" .}}{{end}}"#, .unreadable("1: unexpected <.> in define clause")),
            (#"{{define "\z"}}{{end}}"#, .unreadable("1: invalid syntax")),
            ("{{define `T`}}raw{{end}}{{template `T`}}", .text("raw")),
            (#"{{block "B" 1}}{{else}}{{end}}"#, .unreadable("1: unexpected {{else}} in block clause")),
            (#"{{define "x"}}{{.arg0}}-{{.arg1}}{{end}}{{template "x" (args 1 "b")}}"#, .text("1-b")),
            (#"{{define "T"}}{{fail}}{{end}}"#, .unreadable(#"1: function "fail" not defined"#)),
            (#"{{range 2}}{{template "T" .}}{{end}}{{define "T"}}<{{.}}>{{end}}"#, .text("<0><1>")),
            (#"{{define "T"}}{{break}}{{end}}{{range 2}}{{template "T"}}{{end}}"#, .unreadable("1: {{break}} outside {{range}}")),
            (#"{{define "a b%"}}{{.x.y}}{{end}}{{template "a b%" 1}}"#, .faultIn("a b%", "1:133", "<.x.y>: can't evaluate field x in type int")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
