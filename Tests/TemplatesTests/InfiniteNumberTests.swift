import Testing

@Suite("Values that are not finite")
struct InfiniteNumberTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (
                #"{{range query "vector(Inf)"}}{{.Value}} {{humanize .Value}} {{humanizeDuration .Value}} {{humanize1024 .Value}} {{humanizePercentage .Value}} {{humanizeTimestamp .Value}}{{end}}"#,
                .text("+Inf +Inf +Inf +Inf +Inf% +Inf")
            ),
            (#"{{range query "vector(-Inf)"}}{{.Value}} {{humanize .Value}} {{humanizeDuration .Value}}{{end}}"#, .text("-Inf -Inf -Inf")),
            (
                #"{{range query "vector(NaN)"}}{{.Value}} {{humanize .Value}} {{humanizeDuration .Value}} {{humanizeTimestamp .Value}} {{humanizePercentage .Value}}{{end}}"#,
                .text("NaN NaN NaN NaN NaN%")
            ),
            (
                #"{{range query "vector(NaN)"}}{{toTime .Value}}{{end}}"#,
                .fault("1:143", "<toTime .Value>: error calling toTime: value is NaN or Inf")
            ),
            (
                #"{{range query "vector(Inf)"}}{{printf "%f|%8.2f|%+f|%08f|% f|%v|%e|%g|%-8v|" .Value .Value .Value .Value .Value .Value .Value .Value .Value}}{{end}}"#,
                .text("+Inf|    +Inf|+Inf|    +Inf| Inf|+Inf|+Inf|+Inf|+Inf    |")
            ),
            (
                #"{{range query "vector(NaN)"}}{{printf "%f|%8.2f|%+f|%08f|% f|%v|%x" .Value .Value .Value .Value .Value .Value .Value}}{{end}}"#,
                .text("NaN|     NaN|+NaN|     NaN| NaN|NaN|NaN")
            ),
            (
                #"{{range query "vector(-Inf)"}}{{printf "%f|%8.2f|%+f|%08f|% f|%v|%b" .Value .Value .Value .Value .Value .Value .Value}}{{end}}"#,
                .text("-Inf|    -Inf|-Inf|    -Inf|-Inf|-Inf|-Inf")
            ),
            (
                #"{{humanize "Inf"}} {{humanize "-inf"}} {{humanize "nan"}} {{humanize "+Inf"}} {{humanize "infinity"}}"#,
                .text("+Inf -Inf NaN +Inf +Inf")
            ),
            (#"{{range query "vector(NaN)"}}{{eq .Value .Value}} {{lt .Value 1.0}} {{if .Value}}t{{end}}{{end}}"#, .text("false false t")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
