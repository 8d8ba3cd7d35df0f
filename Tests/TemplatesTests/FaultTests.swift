import Testing

@Suite("Templates that are not")
struct FaultTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("{{", .unreadable("1: unclosed action")),
            ("{{ $labels.instance", .unreadable("1: unclosed action")),
            (#"{{ "x }}"#, .unreadable("1: unterminated quoted string")),
            ("{{ 'x }}", .unreadable("1: unterminated character constant")),
            ("{{ `x }}", .unreadable("1: unterminated raw quoted string")),
            ("{{ /* x }}", .unreadable(#"1: unexpected "/" in command"#)),
            ("{{/* x }}", .unreadable("1: unclosed comment")),
            ("{{/* x */ y}}", .unreadable("1: comment ends before closing delimiter")),
            ("{{ (1 }}", .unreadable("1: unclosed left paren")),
            ("{{ 1) }}", .unreadable("1: unexpected right paren")),
            ("{{ () }}", .unreadable("1: missing value for parenthesized pipeline")),
            ("{{ }}", .unreadable("1: missing value for command")),
            ("{{nope}}", .unreadable(#"1: function "nope" not defined"#)),
            ("{{ nope 1 }}", .unreadable(#"1: function "nope" not defined"#)),
            ("{{ .a | nope }}", .unreadable(#"1: function "nope" not defined"#)),
            ("{{ | 1 }}", .unreadable(#"1: unexpected "|" in command"#)),
            ("{{ 1 | }}", .text("1")),
            ("{{ 1 | 2 }}", .unreadable("1: non executable command in pipeline stage 2")),
            (#"{{ 1 | "x" }}"#, .unreadable("1: non executable command in pipeline stage 2")),
            ("{{ 1 || 2 }}", .unreadable(#"1: unexpected "|" in command"#)),
            ("{{ 1 | . }}", .unreadable("1: non executable command in pipeline stage 2")),
            ("{{ 1 | nil }}", .unreadable("1: non executable command in pipeline stage 2")),
            ("{{ a.b }}", .unreadable(#"1: function "a" not defined"#)),
            ("{{ $ x }}", .unreadable(#"1: function "x" not defined"#)),
            ("{{ $labels instance }}", .unreadable(#"1: function "instance" not defined"#)),
            ("{{ 1 + 2 }}", .unreadable(#"1: illegal number syntax: "+""#)),
            ("{{ $value * 100 }}", .unreadable(#"1: unexpected "*" in operand"#)),
            ("{{ $value > 5 }}", .unreadable(#"1: unexpected ">" in operand"#)),
            ("{{ $value / 5 }}", .unreadable(#"1: unexpected "/" in operand"#)),
            (#"{{ "a" = "b" }}"#, .unreadable(#"1: unexpected "=" in operand"#)),
            ("{{ := 5 }}", .unreadable(#"1: unexpected ":=" in command"#)),
            ("{{ : }}", .unreadable("1: expected :=")),
            ("{{ $x : 5 }}", .unreadable(#"1: undefined variable "$x""#)),
            ("{{ é }}", .unreadable(#"1: function "é" not defined"#)),
            (#"{{ "\q" }}"#, .unreadable("1: invalid syntax")),
            ("{{ @ }}", .unreadable(#"1: unexpected "@" in command"#)),
            ("{{ ☃ }}", .unreadable("1: unrecognized character in action: U+2603 '☃'")),
            ("{{ \u{1} }}", .unreadable("1: unrecognized character in action: U+0001")),
            ("{{ $a$b }}", .unreadable("1: bad character U+0024 '$'")),
            ("{{ .a$b }}", .unreadable("1: bad character U+0024 '$'")),
            (#"{{ .a"b" }}"#, .unreadable(#"1: bad character U+0022 '"'"#)),
            (#"{{ "a""b" }}"#, .unreadable(#"1: unexpected "\"b\"" in operand"#)),
            (#"{{ 1"b" }}"#, .unreadable(#"1: unexpected "\"b\"" in operand"#)),
            ("{{ (1)2 }}", .unreadable(#"1: unexpected "2" in operand"#)),
            ("{{ (1)(2) }}", .unreadable(#"1: unexpected "(" in operand"#)),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            ("{{ .a(1) }}", .unreadable(#"1: unexpected "(" in operand"#)),
            ("a\nb\n{{ nope }}", .unreadable(#"3: function "nope" not defined"#)),
            ("a\n{{ \"x\" \n | \n nope }}", .unreadable(#"4: function "nope" not defined"#)),
            ("{{\n\n}}", .unreadable("3: missing value for command")),
            ("{{ if true }}\n{{ 1", .unreadable("2: unclosed action")),
            ("a\n\n{{ .Nope }}", .fault("3:3", #"<.Nope>: can't evaluate field Nope in type \#(dataType)"#)),
            ("a\n\n{{ 1 }}\n  {{ .Labels.job.x }}", .fault("4:12", "<.Labels.job.x>: can't evaluate field x in type string")),
            ("{{ print\n \"x\" 1 .Nope }}", .fault("2:7", #"<.Nope>: can't evaluate field Nope in type \#(dataType)"#)),
            (#"{{template "x" | }}"#, .unreadable(#"1: unexpected "|" in template clause"#)),
            ("{{ define }}", .unreadable(#"1: unexpected "}}" in define clause"#)),
            ("{{ print (1 | 2) }}", .unreadable("1: non executable command in pipeline stage 2")),
            ("{{ print (nope) }}", .unreadable(#"1: function "nope" not defined"#)),
            ("{{ print () }}", .unreadable("1: missing value for parenthesized pipeline")),
            ("{{ ,}}", .unreadable(#"1: unexpected "," in command"#)),
            ("{{ 1,2 }}", .unreadable(#"1: unexpected "," in operand"#)),
            ("{{ {{ 1 }} }}", .unreadable(#"1: unexpected "{" in command"#)),
            ("{{ 1 }", .unreadable(#"1: unexpected "}" in operand"#)),
            ("{{ 1 }} {{", .unreadable("1: unclosed action")),
            ("{{ & }}", .unreadable(#"1: unexpected "&" in command"#)),
            ("{{ humanize $value | }}", .text("1.235M")),
            ("{{ $value | humanize }}%{{", .unreadable("1: unclosed action")),
            (#"{{ printf "%.2f" $value | humanizeX }}"#, .unreadable(#"1: function "humanizeX" not defined"#)),
            ("{{ range $x }}", .unreadable(#"1: undefined variable "$x""#)),
            ("{{ $value.}}", .unreadable("1: unexpected <.> in operand")),
            ("{{ if eq 1 1 }}a{{ else }}b", .unreadable("1: unexpected EOF")),
            ("{{ 0b2 }}", .unreadable(#"1: bad number syntax: "0b2""#)),
            ("{{ 1.2.3 }}", .unreadable(#"1: unexpected ".3" in operand"#)),
            ("{{ +-1 }}", .unreadable(#"1: bad number syntax: "+-1""#)),
            ("{{ -x }}", .unreadable(#"1: bad number syntax: "-x""#)),
            ("{{ .1.2 }}", .unreadable(#"1: unexpected ".2" in operand"#)),
            ("{{ x := 1 }}", .unreadable(#"1: function "x" not defined"#)),
            ("{{ 5 = 1 }}", .unreadable(#"1: unexpected "=" in operand"#)),
            ("{{ $labels := 3 }}{{ $labels }}", .text("3")),
            ("{{ $x := }}", .unreadable("1: missing value for command")),
            ("{{ $x = }}", .unreadable("1: missing value for command")),
            (#"{{ "long string in a wrong place" "and another one" 5 | 7 }}"#, .unreadable("1: non executable command in pipeline stage 2")),
            ("{{ .LongFieldNameIsHere := 5 }}", .unreadable(#"1: unexpected ":=" in operand"#)),
            ("{{ end", .unreadable("1: unclosed action")),
            ("{{ with $labels.job }}{{ .x }}{{ end }}", .fault("1:137", "<.x>: can't evaluate field x in type string")),
            ("{{ true false }}", .fault("1:115", "<true>: can't give argument to non-function true")),
            ("{{ nil | print }}", .fault("1:115", "<nil>: nil is not a command")),
            ("{{ if true }}{{ end", .unreadable("1: unclosed action")),
            (#"{{ humanize $value "x" }}"#, .fault("1:115", "<humanize>: wrong number of args for humanize: want 1 got 2")),
            ("{{ humanize | 5 }}", .unreadable("1: non executable command in pipeline stage 2")),
            ("{{ $value | $value }}", .fault("1:124", "<$value>: can't give argument to non-function $value")),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 3",
        arguments: [
            ("{{ (humanize 5) 6 }}", .fault("1:115", "<(humanize 5) 6>: can't give argument to non-function humanize 5")),
            ("{{ humanize (5) }}", .text("5")),
            ("{{ (5) }}", .text("5")),
            ("{{ (.Labels.job) }}", .text("node")),
            (#"{{ ((("x"))) }}"#, .text("x")),
            (#"{{ print (print "a") (print "b") }}"#, .text("ab")),
            (#"{{ template "a" "b" "c" }}"#, .fault("1:124", #"<{{template "a" "b" "c"}}>: template "a" not defined"#)),
            (#"{{- "x" -}}{{-"y"}}"#, .unreadable(#"1: illegal number syntax: "-""#)),
            ("{{ 1-}}", .unreadable(#"1: bad number syntax: "1-""#)),
            (#"{{ "%s%d" }} {{ .Nope }}"#, .fault("1:128", #"<.Nope>: can't evaluate field Nope in type \#(dataType)"#)),
            (#"{{ printf "%d%%" 5 | .Labels }}"#, .fault("1:133", "<.Labels>: Labels has arguments but cannot be invoked as function")),
        ] as [(String, Expansion)])
    func expand3(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
