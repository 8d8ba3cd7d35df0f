import Model
import Templates

/// The newer grammar: names and values are words of any characters but reserved ones, or texts in double quotes with Go's escapes.
struct QuotedMatchers {
    private var rest: Substring.UnicodeScalarView

    static func parse(_ text: String) throws(MatcherError) -> [AlertMatcher] {
        var parser = QuotedMatchers(rest: Substring(text).unicodeScalars)
        return try parser.matchers()
    }

    private mutating func matchers() throws(MatcherError) -> [AlertMatcher] {
        var all: [AlertMatcher] = []
        let braced = take("{")
        var mayGoOn = true
        while !atEnd, next != "}" {
            guard mayGoOn else { throw MatcherError("expected a comma before \(quoted(String(rest)))") }
            all.append(try matcher())
            mayGoOn = take(",")
        }
        let closed = take("}")
        guard braced == closed else { throw MatcherError(braced ? "the closing brace is missing" : "a closing brace without an opening one") }
        guard atEnd else { throw MatcherError("unexpected \(quoted(String(rest)))") }
        return all
    }

    private mutating func matcher() throws(MatcherError) -> AlertMatcher {
        let name = try word("a label name")
        guard let kind = takeOperator() else { throw MatcherError("expected =, !=, =~ or !~ behind \(quoted(name))") }
        return try AlertMatcher(kind, name, try word("a label value"))
    }

    // MARK: Tokens

    private var next: Unicode.Scalar? { MatcherSyntax.trimmed(rest).first }
    private var atEnd: Bool { next == nil }

    private mutating func skipSpace() { rest = rest.drop { $0.properties.isWhitespace } }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == wanted else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func takeOperator() -> AlertMatcher.Kind? {
        skipSpace()
        for kind in [AlertMatcher.Kind.matches, .matchesNot, .notEqual, .equal] where rest.starts(with: kind.rawValue.unicodeScalars) {
            rest = rest.dropFirst(kind.rawValue.utf8.count)
            return kind
        }
        return nil
    }

    private mutating func word(_ wanted: String) throws(MatcherError) -> String {
        skipSpace()
        if rest.first == "\"" { return try quotedWord() }
        let word = rest.prefix { !MatcherSyntax.isReserved($0) }
        guard !word.isEmpty else { throw MatcherError("expected \(wanted), found \(rest.isEmpty ? "the end" : quoted(String(rest)))") }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private mutating func quotedWord() throws(MatcherError) -> String {
        var (index, escaped) = (rest.index(after: rest.startIndex), false)
        while index < rest.endIndex, escaped || rest[index] != "\"" {
            escaped = !escaped && rest[index] == "\\"
            index = rest.index(after: index)
        }
        guard index < rest.endIndex else { throw MatcherError("the closing quote is missing: \(String(rest))") }
        let text = String(rest[...index])
        rest = rest[rest.index(after: index)...]
        // Go takes no line end within quotes.
        guard !text.utf8.contains(0x0a), let word = GoQuote.unquote(text) else { throw MatcherError("not a quoted text: \(text)") }
        return word
    }
}
