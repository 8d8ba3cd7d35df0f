import Testing

@Suite("Constants")
struct ConstantTests {
    @Test(
        "expand as Prometheus does",
        arguments: [
            ("{{1}} {{-2}} {{+3}}", .text("1 -2 3")),
            ("{{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}}", .text("31 5 15 15 1000")),
            (#"{{'a'}} {{'\n'}} {{'é'}} {{'\x41'}} {{'\u00e9'}}"#, .text("97 10 233 65 233")),
            ("{{1.5}} {{1e3}} {{1e6}} {{.5}} {{1.}}", .text("1.5 1000 1e+06 0.5 1")),
            ("{{1e100}} {{1e-7}} {{123456789.0}} {{0.1}}", .text("1e+100 1e-07 1.23456789e+08 0.1")),
            ("{{true}} {{false}}", .text("true false")),
            ("{{nil}}", .fault("1:114", "<nil>: nil is not a command")),
            ("{{print nil}}", .text("<nil>")),
            ("{{9223372036854775807}}", .text("9223372036854775807")),
            ("{{9223372036854775808}}", .fault("1:114", "<9223372036854775808>: 9223372036854775808 overflows int")),
            ("{{-9223372036854775808}}", .text("-9223372036854775808")),
            ("{{99999999999999999999}}", .unreadable(#"1: integer overflow: "99999999999999999999""#)),
            ("{{1e400}}", .unreadable(#"1: illegal number syntax: "1e400""#)),
            ("{{'ab'}}", .unreadable("1: malformed character constant: 'ab'")),
            ("{{''}}", .unreadable("1: invalid syntax")),
            ("{{08}}", .unreadable(#"1: integer overflow: "08""#)),
            ("{{0x}}", .unreadable(#"1: illegal number syntax: "0x""#)),
            ("{{1a}}", .unreadable(#"1: bad number syntax: "1a""#)),
            ("{{0x1p4}}", .text("16")),
            ("{{0x1.8p1}}", .text("3")),
            ("{{1__0}}", .unreadable(#"1: illegal number syntax: "1__0""#)),
            ("{{0_1}}", .text("1")),
            ("{{0x_1}}", .text("1")),
            (#"{{'\''}}"#, .text("39")),
            ("{{100000.0}} {{1000000.0}} {{1234567.0}}", .text("100000 1e+06 1.234567e+06")),
            ("{{-0.0}}", .text("-0")),
            ("{{0x1.8}}", .unreadable(#"1: illegal number syntax: "0x1.8""#)),
        ] as [(String, Expansion)])
    func expand(_ template: String, _ expected: Expansion) {
        expectExpansion(of: template, expected)
    }
}
