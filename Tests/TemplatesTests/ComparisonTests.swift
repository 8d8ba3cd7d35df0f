import Testing

@Suite("Logic and comparisons")
struct ComparisonTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("{{eq 1 1}} {{eq 1 2}} {{eq 1 2 1}}", .text("true false true")),
            (#"{{eq "a" "a"}} {{eq "a" "b" "a"}}"#, .text("true true")),
            ("{{eq 1.5 1.5}} {{eq true true}}", .text("true true")),
            ("{{eq 1 1.0}}", .fault("1:114", "<eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64")),
            (#"{{eq 1 "1"}}"#, .fault("1:114", #"<eq 1 "1">: error calling eq: incompatible types for comparison: int and string"#)),
            ("{{eq 1}}", .fault("1:114", "<eq 1>: error calling eq: missing argument for comparison")),
            ("{{eq}}", .fault("1:114", "<eq>: wrong number of args for eq: want at least 1 got 0")),
            ("{{eq $value 1234567.5}}", .text("true")),
            (
                "{{eq $labels $labels}}",
                .fault("1:114", #"<eq $labels $labels>: error calling eq: non-comparable type \#(labelMap): map[string]string"#)
            ),
            ("{{eq nil nil}}", .text("true")),
            ("{{eq nil 1}}", .text("false")),
            ("{{eq 1 nil}}", .text("false")),
            (#"{{eq (index "abc" 0) 97}}"#, .text("true")),
            (#"{{eq (index "abc" 0) -97}}"#, .text("false")),
            (#"{{ne 1 2}} {{ne "a" "a"}}"#, .text("true false")),
            ("{{ne 1}}", .fault("1:114", "<ne>: wrong number of args for ne: want 2 got 1")),
            (#"{{ne 1 "a"}}"#, .fault("1:114", #"<ne 1 "a">: error calling ne: incompatible types for comparison: int and string"#)),
            (#"{{lt 1 2}} {{lt 2 1}} {{lt "a" "b"}} {{lt 1.5 2.5}}"#, .text("true false true true")),
            ("{{lt 1 1.5}}", .fault("1:114", "<lt 1 1.5>: error calling lt: incompatible types for comparison: int and float64")),
            ("{{lt true false}}", .fault("1:114", "<lt true false>: error calling lt: invalid type for comparison")),
            ("{{lt $labels 1}}", .fault("1:114", "<lt $labels 1>: error calling lt: invalid type for comparison")),
            ("{{lt nil 1}}", .fault("1:114", "<lt nil 1>: error calling lt: invalid type for comparison")),
            ("{{lt 1}}", .fault("1:114", "<lt>: wrong number of args for lt: want 2 got 1")),
            ("{{le 1 1}} {{le 2 1}} {{gt 2 1}} {{gt 1 1}} {{ge 1 1}} {{ge 0 1}}", .text("true false true false true false")),
            ("{{gt $value 1000000.0}}", .text("true")),
            ("{{gt $value 1000000}}", .fault("1:114", "<gt $value 1000000>: error calling gt: incompatible types for comparison: float64 and int")),
            ("{{if gt $value 5.0}}big{{end}}", .text("big")),
            (#"{{ge "b" "a"}}"#, .text("true")),
            (#"{{lt (index "abc" 0) 98}}"#, .text("true")),
            (#"{{lt -1 (index "abc" 0)}}"#, .text("true")),
            ("{{gt 1 nil}}", .fault("1:114", "<gt 1 nil>: error calling gt: invalid type for comparison")),
            (
                #"{{and 1 0 2}} {{and 1 2}} {{or 0 3}} {{or 0 ""}}|{{and}}"#,
                .fault("1:163", "<and>: wrong number of args for and: want at least 1 got 0")
            ),
            (#"{{or 0 ""}}|{{or "" 0}}"#, .text("|0")),
            (#"{{and true (eq 1 "a")}}"#, .fault("1:124", #"<eq 1 "a">: error calling eq: incompatible types for comparison: int and string"#)),
            (#"{{and false (eq 1 "a")}} {{or true (eq 1 "a")}}"#, .text("false true")),
            (#"{{not 0}} {{not 1}} {{not ""}} {{not nil}}"#, .text("true false true true")),
            ("{{not}}", .fault("1:114", "<not>: wrong number of args for not: want 1 got 0")),
            ("{{not 1 2}}", .fault("1:114", "<not>: wrong number of args for not: want 1 got 2")),
            ("{{1 | and 2}} {{0 | or 0}}", .text("1 0")),
            ("{{or nil 1}}", .text("1")),
            ("{{and nil 1}}", .text("<no value>")),
            ("{{nil | not}}", .fault("1:114", "<nil>: nil is not a command")),
            (
                "{{eq (args 1) (args 1)}}",
                .fault("1:114", "<eq (args 1) (args 1)>: error calling eq: non-comparable type map[arg0:%!s(int=1)]: map[string]interface {}")
            ),
            (
                #"{{eq (query "up") (query "up")}}"#,
                .fault(
                    "1:114",
                    #"<eq (query "up") (query "up")>: error calling eq: non-comparable type [%!s(*template.sample=&{map[__name__:up instance:b:1 rank:10] 0}) %!s(*template.sample=&{map[__name__:up instance:a:1 rank:9] 1}) %!s(*template.sample=&{map[__name__:up instance:c:1 rank:9] 1})]: template.queryResult"#
                )
            ),
            (#"{{$q := query "up" | first}}{{eq $q $q}}"#, .text("true")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            ("{{eq .Value .Value}}", .text("true")),
            (#"{{eq (safeHtml "a") "a"}}"#, .text("true")),
            ("{{eq $labels 1}}", .fault("1:114", "<eq $labels 1>: error calling eq: incompatible types for comparison: map[string]string and int")),
            ("{{eq 1 $labels}}", .fault("1:114", "<eq 1 $labels>: error calling eq: incompatible types for comparison: int and map[string]string")),
            ("{{eq $labels nil}}", .text("false")),
            (
                "{{eq $labels .}}",
                .fault(
                    "1:114",
                    #"<eq $labels .>: error calling eq: non-comparable types \#(labelMap): map[string]string, \#(dataType): {\#(labelMap) map[cluster:c1 region:eu] http://prom.example.com:9090/path 1.2345675e+06}"#
                )
            ),
            (
                "{{eq . .}}",
                .fault(
                    "1:114",
                    #"<eq . .>: error calling eq: non-comparable type {\#(labelMap) map[cluster:c1 region:eu] http://prom.example.com:9090/path %!s(float64=1.2345675e+06)}: \#(dataType)"#
                )
            ),
            (#"{{lt "a" 1}}"#, .fault("1:114", #"<lt "a" 1>: error calling lt: incompatible types for comparison: string and int"#)),
            ("{{eq true 1}}", .fault("1:114", "<eq true 1>: error calling eq: incompatible types for comparison: bool and int")),
            ("{{lt nil nil}}", .fault("1:114", "<lt nil nil>: error calling lt: invalid type for comparison")),
            (
                "{{eq (args 1) $labels}}",
                .fault("1:114", #"<eq (args 1) $labels>: error calling eq: non-comparable type \#(labelMap): map[string]string"#)
            ),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
