import Testing

@Suite("Control structures")
struct ControlTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("{{if true}}a{{end}}", .text("a")),
            ("{{if false}}a{{else}}b{{end}}", .text("b")),
            ("{{if false}}a{{else if true}}b{{else}}c{{end}}", .text("b")),
            (#"{{if 0}}a{{else if ""}}b{{else if 0.0}}c{{else}}d{{end}}"#, .text("d")),
            ("{{if $labels}}a{{end}}{{if .ExternalLabels}}b{{end}}", .text("ab")),
            ("{{with 1}}{{.}}{{end}}", .text("1")),
            ("{{with 0}}a{{else}}{{.Value}}{{end}}", .text("1.2345675e+06")),
            (#"{{with ""}}a{{else with "x"}}{{.}}{{end}}"#, .text("x")),
            ("{{with 0}}a{{else with 0}}b{{else}}c{{end}}", .text("c")),
            ("{{range $labels}}{{.}},{{end}}", .text(#"m,host-1.example.com:9100,node,<a href="x">Tom & 'Jerry'</a>,"#)),
            ("{{range $k, $v := $externalLabels}}{{$k}}={{$v}};{{end}}", .text("cluster=c1;region=eu;")),
            ("{{range 3}}{{.}}{{end}}", .text("012")),
            ("{{range $i := 3}}{{$i}}{{end}}", .text("012")),
            ("{{range $i, $e := 3}}{{$i}}{{end}}", .fault("1:130", "<3>: can't use 3 to iterate over more than one variable")),
            ("{{range 0}}a{{else}}b{{end}}", .text("b")),
            (#"{{range "abc"}}{{.}}{{end}}"#, .fault("1:120", #"<"abc">: range can't iterate over abc"#)),
            ("{{range 1.5}}{{end}}", .fault("1:120", "<1.5>: range can't iterate over 1.5")),
            ("{{range nil}}{{end}}", .fault("1:120", "<nil>: nil is not a command")),
            ("{{range true}}x{{end}}", .fault("1:120", "<true>: range can't iterate over true")),
            ("{{range 5}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}", .text("01")),
            ("{{range 5}}{{if eq . 2}}{{continue}}{{end}}{{.}}{{end}}", .text("0134")),
            ("{{break}}", .unreadable("1: {{break}} outside {{range}}")),
            ("{{continue}}", .unreadable("1: {{continue}} outside {{range}}")),
            ("{{range 2}}{{end}}{{break}}", .unreadable("1: {{break}} outside {{range}}")),
            ("{{range 2}}x{{else}}{{break}}{{end}}", .unreadable("1: {{break}} outside {{range}}")),
            ("{{range 3}}{{range 3}}{{if eq . 1}}{{break}}{{end}}{{.}}{{end}};{{end}}", .text("0;0;0;")),
            (#"{{range $i, $x := query "up"}}{{$i}}:{{$x.Labels.instance}}={{$x.Value}} {{end}}"#, .text("0:b:1=0 1:a:1=1 2:c:1=1 ")),
            (#"{{range query "nothing"}}a{{else}}b{{end}}"#, .text("b")),
            ("{{$x := 0}}{{range $x = 3}}{{$x}}{{end}}{{$x}}", .text("0122")),
            (#"{{range args "a" 2 nil}}[{{.}}]{{end}}"#, .text("[a][2][<no value>]")),
            (#"{{range $k, $v := args "a" 2 nil}}{{$k}}[{{$v}}]{{end}}"#, .text("arg0[a]arg1[2]arg2[<no value>]")),
            ("{{if}}a{{end}}", .unreadable("1: missing value for if")),
            ("{{if true}}a", .unreadable("1: unexpected EOF")),
            ("{{end}}", .unreadable("1: unexpected {{end}}")),
            ("{{else}}", .unreadable("1: unexpected {{else}}")),
            ("{{if true}}{{else}}{{else}}{{end}}", .unreadable("1: expected end; found {{else}}")),
            ("{{range 3}}{{else if 1}}{{end}}", .unreadable("1: unexpected <if> in input")),
            ("{{if true}}{{else with 1}}{{end}}", .unreadable("1: unexpected <with> in input")),
            ("{{with 1}}{{else if 1}}{{end}}", .unreadable("1: unexpected <if> in input")),
            ("{{range}}{{end}}", .unreadable("1: missing value for range")),
            ("{{with}}{{end}}", .unreadable("1: missing value for with")),
            ("{{if true}}a{{else if}}b{{end}}", .unreadable("1: missing value for if")),
            ("{{end x}}", .unreadable(#"1: unexpected "x" in end"#)),
            ("{{break x}}", .unreadable(#"1: unexpected "x" in {{break}}"#)),
            ("{{if (eq 1 1)}}y{{end}}", .text("y")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            ("{{range $i, $e, $f := 3}}{{end}}", .unreadable("1: too many declarations in range")),
            ("{{range $i, 3}}{{end}}", .unreadable("1: range can only initialize variables")),
            ("{{range $i, }}{{end}}", .unreadable("1: missing value for range")),
            ("{{if not true}}a{{else}}b{{end}}", .text("b")),
            ("{{range -1}}a{{else}}none{{end}}", .text("none")),
            (#"{{range index "a" 0}}{{end}}"#, .text("")),
            (#"{{$s := ""}}{{range 3}}{{$s = print $s .}}{{end}}{{$s}}"#, .text("012")),
            ("{{range $labels.job}}{{end}}", .fault("1:127", "<$labels.job>: range can't iterate over node")),
            (#"{{range $i := query "up"}}{{$i.Value}} {{end}}"#, .text("0 1 1 ")),
            ("{{range $l := $labels}}{{$l}} {{end}}", .text(#"m host-1.example.com:9100 node <a href="x">Tom & 'Jerry'</a> "#)),
            ("{{range 2}}{{$x := .}}{{$x}}{{end}}", .text("01")),
            ("{{with $labels}}{{.job}}{{$.Value}}{{end}}", .text("node1.2345675e+06")),
            (#"{{with query "up"}}{{with (index . 0)}}{{.Labels.instance}}{{end}}{{end}}"#, .text("b:1")),
            ("{{range 2}}\n- {{.}}\n{{- end}}", .text("\n- 0\n- 1")),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
