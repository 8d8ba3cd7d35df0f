import Model
import TestKit
import Testing

@Suite("Labels, numbers and durations")
struct LabelsTests {
    @Test("labels sort by bytes, drop empty values and come back as they went in")
    func roundTrip() {
        var random = SeededRandom(1)
        let alphabet = ["a", "b", "é", "e\u{301}", "_", "Z", "\u{1F600}"]
        for _ in 0..<2000 {
            var pairs: [(name: String, value: String)] = []
            for _ in 0..<random.below(6) {
                let name = (0...random.below(3)).map { _ in alphabet[random.below(alphabet.count)] }.joined()
                if pairs.contains(where: { sameBytes($0.name, name) }) { continue }
                pairs.append((name: name, value: random.below(5) == 0 ? "" : String(repeating: "v", count: random.below(300))))
            }
            let labels = Labels(pairs)
            #expect(labels == Labels(pairs.shuffled(using: &random)))
            for pair in pairs { #expect(sameBytes(labels[pair.name] ?? "", pair.value)) }
            let (name, value) = (alphabet[random.below(alphabet.count)], random.below(3) == 0 ? "" : String(repeating: "w", count: random.below(300)))
            let others = pairs.filter { !sameBytes($0.name, name) }
            #expect(labels.setting(name, value) == Labels(others + [(name: name, value: value)]))
            let names = labels.map(\.name)
            #expect(zip(names, names.dropFirst()).allSatisfy { precedes($0, $1) })
            #expect(!labels.contains { $0.value.isEmpty } && Labels(Array(labels)) == labels)
        }
    }

    @Test("every float reads back as itself from all three forms")
    func floats() {
        var random = SeededRandom(2)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            for text in [FloatFormat.plain(value), FloatFormat.api(value), FloatFormat.general(value)] {
                let back = FloatParsing.parse(text)
                #expect(back?.bitPattern == value.bitPattern || value.isNaN && back?.isNaN == true, "\(text)")
            }
        }
    }

    @Test(
        "durations",
        arguments: [
            ("0", 0), ("1h30m", 5_400_000), ("250ms", 250), ("1y", 31_536_000_000), ("1w2d", 777_600_000), ("1m1h", nil), ("1", nil), ("", nil),
            ("5x", nil), ("1h1h", nil), ("99999999999y", nil),
        ] as [(String, Int64?)])
    func durations(text: String, milliseconds: Int64?) { #expect(PromDuration.parse(text) == milliseconds) }

    @Test(
        "groups in a template, as in Go",
        arguments: [
            ("$1", "ab"), ("${1}x", "abx"), ("$1x", ""), ("$$1", "$1"), ("$n-$2", "cd-cd"), ("${n", "${n"), ("$9", ""), ("a$", "a$"), ("$-", "$-"),
        ])
    func templates(template: String, result: String) throws {
        #expect(try LabelRegex("(a.)(?P<n>.*)").expand(template, matching: "abcd") == result)
    }
}
