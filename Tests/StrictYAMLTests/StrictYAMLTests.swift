import Testing

@testable import StrictYAML

private func parse(_ text: String) throws -> YAMLValue? { try YAMLValue.parse(text.utf8, file: "f.yml") }

private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

@Suite("Strict YAML")
struct StrictYAMLTests {
    @Test("an unknown key is refused with its place and the nearest known key")
    func unknownKey() throws {
        let root = try #require(try parse("a:\n  - scrape_intervall: 1s\n"))
        let item = try root.mapping(keys: ["a"]).list("a")[0]
        #expect(
            message { _ = try item.mapping(keys: ["scrape_interval", "job"]) }
                == "f.yml:2:5: unknown key \"scrape_intervall\" in a[0]; did you mean \"scrape_interval\"?")
    }

    @Test(
        "wrong types are refused with what was expected",
        arguments: [
            ("k: [1]", "f.yml:1:4: k: expected text, found a list"), ("k: {a: b}", "f.yml:1:4: k: expected text, found a mapping"),
        ])
    func wrongType(text: String, expected: String) throws {
        let root = try #require(try parse(text))
        #expect(message { _ = try root.mapping(keys: ["k"]).string("k") } == expected)
    }

    @Test("a text where there should be a mapping or a list may be a password, and is not quoted")
    func misplacedText() throws {
        let map = try #require(try parse("basic_auth: hunter2\nsecrets: hunter2\nnumber: 5")).mapping(keys: ["basic_auth", "secrets", "number"])
        #expect(message { _ = try map["basic_auth"]?.mapping(keys: ["user"]) } == "f.yml:1:13: basic_auth: expected a mapping, found a single value")
        #expect(message { _ = try map["secrets"]?.list() } == "f.yml:2:10: secrets: expected a list, found a single value")
        #expect(message { _ = try map["number"]?.entries() } == "f.yml:3:9: number: expected a mapping, found a single value")
    }

    @Test("quoted words are text, never numbers or truth values")
    func quotedWords() throws {
        let map = try #require(try parse("a: \"1\"\nb: 'true'\nc: 010\nd: yes\ne: ~\nf: 1_000")).mapping(keys: ["a", "b", "c", "d", "e", "f"])
        #expect(message { _ = try map.integer("a") } == "f.yml:1:4: a: expected a whole number, found \"1\"")
        #expect(message { _ = try map.bool("b") } == "f.yml:2:4: b: expected true or false, found \"true\"")
        #expect(try map.integer("c") == 8)
        #expect(try map.bool("d") == true)
        #expect(map.given("e") == nil)
        #expect(try map.integer("f") == 1000)
    }

    @Test("aliases and merge keys are resolved; own keys win over merged ones, earlier merged ones over later")
    func merging() throws {
        let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\nd: *a"
        let root = try #require(try parse(text)).mapping(keys: ["a", "b", "c", "d"])
        let c = try #require(root["c"]).mapping(keys: ["x", "y", "z"])
        #expect(try c.integer("x") == 9)
        #expect(try c.integer("y") == 2)
        #expect(try c.integer("z") == 4)
        #expect(try root["d"]?.mapping(keys: ["x", "y"]).integer("y") == 2)
    }

    @Test(
        "malformed documents are refused with a place",
        arguments: ["a: 1\na: 2", "a: [1", "a: \"x", "\ta: 1", "a: *b", "a: 1\n---\nb: 2", "? [1]\n: 2", "a: !!binary \"/w==\""])
    func malformed(text: String) {
        let said = message { _ = try parse(text) }
        #expect(said.hasPrefix("f.yml:"), "\(said)")
    }

    @Test("bytes that are not UTF-8 are refused at their place")
    func notUTF8() {
        #expect(
            message { _ = try YAMLValue.parse(Array("a: b\nc: ".utf8) + [0xff, 0x20], file: "f.yml") } == "f.yml:2:4: the file is not valid UTF-8")
    }

    @Test("deep nesting and alias bombs are refused, not followed")
    func limits() {
        #expect(message { _ = try parse(String(repeating: "[", count: 100_000)) }.contains("nested deeper"))
        #expect(message { _ = try parse(String(repeating: "- ", count: 500) + "x") }.contains("f.yml:"))
        var bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 { bomb += "l\(level): &l\(level) [" + Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ") + "]\n" }
        #expect(message { _ = try parse(bomb) }.contains("aliases stand for more"))
    }

    @Test("JSON reads as YAML")
    func json() throws {
        let list = try #require(try parse(#"[{"targets": ["a:1", "b:2"], "labels": {"x": "\u00e9"}}]"#)).list()
        #expect(try list[0].mapping(keys: ["targets", "labels"]).strings("targets") == ["a:1", "b:2"])
    }

    @Test("what is written reads back the same")
    func output() throws {
        let words = [
            "", "plain", "yes", "1", "0x1f", "12:30", "a: b", "# c", "x #y", "- a", "{", "tab\t", "new\nline", "é", "測試", "\u{85}", "'", "\"", "\\",
            "~", "<secret>", " lead", "trail ",
        ]
        let text = YAMLOutput.mapping([("words", .texts(words)), ("none", .list([]))]).document
        let root = try #require(try parse(text)).mapping(keys: ["words", "none"])
        #expect(try root.strings("words") == words, "\(text)")
    }

    @Test("patterns fit names as a shell's do")
    func globs() {
        #expect(GlobPattern("*.yml").matches("a.yml"))
        #expect(!GlobPattern("*.yml").matches("a.yaml"))
        #expect(GlobPattern("a?[0-9]*").matches("ab7xyz"))
        #expect(!GlobPattern("[^a]").matches("a"))
        #expect(GlobPattern("*a*b").matches("xaybzab"))
    }

    @Test("random damage never crashes the reader")
    func mutations() {
        let original = Array("a: &x [1, 'two', \"three\"]\nb: {c: *x, <<: {d: !!binary aGk=}}\n? e\n: |\n  text\n# end\n".utf8)
        var random = SeededRandom(seed: 20_261)
        for _ in 0..<2000 {
            var bytes = original
            for _ in 0...Int(random.next() % 4) {
                let at = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.insert("[]{}:-&*!|>'\"%@#\n ,?".utf8.randomElement(using: &random) ?? 0, at: at)
                default: bytes.remove(at: at)
                }
            }
            _ = try? YAMLValue.parse(bytes, file: "f.yml")
        }
    }
}

/// SplitMix64.
private struct SeededRandom: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
