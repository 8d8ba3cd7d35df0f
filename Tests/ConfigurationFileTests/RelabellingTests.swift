import Model
import StrictYAML
import Testing

@testable import Scraping

@Suite("Relabelling")
struct RelabellingTests {
    private static let start = Labels([(name: "a", value: "foo"), (name: "b", value: "Bar"), (name: "c", value: "baz")])

    /// What the rules make of `{a="foo", b="Bar", c="baz"}`.
    private func result(_ yaml: String) throws -> String? {
        let list = try #require(try YAMLValue.parse(yaml.utf8, file: "r.yml")).list()
        return Relabeller.apply(try RelabelRule.readAll(list), to: Self.start)?.description
    }

    @Test(
        "each action",
        arguments: [
            ("- {source_labels: [a], regex: f(.*), target_label: d, replacement: 'ch${1}-ch${1}'}", #"{a="foo", b="Bar", c="baz", d="choo-choo"}"#),
            ("- {source_labels: [a, b], separator: '-', target_label: d}", #"{a="foo", b="Bar", c="baz", d="foo-Bar"}"#),
            ("- {source_labels: [a], regex: x, target_label: d}", #"{a="foo", b="Bar", c="baz"}"#),
            ("- {source_labels: [a], target_label: b, replacement: ''}", #"{a="foo", c="baz"}"#),
            ("- {source_labels: [c], target_label: '${1}', replacement: x, regex: (.*)}", #"{a="foo", b="Bar", baz="x", c="baz"}"#),
            ("- {source_labels: [a], regex: fo+, action: keep}", #"{a="foo", b="Bar", c="baz"}"#),
            ("- {source_labels: [a], regex: fo, action: keep}", nil),
            ("- {source_labels: [a], regex: foo, action: drop}", nil),
            ("- {source_labels: [a], target_label: c, action: keepequal}", nil),
            ("- {source_labels: [a], target_label: c, action: dropequal}", #"{a="foo", b="Bar", c="baz"}"#),
            ("- {source_labels: [c], target_label: d, action: hashmod, modulus: 1000}", #"{a="foo", b="Bar", c="baz", d="976"}"#),
            ("- {regex: (b.*), replacement: bar_$1, action: labelmap}", #"{a="foo", b="Bar", bar_b="Bar", c="baz"}"#),
            ("- {regex: '[ab]', action: labeldrop}", #"{c="baz"}"#),
            ("- {regex: '[ab]', action: labelkeep}", #"{a="foo", b="Bar"}"#),
            ("- {source_labels: [b], target_label: d, action: lowercase}", #"{a="foo", b="Bar", c="baz", d="bar"}"#),
            ("- {source_labels: [b], target_label: d, action: Uppercase}", #"{a="foo", b="Bar", c="baz", d="BAR"}"#),
            ("- {source_labels: [a], target_label: 'a name with é'}", #"{a="foo", "a name with é"="foo", b="Bar", c="baz"}"#),
        ] as [(String, String?)])
    func actions(yaml: String, expected: String?) throws {
        #expect(try result(yaml) == expected)
    }

    @Test("MD5 of the RFC's own examples")
    func md5() {
        #expect(MD5.digest(of: "".utf8) == [0xd98c_1dd4, 0x04b2_008f, 0x9809_80e9, 0x7e42_f8ec])
        #expect(MD5.lastWord(of: "abc".utf8) == 0xd696_3f7d_28e1_7f72)
        #expect(MD5.lastWord(of: String(repeating: "1234567890", count: 8).utf8) == 0xac49_da2e_2107_b67a)
    }
}
