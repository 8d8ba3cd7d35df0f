import Testing

@Suite("Fields and variables")
struct FieldTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("{{.Labels.instance}}", .text("host-1.example.com:9100")),
            ("{{$labels.instance}} {{.Labels.missing}}|", .text("host-1.example.com:9100 |")),
            ("{{$.Labels.job}}", .text("node")),
            ("{{$labels}}", .text(#"\#(labelMap)"#)),
            ("{{.}}", .text(#"{\#(labelMap) map[cluster:c1 region:eu] http://prom.example.com:9090/path 1.2345675e+06}"#)),
            ("{{.Value}} {{$value}}", .text("1.2345675e+06 1.2345675e+06")),
            ("{{.ExternalURL}} {{$externalURL}}", .text("http://prom.example.com:9090/path http://prom.example.com:9090/path")),
            ("{{$externalLabels.region}}", .text("eu")),
            ("{{.ExternalLabels}}", .text("map[cluster:c1 region:eu]")),
            ("{{.Nope}}", .fault("1:114", #"<.Nope>: can't evaluate field Nope in type \#(dataType)"#)),
            ("{{.Labels.job.x}}", .fault("1:121", "<.Labels.job.x>: can't evaluate field x in type string")),
            ("{{$value.x}}", .fault("1:120", "<$value.x>: can't evaluate field x in type float64")),
            ("{{.Value.x}}", .fault("1:120", "<.Value.x>: can't evaluate field x in type interface {}")),
            ("{{$x}}", .unreadable(#"1: undefined variable "$x""#)),
            ("{{$x := 1}}{{$x}}", .text("1")),
            ("{{$x := 1}}{{$x = 2}}{{$x}}", .text("2")),
            ("{{$x = 2}}", .fault("1:119", "<2>: undefined variable: $x")),
            ("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", .text("21")),
            ("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", .text("2")),
            ("{{if false}}{{$y := 1}}{{else}}{{$y}}{{end}}", .fault("1:145", "<$y>: undefined variable: $y")),
            ("{{if true}}{{$y := 1}}{{end}}{{$y}}", .unreadable(#"1: undefined variable "$y""#)),
            ("{{with $x := 5}}{{$x}}{{.}}{{end}}", .text("55")),
            (#"{{if $x := ""}}a{{else}}b{{$x}}{{end}}"#, .text("b")),
            ("{{$labels.job 1}}", .fault("1:121", "<$labels.job>: job is not a method but has arguments")),
            ("{{$labels 1}}", .fault("1:114", "<$labels>: can't give argument to non-function $labels")),
            ("{{.Value 1}}", .fault("1:114", "<.Value>: Value has arguments but cannot be invoked as function")),
            ("{{1 2}}", .fault("1:114", "<1>: can't give argument to non-function 1")),
            (#"{{"a" "b"}}"#, .fault("1:114", #"<"a">: can't give argument to non-function "a""#)),
            ("{{$value | $labels}}", .fault("1:123", "<$labels>: can't give argument to non-function $labels")),
            ("{{1 | .Labels.job}}", .fault("1:125", "<.Labels.job>: job is not a method but has arguments")),
            ("{{(.Labels).job}}", .text("node")),
            ("{{(.Labels).job.x}}", .fault("1:115", "<.Labels>: can't evaluate field x in type string")),
            (#"{{(print "a").x}}"#, .fault("1:121", #"<"a">: can't evaluate field x in type string"#)),
            ("{{(args 1).arg0}} {{(args 1).arg7}}|{{(args 1).x.y}}", .fault("1:156", "<1>: nil pointer evaluating interface {}.y")),
            ("{{(args nil).arg0.x}}", .fault("1:120", "<nil>: nil pointer evaluating interface {}.x")),
            ("{{$}}", .text(#"{\#(labelMap) map[cluster:c1 region:eu] http://prom.example.com:9090/path 1.2345675e+06}"#)),
            ("{{$.Labels.job | len}}", .text("4")),
            (#"{{"x".y}}"#, .unreadable(#"1: unexpected . after term "\"x\"""#)),
            ("{{1.y}}", .unreadable(#"1: bad number syntax: "1.y""#)),
            ("{{..x}}", .unreadable(#"1: unexpected . after term ".""#)),
            ("{{.x.}}", .unreadable("1: unexpected <.> in operand")),
            ("{{$.}}", .unreadable("1: unexpected <.> in operand")),
            ("{{nil.x}}", .unreadable(#"1: unexpected . after term "nil""#)),
            ("{{(nil).x}}", .fault("1:115", "<nil>: nil is not a command")),
            ("{{$labels.}}", .unreadable("1: unexpected <.> in operand")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            ("{{ .Labels . }}", .fault("1:115", "<.Labels>: Labels has arguments but cannot be invoked as function")),
            ("{{$x, $y := 1}}", .unreadable("1: too many declarations in command")),
            ("{{$x := $y := 1}}", .unreadable(#"1: undefined variable "$y""#)),
            ("{{($z := 5)}} {{$z}}", .text("5 5")),
            ("{{$labels.my-label}}", .unreadable("1: bad character U+002D '-'")),
            (#"{{index $labels "job"}}"#, .text("node")),
            ("{{$x:=1}}{{$x}}", .text("1")),
            ("{{$1 := 3}}{{$1}}", .text("3")),
            ("{{$é := 3}}{{$é}}", .text("3")),
            ("{{true.x}}", .unreadable(#"1: unexpected . after term "true""#)),
            ("{{$labels.instance.foo.bar}}", .fault("1:121", "<$labels.instance.foo.bar>: can't evaluate field foo in type string")),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
