import Testing

@Suite("printf: numbers")
struct NumberFormatTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            (#"{{printf "%d %5d|%-5d|%05d|%+d|% d" 42 42 42 42 42 42}}"#, .text("42    42|42   |00042|+42| 42")),
            (#"{{printf "%x %X %#x %o %#o %O %b %#b" 255 255 255 8 8 8 5 5}}"#, .text("ff FF 0xff 10 010 0o10 101 0b101")),
            (#"{{printf "%c %c %U %#U" 65 233 9786 9786}}"#, .text("A é U+263A U+263A '☺'")),
            (#"{{printf "%d %x" -5 -255}}"#, .text("-5 -ff")),
            (#"{{printf "%.3d|%8.3d|%08.3d|%-8.3d|" 5 5 5 5}}"#, .text("005|     005|     005|005     |")),
            (#"{{printf "%.0d|" 0}}"#, .text("|")),
            (
                #"{{printf "%f %.2f %8.2f|%-8.2f|%08.2f|%+.1f" 3.14159 3.14159 3.14159 3.14159 3.14159 3.14159}}"#,
                .text("3.141590 3.14     3.14|3.14    |00003.14|+3.1")
            ),
            (#"{{printf "%e %.2e %E" 123456.789 123456.789 0.00012}}"#, .text("1.234568e+05 1.23e+05 1.200000E-04")),
            (#"{{printf "%g %g %g %.3g %G" 1e21 1e-7 100000.0 123456.0 1e-10}}"#, .text("1e+21 1e-07 100000 1.23e+05 1E-10")),
            (#"{{printf "%v %v %v" 1e20 1e21 123456789.0}}"#, .text("1e+20 1e+21 1.23456789e+08")),
            (#"{{printf "%6.1f|" 2.25}}"#, .text("   2.2|")),
            (#"{{printf "%.0f %.0f %.0f" 0.5 1.5 2.5}}"#, .text("0 2 2")),
            (#"{{printf "%f" 1}}"#, .text("%!f(int=1)")),
            (#"{{printf "%.2f" $labels.job}}"#, .text("%!f(string=no)")),
            (#"{{printf "%.2f" "5"}}"#, .text("%!f(string=5)")),
            (#"{{printf "%5t|%-7t|" true false}}"#, .text(" true|false  |")),
            (#"{{printf "%x" 1.5}}"#, .text("0x1.8p+00")),
            (#"{{printf "%b" 1.0}}"#, .text("4503599627370496p-52")),
            (#"{{printf "%08.3f %+08.3f % .3f" -3.14159 3.14159 3.14159}}"#, .text("-003.142 +003.142  3.142")),
            (#"{{printf "%q %q" 65 1114112}}"#, .text("'A' '�'")),
            (#"{{printf "%d" (index "a" 0)}} {{printf "%x %v" (index "a" 0) (index "a" 0)}}"#, .text("97 61 97")),
            (#"{{printf "%5.2f %5d" 1e10 123456}}"#, .text("10000000000.00 123456")),
            (#"{{printf "%.10f" 0.1}}"#, .text("0.1000000000")),
            (#"{{printf "%.20f" 0.1}}"#, .text("0.10000000000000000555")),
            (#"{{printf "%.3f" 2.0005}}"#, .text("2.001")),
            (#"{{printf "%.100f" 0.1 | len}}"#, .text("102")),
            (#"{{printf "%+d % d %+d" 0 0 -1}}"#, .text("+0  0 -1")),
            (#"{{printf "%#x %#X %#o" 0 0 0}}"#, .text("0x0 0X0 0")),
            (#"{{printf "%-05d|%+05d|" 3 3}}"#, .text("3    |+0003|")),
            (#"{{printf "%X" -1}}"#, .text("-1")),
            (#"{{printf "%U" -1}}"#, .text("U+FFFFFFFFFFFFFFFF")),
            (#"{{printf "%c" -1}}"#, .text("�")),
            (#"{{printf "%.4g %.4g %.4g" 1234567.0 0.00001234 1234.5}}"#, .text("1.235e+06 1.234e-05 1234")),
            (#"{{printf "%10.3e|" 1234.5}}"#, .text(" 1.234e+03|")),
            (#"{{printf "%v %.2f %d" (parseDuration "1d") (parseDuration "1d") 1}}"#, .text("86400 86400.00 1")),
            (#"{{printf "%x %X %.2x" 0.1 255.5 3.14159}}"#, .text("0x1.999999999999ap-04 0X1.FFP+07 0x1.92p+01")),
            (#"{{printf "%b" 0.1}}"#, .text("7205759403792794p-56")),
            (#"{{printf "%8v|%-8v|%08v" 1.5 1.5 1.5}}"#, .text("     1.5|1.5     |000001.5")),
            (#"{{printf "%+v %+v" 1.5 2}}"#, .text("1.5 2")),
            (#"{{printf "%#.3x" 3}}"#, .text("0x003")),
            (#"{{printf "%6d|%06d" -42 -42}}"#, .text("   -42|-00042")),
            (#"{{printf "%s" 10}}"#, .text("%!s(int=10)")),
            (#"{{printf "%.1f%%" (printf "%.1f" 3.5)}}"#, .text("%!f(string=3)%")),
            (#"{{printf "%f %f" (reReplaceAll "a" "1" "a") 1.0}}"#, .text("%!f(string=1) 1.000000")),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
