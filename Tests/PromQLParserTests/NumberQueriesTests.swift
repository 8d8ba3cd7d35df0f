import PromQL
import Testing

@Suite("Numbers in queries")
struct NumberQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("42", "42"), ("0", "0"), ("-0", "-0"), ("+7", "7"), ("1_500_000", "1500000"), ("0x2A", "42"), ("0Xff", "255"), ("0x_ff", "255"),
            ("-0x10", "-16"), ("017", "15"), ("0777", "511"), ("089", "89"), ("08", "8"), ("1e3", "1000"), ("1E3", "1000"), ("2.5e-3", "0.0025"),
            ("2.5E+2", "250"), (".25", "0.25"), ("0.25", "0.25"), ("3.", "3"), ("3.e2", "300"), ("1e-400", "0"),
            ("9007199254740993", "9007199254740992"), ("12345678901234567890", "12345678901234567000"), ("0x7FFFFFFFFFFFFFFF", "9223372036854776000"),
            ("123456789.125", "123456789.125"), ("0.000001", "0.000001"), ("1e21", "1000000000000000000000"),
            ("1e100", "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
            ("-1e-7", "-0.0000001"), ("Inf", "+Inf"), ("inf", "+Inf"), ("+INF", "+Inf"), ("-iNf", "-Inf"), ("NaN", "NaN"), ("-nan", "NaN"),
            ("nAn", "NaN"), ("--5", "5"), ("-+-5", "5"), ("- - 5", "5"), ("5m", "5m"), ("1h30m", "1h30m"), ("1d12h", "1d12h"), ("-90s", "-1m30s"),
            ("1500ms", "1s500ms"), ("1w", "1w"), ("1y", "1y"), ("2y3w", "751d"), ("1_000 + 0x10", "1000 + 16"), ("+queue_depth", "+queue_depth"),
            ("_1", "_1"), ("Infinity", "Infinity"), ("infinity", "infinity"), ("00", "0"), ("0_7", "7"), ("1e3_0", "1000000000000000000000000000000"),
            ("1e1_0", "10000000000"), ("0e0", "0"), ("1.5_5", "1.55"), ("9223372036854775807", "9223372036854776000"),
            ("9223372036854775808", "9223372036854776000"), ("0x_1F + 1", "31 + 1"), ("1s1ms", "1s1ms"), ("106751d", "106751d"),
            ("9223372036s", "106751d23h47m16s"), ("0s", "0s"), ("5_000_000", "5000000"), ("1e-3 * 2", "0.001 * 2"), ("1E+05", "100000"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "are refused",
        arguments: [
            ("0o17", #"1:1: bad number or duration syntax: "0""#),
            ("0xFFFFFFFFFFFFFFFF", #"1:1: error parsing number: strconv.ParseFloat: parsing "0xFFFFFFFFFFFFFFFF": invalid syntax"#),
            ("1e", #"1:1: bad number or duration syntax: "1e""#), ("1e+", #"1:1: bad number or duration syntax: "1e+""#),
            ("1_", #"1:1: bad number or duration syntax: "1_""#), ("1__0", #"1:1: bad number or duration syntax: "1__""#),
            ("1_000_", #"1:1: bad number or duration syntax: "1_000_""#),
            ("0x", #"1:1: error parsing number: strconv.ParseFloat: parsing "0x": invalid syntax"#),
            ("0xG", #"1:1: bad number or duration syntax: "0x""#), ("0x1.8p1", #"1:1: bad number or duration syntax: "0x1.""#),
            ("1.2.3", #"1:1: bad number or duration syntax: "1.2.""#), ("1..2", #"1:1: bad number or duration syntax: "1..""#),
            (".", "1:1: unexpected character: '.'"), ("..5", "1:1: unexpected character: '.'"),
            ("1e400", #"1:1: error parsing number: strconv.ParseFloat: parsing "1e400": value out of range"#),
            ("-1e400", #"1:2: error parsing number: strconv.ParseFloat: parsing "1e400": value out of range"#),
            ("0b11", #"1:1: bad number or duration syntax: "0""#), ("1,000", #"1:2: unexpected ",""#),
            ("5mm", #"1:1: bad number or duration syntax: "5mm""#), ("5ms1m", #"1:1: not a valid duration string: "5ms1m""#),
            ("1h1h", #"1:1: not a valid duration string: "1h1h""#), ("5x", #"1:1: bad number or duration syntax: "5""#),
            ("5 m", #"1:3: unexpected identifier "m""#), ("1m30", #"1:1: bad number or duration syntax: "1m30""#),
            ("300y", "1:1: duration out of range"), ("1e5m", #"1:1: unknown unit "e" in duration "1e5m""#),
            ("12abc", #"1:1: bad number or duration syntax: "12""#), ("+", "1:2: unexpected end of input"), ("-", "1:2: unexpected end of input"),
            ("1 2", #"1:3: unexpected number "2""#), ("0x1p4", #"1:1: bad number or duration syntax: "0x1""#),
            ("1_e3", #"1:1: bad number or duration syntax: "1_e""#), ("1._5", #"1:1: bad number or duration syntax: "1._""#),
            ("0xABCDEFABCDEFABCDEFABCDEF", #"1:1: error parsing number: strconv.ParseFloat: parsing "0xABCDEFABCDEFABCDEFABCDEF": invalid syntax"#),
            ("0x__1", #"1:1: error parsing number: strconv.ParseFloat: parsing "0x__1": invalid syntax"#),
            ("5_ - queue_depth", #"1:1: error parsing number: strconv.ParseFloat: parsing "5_": invalid syntax"#),
            ("1__ + 2", #"1:1: bad number or duration syntax: "1__""#), ("0.1s", #"1:1: unknown unit "." in duration "0.1s""#),
            (".5s", #"1:1: not a valid duration string: ".5s""#), ("4170y", "1:1: duration out of range"), ("300y1d", "1:1: duration out of range"),
            ("106752d", "1:1: duration out of range"), ("99999999999999999999y", #"1:1: not a valid duration string: "99999999999999999999y""#),
            ("1d1w", #"1:1: not a valid duration string: "1d1w""#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }
}
