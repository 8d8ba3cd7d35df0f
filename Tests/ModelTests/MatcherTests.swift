import Model
import Testing

@Suite("Matchers and regular expressions")
struct MatcherTests {
    private static let all: [Matcher.Kind] = [.equal, .notEqual, .matches, .matchesNot]

    /// What `=`, `!=`, `=~` and `!~` with this value say of the label's value.
    static let verdicts: [(value: String, label: String, verdicts: [Bool])] = [
        ("", "", [true, false, true, false]),
        ("", "a", [false, true, false, true]),
        ("a", "", [false, true, false, true]),
        ("a", "a", [true, false, true, false]),
        ("a", "ab", [false, true, false, true]),
        ("a.*", "ab", [false, true, true, false]),
        ("a.*", "", [false, true, false, true]),
        (".*", "", [false, true, true, false]),
        (".+", "", [false, true, false, true]),
        (".+", "a", [false, true, true, false]),
        ("a|", "", [false, true, true, false]),
        ("a?", "", [false, true, true, false]),
        ("a?", "a?", [true, false, false, true]),
        // The same character in two encodings is two values.
        ("\u{e9}", "e\u{301}", [false, true, false, true]),
    ]

    @Test("each kind against values and absence", arguments: verdicts)
    func kinds(value: String, label: String, verdicts: [Bool]) throws {
        for (kind, verdict) in zip(Self.all, verdicts) {
            let matcher = try Matcher(kind, "x", value)
            #expect(matcher.matches(label) == verdict, "\(matcher) of \(quoted(label))")
            let bytes = Array(label.utf8)
            #expect(bytes.withUnsafeBytes { matcher.matches($0) } == verdict, "\(matcher) of the bytes of \(quoted(label))")
            if label.isEmpty { #expect(matcher.matchesEmpty == verdict, "\(matcher) of a series without the label") }
        }
    }

    @Test("an empty buffer without an address is an empty value")
    func noAddress() throws {
        for (kind, verdict) in zip(Self.all, [true, false, true, false]) {
            #expect(try Matcher(kind, "x", "").matches(UnsafeRawBufferPointer(start: nil, count: 0)) == verdict)
        }
    }

    @Test("as text, with names quoted where they must be")
    func descriptions() throws {
        #expect(Matcher(name: "job", equals: "a\"b\n").description == #"job="a\"b\n""#)
        #expect(try Matcher(.matchesNot, "a.b", "c|d").description == #""a.b"!~"c|d""#)
        #expect(try Matcher(.notEqual, "job", "").description == #"job!="""#)
    }

    /// Pattern, text, whether it matches.
    static let expressions: [(String, String, Bool)] = [
        // Always the whole text.
        ("foo", "foo", true), ("foo", "foobar", false), ("foo", "barfoo", false), ("foo.*", "foobar", true), (".*foo", "barfoo", true),
        ("^foo$", "foo", true), ("^foo", "foobar", false), ("^", "", true), ("$", "", true), ("", "", true), ("", "a", false),
        // Alternatives are anchored as a whole, not the first and the last alone.
        ("foo|bar", "foo", true), ("foo|bar", "bar", true), ("foo|bar", "foobar", false), ("foo|bar", "xbar", false), ("foo|bar", "foox", false),
        ("foo|", "", true), ("|foo", "foo", true), ("(foo|bar)baz", "barbaz", true), ("foo|foobar", "foobar", true),
        // A newline is a character like others.
        (".", "\n", true), ("a.b", "a\nb", true), (".*", "a\nb\n", true), ("foo", "foo\n", false), ("foo$", "foo\n", false), ("a\\nb", "a\nb", true),
        ("(?-s:a.b)", "a\nb", false), ("(?m)a$", "a\nb", false),
        // Case.
        ("(?i)foo", "FoO", true), ("(?i:f)oo", "Foo", true), ("(?i:f)oo", "FOO", false), ("FOO", "foo", false), ("(?i)é", "É", true),
        ("(?i)foo|bar", "BAR", true), ("x|(?i)foo|bar", "BAR", true),
        // Classes, repetitions and characters of several bytes.
        ("[a-c]{2,3}", "abc", true), ("[a-c]{2,3}", "a", false), ("[^a]", "é", true), (".", "é", true), ("..", "é", false), (".", "\u{1F600}", true),
        ("\\d+", "0123", true), ("\\d", "٣", false), ("\\pL+", "héß", true), ("a\\.b", "a.b", true), ("a\\.b", "axb", false),
        ("\\Qa.b\\E", "a.b", true),
        ("a\\x00b", "a\0b", true), (".*", "a\0b", true), ("a", "a\0b", false), ("\\bfoo\\b", "foo", true),
        ("(a*)*", "aaaaaaaaaaaaaaaaaaaaaaab", false),
    ]

    @Test("expressions match whole texts", arguments: expressions)
    func matches(pattern: String, text: String, matches: Bool) throws {
        let regex = try LabelRegex(pattern)
        #expect(regex.matches(text) == matches)
        #expect(Array(text.utf8).withUnsafeBytes { regex.matches($0) } == matches)
        #expect(regex.pattern == pattern)
    }

    @Test(
        "what is no expression is refused with the pattern and a reason",
        arguments: ["(", ")", "a)", "a)(b", "a)|(b", "[", "[b-a]", "*", "a**", "(?<", "\\", "\\1", "(?=a)", "a{2,1}", "a{1001}", "\\pXX"])
    func refusals(pattern: String) {
        #expect { try LabelRegex(pattern) } throws: { error in
            guard let error = error as? LabelRegex.Invalid else { return false }
            return error.pattern == pattern && !error.reason.isEmpty && error.description.contains(quoted(pattern))
        }
        #expect(throws: LabelRegex.Invalid.self) { try Matcher(.matches, "x", pattern) }
        #expect(throws: Never.self) { try Matcher(.equal, "x", pattern) }
    }

    @Test("text that is not UTF-8 neither traps nor counts as something else")
    func invalidUTF8() throws {
        let bytes: [UInt8] = [0x61, 0xff, 0x62]
        #expect(try bytes.withUnsafeBytes { try LabelRegex("ab").matches($0) } == false)
        #expect(bytes.withUnsafeBytes { Matcher(name: "x", equals: "ab").matches($0) } == false)
    }
}
