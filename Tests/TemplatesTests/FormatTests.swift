import Testing

@Suite("printf: text and general verbs")
struct FormatTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (#"{{printf "%v %v %v %v" 1 "a" true 1.5}}"#, .text("1 a true 1.5")),
            (#"{{printf "%s" "x"}}"#, .text("x")),
            (#"{{printf "%q %q" "a\"b" 97}}"#, .text(#""a\"b" 'a'"#)),
            (#"{{printf "%x %X" "hello" "hello"}}"#, .text("68656c6c6f 68656C6C6F")),
            (#"{{printf "% x %#x %# x" "abc" "abc" "abc"}}"#, .text("61 62 63 0x616263 0x61 0x62 0x63")),
            (#"{{printf "%5s|%-5s|%05s" "ab" "ab" "ab"}}"#, .text("   ab|ab   |000ab")),
            (#"{{printf "%.2s" "日本語"}}"#, .text("日本")),
            (#"{{printf "%5.1s|" "日本語"}}"#, .text("    日|")),
            (#"{{printf "%t %t" true false}}"#, .text("true false")),
            (#"{{printf "%T %T %T %T %T" 1 "a" 1.5 true nil}}"#, .text("int string float64 bool <nil>")),
            (#"{{printf "%T %T" $labels .Value}}"#, .text("map[string]string float64")),
            (#"{{printf "%T" .}}"#, .text(#"\#(dataType)"#)),
            (#"{{printf "%T %T" (query "up") (query "up" | first)}}"#, .text("template.queryResult *template.sample")),
            (#"{{printf "%T %T" (toTime 0) (safeHtml "a")}}"#, .text("*time.Time template.HTML")),
            (#"{{printf "%T %T" (index "a" 0) (args)}}"#, .text("uint8 map[string]interface {}")),
            (#"{{printf "%v" $labels}}"#, .text(#"\#(labelMap)"#)),
            (#"{{printf "%s" $labels}}"#, .text(#"\#(labelMap)"#)),
            (
                #"{{printf "%q" $labels}}"#,
                .text(#"map["__name__":"m" "instance":"host-1.example.com:9100" "job":"node" "msg":"<a href=\"x\">Tom & 'Jerry'</a>"]"#)
            ),
            (
                #"{{printf "%d" $labels}}"#,
                .text(
                    #"map[%!d(string=__name__):%!d(string=m) %!d(string=instance):%!d(string=host-1.example.com:9100) %!d(string=job):%!d(string=node) %!d(string=msg):%!d(string=<a href="x">Tom & 'Jerry'</a>)]"#
                )
            ),
            (#"{{printf "%+v" (query "up" | first)}}"#, .text("&{Labels:map[__name__:up instance:b:1 rank:10] Value:0}")),
            (#"{{printf "%v" (query "up" | first)}}"#, .text("&{map[__name__:up instance:b:1 rank:10] 0}")),
            (#"{{printf "%#v" "a"}}"#, .text(#""a""#)),
            (#"{{printf "%#v %#v %#v" 1 1.5 true}}"#, .text("1 1.5 true")),
            (#"{{printf "%#v" $externalLabels}}"#, .text(#"map[string]string{"cluster":"c1", "region":"eu"}"#)),
            (
                #"{{printf "%+v" .}}"#,
                .text(
                    #"{Labels:\#(labelMap) ExternalLabels:map[cluster:c1 region:eu] ExternalURL:http://prom.example.com:9090/path Value:1.2345675e+06}"#
                )
            ),
            (#"{{printf "%v" nil}}"#, .text("<nil>")),
            (#"{{printf "%d %s" nil nil}}"#, .text("%!d(<nil>) %!s(<nil>)")),
            (#"{{printf "%z" 1}}"#, .text("%!z(int=1)")),
            (#"{{printf "%d" "x"}}"#, .text("%!d(string=x)")),
            (#"{{printf "%s" 5}}"#, .text("%!s(int=5)")),
            (#"{{printf "%s" 1.5}}"#, .text("%!s(float64=1.5)")),
            (#"{{printf "%s" true}}"#, .text("%!s(bool=true)")),
            (#"{{printf "%t" 1}}"#, .text("%!t(int=1)")),
            (#"{{printf "%t" "a"}}"#, .text("%!t(string=a)")),
            (#"{{printf "%d %d" 1}}"#, .text("1 %!d(MISSING)")),
            (#"{{printf "%d" 1 2 "a"}}"#, .text("1%!(EXTRA int=2, string=a)")),
            (#"{{printf "x" nil}}"#, .text("x%!(EXTRA <nil>)")),
            (#"{{printf "%"}}"#, .text("%!(NOVERB)")),
            (#"{{printf "%!"}}"#, .text("%!!(MISSING)")),
            (#"{{printf "100%%"}}"#, .text("100%")),
            ("{{printf}}", .fault("1:114", "<printf>: wrong number of args for printf: want at least 1 got 0")),
            ("{{printf 5}}", .fault("1:121", "<5>: expected string; found 5")),
            ("{{printf $value}}", .fault("1:121", "<$value>: wrong type for value; expected string; got float64")),
            (#"{{$value | printf "%.2f"}}"#, .text("1234567.50")),
            (#"{{printf "%[2]v %[1]v" 1 2}}"#, .text("2 1")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }

    @Test(
        "expand as Prometheus does, part 2",
        arguments: [
            (#"{{printf "%[3]v" 1}}"#, .text("%!v(BADINDEX)")),
            (#"{{printf "%[x]v" 1}}"#, .text("%!v(BADINDEX)")),
            (#"{{printf "%[1]v %v" 1 2}}"#, .text("1 2")),
            (#"{{printf "%*d|%-*d|" 5 1 5 2}}"#, .text("    1|2    |")),
            (#"{{printf "%*d" "x" 1}}"#, .text("%!(BADWIDTH)1")),
            (#"{{printf "%.*f" 2 3.14159}}"#, .text("3.14")),
            (#"{{printf "%.*f" "x" 3.14159}}"#, .text("%!(BADPREC)3.141590")),
            (#"{{printf "%[1]*d" 3 4}}"#, .text("  4")),
            (#"{{printf "%-10v|%10v|" "ab" true}}"#, .text("ab        |      true|")),
            (#"{{printf "%#q %+q" "a b" "é"}}"#, .text(#"`a b` "\u00e9""#)),
            (#"{{printf "%x" $labels.job}}"#, .text("6e6f6465")),
            (#"{{printf "%v" (args 1 "b" nil)}}"#, .text("map[arg0:1 arg1:b arg2:<nil>]")),
            (#"{{printf "%d" (args 1 2)}}"#, .text("map[%!d(string=arg0):1 %!d(string=arg1):2]")),
            (#"{{printf "%s %v" (toTime 0) (toTime 1.5)}}"#, .text("1970-01-01 00:00:00 +0000 UTC 1970-01-01 00:00:01.5 +0000 UTC")),
            (#"{{printf "%d" true}}"#, .text("%!d(bool=true)")),
            (#"{{printf "%é" 1}}"#, .text("%!é(int=1)")),
            (#"{{printf "%v%%" 5}}"#, .text("5%")),
            (#"{{printf "%6.2f%%" 12.3456}}"#, .text(" 12.35%")),
            (#"{{printf "%v" (safeHtml "<b>")}}"#, .text("<b>")),
            (#"{{printf "%08v|%8v" "a" 1}}"#, .text("0000000a|       1")),
            (#"{{printf "%#v" (args 1 "b")}}"#, .text(#"map[string]interface {}{"arg0":1, "arg1":"b"}"#)),
            (#"{{printf "%d" 1.5}}"#, .text("%!d(float64=1.5)")),
            (#"{{printf "%w" 1}}"#, .text("%!w(int=1)")),
            (#"{{printf "%s" nil}}"#, .text("%!s(<nil>)")),
            (#"{{printf "%s %s" "a" "b" | html}}"#, .text("a b")),
            (#"{{printf "%q" "日本\n\x01\u2028"}}"#, .text(#""日本\n\x01\u2028""#)),
            (#"{{printf "%c%c" 72 105}}"#, .text("Hi")),
            (#"{{printf "%+q" 233}}"#, .text(#"'\u00e9'"#)),
            (#"{{printf "%#T" 1}}"#, .text("int")),
            (#"{{printf "%p" 1}}"#, .text("%!p(int=1)")),
            (#"{{printf "%[1]d %[1]v %[1]x" 10}}"#, .text("10 10 a")),
            (#"{{printf "%.3v|%.3q" "abcdef" "abcdef"}}"#, .text(#"abc|"abc""#)),
            (#"{{printf "%3c|%-3c|" 65 66}}"#, .text("  A|B  |")),
            (#"{{printf "%-"}}"#, .text("%!(NOVERB)")),
            (#"{{printf "%.d" 5}}"#, .text("5")),
            (#"{{printf "%[2]d" 1 2}}"#, .text("2")),
            (#"{{printf "%[5]d %d" 1 2}}"#, .text("%!d(BADINDEX) 1")),
            (#"{{printf "%[" 1}}"#, .text("%!(NOVERB)")),
            (#"{{printf "%.[2]*[1]f" 1.5 3}}"#, .text("1.500")),
            (#"{{printf "%s" (args "a" 1)}}"#, .text("map[arg0:a arg1:%!s(int=1)]")),
            (#"{{printf "%20000000d|" 1}}"#, .text("%!(NOVERB)%!(EXTRA int=1)")),
            (#"{{printf "%5d|%-8.2s|%05t" "x" 12 "y"}}"#, .text("%!d(string=    x)|%!s(int=12      )|%!t(string=0000y)")),
        ] as [(String, Expansion)])
    func expand2(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
