import Model
import Testing

@testable import StrictYAML

@Suite("YAML as JSON, and written again")
struct ContentTests {
    @Test(
        "plain words become what they look like, all else is text",
        arguments: [
            ("a: 1", #"{"a":1}"#), ("a: -2.5e3", #"{"a":-2.5e3}"#), ("a: true", #"{"a":true}"#), ("a: ~", #"{"a":null}"#), ("a: '1'", #"{"a":"1"}"#),
            ("a: .inf", #"{"a":".inf"}"#), ("a: 0x10", #"{"a":16}"#), ("[x, {y: [z, 'no']}]", #"["x",{"y":["z","no"]}]"#),
            ("a: 1_000.5", #"{"a":"1_000.5"}"#),
            ("é: <b>", #"{"é":"\u003cb\u003e"}"#),
        ])
    func json(text: String, expected: String) throws {
        let value = try #require(try YAMLValue.parse(text.utf8, file: "f"))
        #expect(value.json().goText == expected)
    }

    @Test("what is written again reads as the same, but for what was replaced")
    func writtenAgain() throws {
        let text = "a: {b: [1, 'true', ~, {c: hush}], d: null, e: 'x: y'}\nf: hush\n"
        let value = try #require(try YAMLValue.parse(text.utf8, file: "f"))
        let shown = value.output { path, key, _ in key == "c" || (path.isEmpty && key == "f") ? .text("*") : nil }.document
        let again = try #require(try YAMLValue.parse(shown.utf8, file: "f"))
        #expect(again.json().goText == #"{"a":{"b":[1,"true",null,{"c":"*"}],"e":"x: y"},"f":"*"}"#)
    }
}
