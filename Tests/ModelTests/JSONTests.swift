import Model
import Testing

@Suite struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func documentsAreRead() throws {
        #expect(try parse(" null ") == .null)
        #expect(try parse("[true,false , []]") == .array([.bool(true), .bool(false), .array([])]))
        #expect(try parse("{\"a\": {\"b\" :1}, \"a\":2}")["a"]?.integer == 2)
        #expect(try parse("-9223372036854775808").integer == .min)
        #expect(try parse("9223372036854775808").integer == nil)
        #expect(try parse("-0.5e+7") == .number("-0.5e+7"))
        #expect(try parse(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#).text == "a\"\\/\u{8}\u{c}\n\r\té😀é")
        #expect(try parse("{\"a\":null}")["a"] == nil)
    }

    @Test(arguments: [
        "", " ", "nul", "truee", "01", "1.", "1e", "-", "+1", ".5", "[1,]", "[1 2]", "[", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "\"",
        "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "[1]]", "NaN",
    ])
    func whatIsNoJSONIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test func depthAndEncodingAreLimited() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try parse(nested(JSONValue.depthLimit))
        #expect(throws: JSONError.self) { try parse(nested(JSONValue.depthLimit + 1)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let value = JSONValue.object([
            .init("text", .string("\"\\\n\u{1}é")), .init("list", .array([JSONValue(1), .null, .object([])])), .init("flag", .bool(true)),
        ])
        #expect(try JSONValue(parsing: value.indented) == value)
        #expect(try JSONValue(parsing: value.compact) == value)
        #expect(String(decoding: value.compact, as: UTF8.self) == #"{"text":"\"\\\n\u0001é","list":[1,null,{}],"flag":true}"#)
        #expect(
            String(decoding: value.indented, as: UTF8.self)
                == "{\n\t\"text\": \"\\\"\\\\\\n\\u0001é\",\n\t\"list\": [\n\t\t1,\n\t\tnull,\n\t\t{}\n\t],\n\t\"flag\": true\n}\n")
    }
}
