import Testing

@Suite("Queries in templates")
struct QueryTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (#"{{query "up" | first | value}}"#, .text("0")),
            (#"{{query "up" | first | label "instance"}}"#, .text("b:1")),
            (#"{{query "nothing" | first}}"#, .fault("1:132", "<first>: error calling first: first() called on vector with no elements")),
            (#"{{query "nothing" | first | value}}"#, .fault("1:132", "<first>: error calling first: first() called on vector with no elements")),
            (#"{{query "up" | len}}"#, .text("3")),
            (#"{{query "sum(up)" | first | value | humanize}}"#, .text("2")),
            (#"{{query "(" | len}}"#, .fault("1:114", #"<query "(">: error calling query: 1:2: parse error: unclosed left parenthesis"#)),
            (#"{{query "nothing"}}"#, .text("[]")),
            (#"{{range query "up" | sortByLabel "instance"}}{{.Labels.instance}} {{end}}"#, .text("a:1 b:1 c:1 ")),
            (#"{{range query "up" | sortByLabel "nope"}}{{.Value}} {{end}}"#, .text("0 1 1 ")),
            (#"{{range query "up" | sortByLabel "rank"}}{{.Labels.rank}}:{{.Value}} {{end}}"#, .text("10:0 9:1 9:1 ")),
            (#"{{query "up" | first | strvalue}}|"#, .text("|")),
            (#"{{label "a" 5}}"#, .fault("1:124", "<5>: can't handle 5 for arg of type *template.sample")),
            ("{{value 5}}", .fault("1:120", "<5>: can't handle 5 for arg of type *template.sample")),
            ("{{value nil}}", .fault("1:114", "<value nil>: error calling value: runtime error: invalid memory address or nil pointer dereference")),
            ("{{first nil}}", .fault("1:114", "<first nil>: error calling first: first() called on vector with no elements")),
            (
                #"{{label "a" nil}}"#,
                .fault("1:114", #"<label "a" nil>: error calling label: runtime error: invalid memory address or nil pointer dereference"#)
            ),
            (
                "{{strvalue nil}}",
                .fault("1:114", "<strvalue nil>: error calling strvalue: runtime error: invalid memory address or nil pointer dereference")
            ),
            ("{{first 5}}", .fault("1:120", "<5>: can't handle 5 for arg of type template.queryResult")),
            (#"{{first "x"}}"#, .fault("1:120", #"<"x">: can't handle "x" for arg of type template.queryResult"#)),
            ("{{first $labels}}", .fault("1:120", "<$labels>: wrong type for value; expected template.queryResult; got map[string]string")),
            ("{{query 5}}", .fault("1:120", "<5>: expected string; found 5")),
            ("{{query}}", .fault("1:114", "<query>: wrong number of args for query: want 1 got 0")),
            ("{{query nil}}", .fault("1:120", "<nil>: cannot assign nil to string")),
            ("{{query $value}}", .fault("1:120", "<$value>: wrong type for value; expected string; got float64")),
            (#"{{sortByLabel "a" nil}}"#, .text("[]")),
            ("{{sortByLabel nil nil}}", .fault("1:126", "<nil>: cannot assign nil to string")),
            ("{{value}}", .fault("1:114", "<value>: wrong number of args for value: want 1 got 0")),
            (#"{{label "a"}}"#, .fault("1:114", "<label>: wrong number of args for label: want 2 got 1")),
            (#"{{query "up" | value}}"#, .fault("1:127", "<value>: wrong type for value; expected *template.sample; got template.queryResult")),
            (#"{{query "up" | first | label 5}}"#, .fault("1:141", "<5>: expected string; found 5")),
            (#"{{(query "up" | first).Labels.instance}}"#, .text("b:1")),
            (#"{{(query "up" | first).Nope}}"#, .fault("1:128", "<first>: can't evaluate field Nope in type *template.sample")),
            (#"{{(query "up").Nope}}"#, .fault("1:121", #"<"up">: can't evaluate field Nope in type template.queryResult"#)),
            (#"{{query "up" | first | value | printf "%.3f"}}"#, .text("0.000")),
            (#"{{with query "sum(up)"}}{{. | first | value | humanizePercentage}}{{end}}"#, .text("200%")),
            (#"{{printf "up{instance=%q}" "a:1" | query | first | value}}"#, .text("1")),
            (#"{{range $i, $s := query "up" | sortByLabel "instance"}}{{if $i}}, {{end}}{{$s.Labels.instance}}{{end}}"#, .text("a:1, b:1, c:1")),
            (#"{{query "up{instance='a:1'}" | first}}"#, .text("{map[__name__:up instance:a:1 rank:9] 1}")),
            (#"{{$r := query "up"}}{{len $r}} {{len $r}}"#, .text("3 3")),
            (#"{{query "rate(" }}"#, .fault("1:114", #"<query "rate(">: error calling query: 1:6: parse error: unclosed left parenthesis"#)),
            (#"{{query "1" | first | value}}"#, .text("1")),
            (
                #"{{query (printf "%s" $labels.missing)}}"#,
                .fault(
                    "1:114",
                    #"<query (printf "%s" $labels.missing)>: error calling query: unknown position: parse error: no expression found in input"#)
            ),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
