import Testing

@Suite("Annotations as people write them")
struct AnnotationTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("Instance {{ $labels.instance }} is down", .text("Instance host-1.example.com:9100 is down")),
            ("{{ $labels.instance }}: {{ $value | humanize }}", .text("host-1.example.com:9100: 1.235M")),
            ("{{ $value | humanizePercentage }} of {{ $labels.job }} targets", .text("1.235e+08% of node targets")),
            (#"CPU at {{ printf "%.2f" $value }}% on {{ $labels.instance | stripPort }}"#, .text("CPU at 1234567.50% on host-1.example.com")),
            (#"{{ with printf "node{instance='%s'}" .Labels.instance | query }}{{ . | first | value }}{{ else }}no data{{ end }}"#, .text("no data")),
            (#"{{ if eq $labels.job "node" }}the node{{ else }}something else{{ end }}"#, .text("the node")),
            ("{{ range query \"up == 0\" }}{{ .Labels.instance }} is down\n{{ end }}", .text("b:1 is down\n")),
            ("{{- range $i, $s := query \"up\" -}}\n  {{- if $i }}, {{ end -}}\n  {{ $s.Labels.instance }}\n{{- end -}}", .text("b:1, a:1, c:1")),
            (
                #"See {{ $externalURL }}/graph?g0.expr={{ "up == 0" | urlquery }}"#,
                .text("See http://prom.example.com:9090/path/graph?g0.expr=up+%3D%3D+0")
            ),
            ("{{ $labels.severity | toUpper }}: {{ .Labels.job | title }}", .text(": Node")),
            ("{{ if gt $value 1e6 }}huge{{ else if gt $value 1e3 }}large{{ else }}small{{ end }}", .text("huge")),
            (#"{{ $labels.instance | reReplaceAll "([^.]+).*" "$1" }}"#, .text("host-1")),
            ("{{ humanize1024 $value }}B free", .text("1.177MiB free")),
            ("since {{ $value | humanizeTimestamp }}", .text("since 1970-01-15 06:56:07.5 +0000 UTC")),
            ("{{ $v := $value | humanizeDuration }}{{ $v }} ({{ len $v }})", .text("14d 6h 56m 7s (13)")),
            (
                #"{{ range $k, $v := $labels }}{{ if ne $k "__name__" }}{{ $k }}={{ $v }} {{ end }}{{ end }}"#,
                .text(#"instance=host-1.example.com:9100 job=node msg=<a href="x">Tom & 'Jerry'</a> "#)
            ),
            ("{{ .ExternalLabels.region }}/{{ .ExternalLabels.cluster }}/{{ .ExternalLabels.zone }}", .text("eu/c1/")),
            ("{{ $labels.instance }} {{ $value | humanize", .unreadable("1: unclosed action")),
            ("{{ if $labels.missing }}x{{ else }}none{{ end }}", .text("none")),
            (#"{{ or $labels.missing "default" }}"#, .text("default")),
            ("{{ with $labels.missing }}{{ . }}{{ else }}{{ $labels.job }}{{ end }}", .text("node")),
            ("{{ slice $labels.instance 0 4 }}", .text("host")),
            (#"{{ $total := query "count(up)" | first | value }}{{ $up := query "sum(up)" | first | value }}{{ $up }}/{{ $total }}"#, .text("2/3")),
            (#"{{ define "name" }}{{ .job }}@{{ .instance }}{{ end }}{{ template "name" $labels }}"#, .text("node@host-1.example.com:9100")),
            (#"{{ index (query "up") 0 | value }}"#, .text("0")),
            (#"{{ $labels.instance | match "^host" }}"#, .text("true")),
            (#"{{ match "^host" $labels.instance }}"#, .text("true")),
            (#"{{ printf "%s is %v" $labels.instance $value }}"#, .text("host-1.example.com:9100 is 1.2345675e+06")),
            (#"{{ printf "%.1f" ($value | humanize) }}"#, .text("%!f(string=1)")),
            (#"{{ printf "%d" $value }}"#, .text("%!d(float64=1.2345675e+06)")),
            (#"{{ printf "%d of %d" 1 }}"#, .text("1 of %!d(MISSING)")),
            ("The alert {{ $labels.alertname }} fires", .text("The alert  fires")),
            (#"{{ $value }} {{ .Value | printf "%g" }}"#, .text("1.2345675e+06 1.2345675e+06")),
            ("{{ $labels.instance | stripPort | stripDomain }}", .text("host-1")),
            ("{{ args 1 2 | len }}", .text("2")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
