import Testing

@Suite("Text functions of rules")
struct RuleTextTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (
                #"{{toUpper "abc é ß"}} {{toLower "ABC É"}} {{title "hello wOrld foo-bar_baz it's"}}"#,
                .text("ABC É ß abc é Hello WOrld Foo-Bar_baz It's")
            ),
            (#"{{title "éa 1a ǆ"}}"#, .text("Éa 1A ǅ")),
            (#"{{title ""}}|{{toUpper ""}}|"#, .text("||")),
            (#"{{title "foo.bar a:b x,y 1.a host-1.example.com it’s"}}"#, .text("Foo.bar A:b X,Y 1.A Host-1.Example.com It’s")),
            (#"{{title "_ab a_b 1,2a ab1cd ÉTÉ a''b 'x' ab. c"}}"#, .text("_Ab A_b 1,2A Ab1cd ÉTÉ A''B 'X' Ab. C")),
            (#"{{title "HELLO"}}"#, .text("HELLO")),
            ("{{toUpper 5}}", .fault("1:122", "<5>: expected string; found 5")),
            ("{{title $value}}", .fault("1:120", "<$value>: wrong type for value; expected string; got float64")),
            ("{{toUpper}}", .fault("1:114", "<toUpper>: wrong number of args for toUpper: want 1 got 0")),
            ("{{toUpper $labels.missing}}|", .text("|")),
            (#"{{match "a+" "xaay"}} {{match "^a+$" "xaay"}}"#, .text("true false")),
            (#"{{match "(" "x"}}"#, .fault("1:114", #"<match "(" "x">: error calling match: error parsing regexp: missing closing ): `(`"#)),
            (#"{{match "[" "x"}}"#, .fault("1:114", #"<match "[" "x">: error calling match: error parsing regexp: missing closing ]: `[`"#)),
            (
                #"{{match "*" "x"}}"#,
                .fault("1:114", #"<match "*" "x">: error calling match: error parsing regexp: missing argument to repetition operator: `*`"#)
            ),
            (
                #"{{match "a**" "x"}}"#,
                .fault("1:114", #"<match "a**" "x">: error calling match: error parsing regexp: invalid nested repetition operator: `**`"#)
            ),
            (
                #"{{match "\\" "x"}}"#,
                .fault("1:114", #"<match "\\" "x">: error calling match: error parsing regexp: trailing backslash at end of expression: ``"#)
            ),
            (
                #"{{match "(?P<n" "x"}}"#,
                .fault("1:114", #"<match "(?P<n" "x">: error calling match: error parsing regexp: invalid named capture: `(?P<n`"#)
            ),
            (
                #"{{match "a{1001}" "x"}}"#,
                .fault("1:114", #"<match "a{1001}" "x">: error calling match: error parsing regexp: invalid repeat count: `{1001}`"#)
            ),
            (
                #"{{match "\\z\\q" "x"}}"#,
                .fault("1:114", #"<match "\\z\\q" "x">: error calling match: error parsing regexp: invalid escape sequence: `\q`"#)
            ),
            (#"{{match "(?i)HOST" $labels.instance}}"#, .text("true")),
            (#"{{match "a.b" "a\nb"}}"#, .text("false")),
            (#"{{match ")" "x"}}"#, .fault("1:114", #"<match ")" "x">: error calling match: error parsing regexp: unexpected ): `)`"#)),
            (
                #"{{match "x{2,1}" "x"}}"#,
                .fault("1:114", #"<match "x{2,1}" "x">: error calling match: error parsing regexp: invalid repeat count: `{2,1}`"#)
            ),
            (
                #"{{match "[z-a]" "x"}}"#,
                .fault("1:114", #"<match "[z-a]" "x">: error calling match: error parsing regexp: invalid character class range: `z-a`"#)
            ),
            (
                #"{{match "[[:foo:]]" "x"}}"#,
                .fault("1:114", #"<match "[[:foo:]]" "x">: error calling match: error parsing regexp: invalid character class range: `[:foo:]`"#)
            ),
            (
                #"{{match "(?z)" "x"}}"#,
                .fault("1:114", #"<match "(?z)" "x">: error calling match: error parsing regexp: invalid or unsupported Perl syntax: `(?z`"#)
            ),
            (#"{{match "" ""}}"#, .text("true")),
            (#"{{match "a"}}"#, .fault("1:114", "<match>: wrong number of args for match: want 2 got 1")),
            (#"{{match 1 "x"}}"#, .fault("1:120", "<1>: expected string; found 1")),
            (#"{{reReplaceAll "(.*):(.*)" "$1 on $2" $labels.instance}}"#, .text("host-1.example.com on 9100")),
            (#"{{reReplaceAll "a" "x" "banana"}} {{reReplaceAll "a*" "-" "baac"}} {{reReplaceAll "" "-" "abc"}}"#, .text("bxnxnx -b-c- -a-b-c-")),
            (#"{{reReplaceAll "(?P<h>[a-z]+)-(\\d)" "${h}_$2$$" "host-1"}}"#, .text("host_1$")),
            (#"{{reReplaceAll "(a)" "$1x ${1}x $2" "a"}}"#, .text(" ax ")),
            (#"{{reReplaceAll "x" "y" ""}}|"#, .text("|")),
            (#"{{reReplaceAll "é" "e" "café é"}} {{reReplaceAll "" "-" "éa"}}"#, .text("cafe e -é-a-")),
            (
                #"{{reReplaceAll "(" "a" "b"}}"#,
                .fault(
                    "1:114",
                    #"<reReplaceAll "(" "a" "b">: error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"#)
            ),
            (
                #"{{reReplaceAll "`(" "a" "b"}}"#,
                .fault(
                    "1:114",
                    #"<reReplaceAll "`(" "a" "b">: error calling reReplaceAll: regexp: Compile("`("): error parsing regexp: missing closing ): ``(`"#)
            ),
            (#"{{reReplaceAll "a" "$" "a"}} {{reReplaceAll "a" "${" "a"}} {{reReplaceAll "a" "$-" "a"}}"#, .text("$ ${ $-")),
            (#"{{reReplaceAll "^a" "b" "aaa"}} {{reReplaceAll "a$" "b" "aaa"}} {{reReplaceAll "\\ba" "b" "a aa"}}"#, .text("baa aab b ba")),
            (#"{{reReplaceAll "a" "b"}}"#, .fault("1:114", "<reReplaceAll>: wrong number of args for reReplaceAll: want 3 got 2")),
            (#"{{$labels.instance | reReplaceAll ":.*" ""}}"#, .text("host-1.example.com")),
            (#"{{reReplaceAll "(.)(b)?" "[$1$2]" "abac"}}"#, .text("[ab][a][c]")),
            (#"{{reReplaceAll "b*" "X" "abba"}}"#, .text("XaXaX")),
            (#"{{reReplaceAll "(?m)^" "> " "a\nb"}}"#, .text("> a\n> b")),
            (#"{{reReplaceAll "(a)(b)" "$0-$2-$1" "ab"}}"#, .text("ab-b-a")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            (
                #"{{stripPort "host:80"}} {{stripPort "host"}} {{stripPort "[::1]:80"}} {{stripPort "::1"}} {{stripPort "1.2.3.4:5"}} {{stripPort ":80"}}|"#,
                .text("host host ::1 ::1 1.2.3.4 |")
            ),
            (
                #"{{stripPort "a:b:c"}} {{stripPort "[a]"}} {{stripPort "[::1]80"}} {{stripPort ""}}| {{stripPort "h:"}} {{stripPort "[h:1"}} {{stripPort "a]b:1"}}"#,
                .text("a:b:c [a] [::1]80 | h [h:1 a]b:1")
            ),
            (
                #"{{stripDomain "host.example.com:80"}} {{stripDomain "host.example.com"}} {{stripDomain "host"}} {{stripDomain "1.2.3.4:5"}} {{stripDomain "1.2.3.4"}} {{stripDomain "[::1]:80"}} {{stripDomain "::1"}}"#,
                .text("host:80 host host 1.2.3.4:5 1.2.3.4 [::1]:80 ::1")
            ),
            (
                #"{{stripDomain "1.2.3:5"}} {{stripDomain "1.2.3.256"}} {{stripDomain "01.2.3.4"}} {{stripDomain "1::2::3"}} {{stripDomain "fe80::1%eth0"}} {{stripDomain "::ffff:1.2.3.4"}} {{stripDomain ""}}|{{stripDomain "a.b:"}}|{{stripDomain ".b"}}|"#,
                .text("1:5 1 01 1::2::3 fe80::1%eth0 ::ffff:1.2.3.4 |a||")
            ),
            (
                #"{{stripDomain "1:2:3:4:5:6:7:8"}} {{stripDomain "1:2:3:4:5:6:7"}} {{stripDomain "a.b.c::d"}} {{stripDomain "[a.b::c]:80"}} {{stripDomain "1:2:3:4:5:6:1.2.3.4"}} {{stripDomain "12345::"}} {{stripDomain "::"}}"#,
                .text("1:2:3:4:5:6:7:8 1:2:3:4:5:6:7 a a:80 1:2:3:4:5:6:1.2.3.4 12345:: ::")
            ),
            (#"{{safeHtml "<b>"}} {{html (safeHtml "<b>")}}"#, .text("<b> &lt;b&gt;")),
            (#"{{safeHtml "x" | toUpper}}"#, .fault("1:129", "<toUpper>: wrong type for value; expected string; got template.HTML")),
            (#"{{safeHtml "x" | len}}"#, .text("1")),
            (#"{{printf "%s|%q|%x|%d" (safeHtml "x") (safeHtml "x") (safeHtml "x") (safeHtml "x")}}"#, .text(#"x|"x"|78|%!d(template.HTML=x)"#)),
            (#"{{graphLink "up{job=\"a\"} > 5"}}"#, .text("/graph?g0.expr=up%7Bjob%3D%22a%22%7D+%3E+5&g0.tab=0")),
            (#"{{tableLink "sum(up) + 1"}}"#, .text("/graph?g0.expr=sum%28up%29+%2B+1&g0.tab=1")),
            (#"{{args}} {{args 1 "a"}}"#, .text("map[] map[arg0:1 arg1:a]")),
            (#"{{args "x" | len}}"#, .text("1")),
            (#"{{with args "a" "b"}}{{.arg0}}{{.arg1}}{{end}}"#, .text("ab")),
            ("{{$externalURL}}/x", .text("http://prom.example.com:9090/path/x")),
            (#"{{graphLink ""}}"#, .text("/graph?g0.expr=&g0.tab=0")),
            ("{{tableLink 1}}", .fault("1:124", "<1>: expected string; found 1")),
            ("{{args (args 1)}}", .text("map[arg0:map[arg0:1]]")),
            (#"{{range $k, $v := args "q" "r"}}{{$k}}={{$v}},{{end}}"#, .text("arg0=q,arg1=r,")),
            (#"{{(args "a").arg0.b}}"#, .fault("1:120", #"<"a">: can't evaluate field b in type interface {}"#)),
            (#"{{.Labels.job | toUpper | printf "%s-%s" "x" | toLower}}"#, .text("x-node")),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
