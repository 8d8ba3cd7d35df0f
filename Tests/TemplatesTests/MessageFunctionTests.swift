import Model
import Testing

@testable import Templates

@Suite("Functions of notifications' templates")
struct MessageFunctionTests {
    private static let host = MessageHost(now: 1_800_000_000_000) { name, _ in name == "Europe/Berlin" ? (3600, "CET") : nil }

    private static func expand(_ text: String) throws -> String {
        let template = try Template(parsing: text, name: "t", functions: MessageFunctions.all)
        let data = TemplateRecord(
            [
                .init("Name", .string("disk full")), .init("At", .object(GoTime(1_799_999_000_500, isPointer: false))),
                .init("Labels", .labels(Labels([(name: "a", value: "<1>"), (name: "b", value: "2")]))),
            ], typeName: "*template.Data")
        return try template.execute(.record(data), host: host)
    }

    @Test(
        "texts, lists, maps and times",
        arguments: [
            ("{{ .Name | toUpper }} {{ title .Name }} {{ toLower \"ABC\" }}", "DISK FULL Disk Full abc"),
            ("[{{ trimSpace \" \\t x y\\n\" }}]", "[x y]"), ("{{ match \"^d.*k\" .Name }} {{ match \"^k\" .Name }}", "true false"),
            ("{{ reReplaceAll \"(d)isk\" \"${1}rive\" .Name }}", "drive full"), ("{{ join \", \" (stringSlice \"a\" \"b\") }}", "a, b"),
            ("{{ safeHtml \"<b>\" }}{{ safeUrl \"http://x\" }}", "<b>http://x"), ("{{ urlUnescape \"a%20b+c%2F\" }}", "a b c/"),
            ("{{ range append (list 1 \"x\") true }}{{ . }};{{ end }}", "1;x;true;"), ("{{ (dict \"a\" 1 \"b\" \"c\").b }}", "c"),
            ("{{ toJson .Labels }}", #"{"a":"\u003c1\u003e","b":"2"}"#), ("{{ toJson (list 1 \"x\" true) }}", #"[1,"x",true]"#),
            ("{{ toJson .At }}", "\"2027-01-15T07:43:20.5Z\""), ("{{ date \"2006-01-02 15:04:05 MST\" .At }}", "2027-01-15 07:43:20 UTC"),
            ("{{ .At | tz \"Europe/Berlin\" | date \"15:04 MST -07:00\" }}", "08:43 CET +01:00"),
            ("{{ (tz \"Europe/Berlin\" .At).Format \"2006-01-02T15:04:05Z07:00\" }}", "2027-01-15T08:43:20+01:00"),
            ("{{ (tz \"Europe/Berlin\" .At).UTC.Hour }}", "7"), ("{{ since .At | humanizeDuration }}", "16m 39s"),
            ("{{ since .At }} {{ now.Year }}", "16m39.5s 2027"), ("{{ humanizeDuration 90061 }}", "1d 1h 1m 1s"),
            ("{{ tz \"Europe/Berlin\" .At }}", "2027-01-15 08:43:20.5 +0100 CET"), ("{{ .At }}", "2027-01-15 07:43:20.5 +0000 UTC"),
        ])
    func functions(text: String, expected: String) throws { #expect(try Self.expand(text) == expected) }

    @Test(
        "what cannot be done is said",
        arguments: [
            ("{{ tz \"Nowhere\" .At }}", "unknown time zone Nowhere"), ("{{ date \"15:04\" .Name }}", "expected time.Time; got string"),
            ("{{ dict \"a\" }}", "dict expects an even number of arguments"), ("{{ urlUnescape \"%zz\" }}", "invalid URL escape"),
            ("{{ reReplaceAll \"(\" \"\" .Name }}", "error parsing regexp"),
        ])
    func faults(text: String, expected: String) throws {
        do {
            _ = try Self.expand(text)
            #expect(Bool(false), "no fault")
        } catch let error as TemplateError {
            #expect(error.description.contains(expected), Comment(rawValue: error.description))
        }
    }
}
