import Model

/// The text form of matchers: `severity="critical"`, `{a=b, c=~"d|e"}`.
///
/// Alertmanager reads each text by two grammars, an older and a newer one. Where both can read it the older decides what it means, and
/// where only one can, that one does.
public enum MatcherSyntax {
    /// No, one or more matchers, with commas between them and braces around them or not.
    public static func matchers(_ text: String) throws(MatcherError) -> [AlertMatcher] {
        let older: MatcherError
        do throws(MatcherError) {
            return try ClassicMatchers.parse(text)
        } catch {
            older = error
        }
        do throws(MatcherError) {
            return try QuotedMatchers.parse(text)
        } catch {
            throw older
        }
    }

    /// One matcher without braces.
    public static func matcher(_ text: String) throws(MatcherError) -> AlertMatcher {
        if text.utf8.first == UInt8(ascii: "{") || text.utf8.last == UInt8(ascii: "}") {
            throw MatcherError("unexpected open or close brace: \(text)")
        }
        let all = try matchers(text)
        guard let only = all.first, all.count == 1 else { throw MatcherError("expected one matcher, found \(all.count): \(text)") }
        return only
    }

    /// What ends a word without quotes.
    static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || "{}!=~,\\\"'`".unicodeScalars.contains(scalar)
    }

    /// A value between double quotes.
    static func escaped(_ value: String) -> String {
        var out = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    static func trimmed(_ scalars: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var rest = scalars
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return rest
    }
}

/// The older grammar: names of letters, digits, `_` and `:`; a value goes on to the next comma outside of quotes, and may have quotes
/// around it.
enum ClassicMatchers {
    static func parse(_ text: String) throws(MatcherError) -> [AlertMatcher] {
        var all: [AlertMatcher] = []
        for part in parts(of: text) { all.append(try matcher(part)) }
        return all
    }

    private static func parts(of text: String) -> [Substring.UnicodeScalarView] {
        var rest = Substring(text).unicodeScalars
        if rest.first == "{" { rest.removeFirst() }
        if rest.last == "}" { rest.removeLast() }
        var parts: [Substring.UnicodeScalarView] = []
        var (quoted, escaped, start) = (false, false, rest.startIndex)
        for index in rest.indices {
            switch rest[index] {
            case "," where !quoted:
                parts.append(rest[start..<index])
                start = rest.index(after: index)
                // An escape before a comma lasts until the next character.
                continue
            case "\"":
                if !escaped { quoted.toggle() }
                escaped = false
            case "\\": escaped.toggle()
            case ",": break
            default: escaped = false
            }
        }
        let last = MatcherSyntax.trimmed(rest[start...])
        if !last.isEmpty { parts.append(last) }
        return parts
    }

    private static func matcher(_ part: Substring.UnicodeScalarView) throws(MatcherError) -> AlertMatcher {
        var rest = MatcherSyntax.trimmed(part)
        let name = String(rest.prefix(while: isNameScalar))
        rest = rest.dropFirst(name.unicodeScalars.count)
        guard LabelNames.isLegacyMetricName(name), let kind = takeOperator(MatcherSyntax.trimmed(rest), &rest) else {
            throw MatcherError("bad matcher format: \(String(part))")
        }
        return try AlertMatcher(kind, name, try value(MatcherSyntax.trimmed(rest)))
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ":": true
        default: false
        }
    }

    private static func takeOperator(
        _ text: Substring.UnicodeScalarView, _ rest: inout Substring.UnicodeScalarView
    ) -> AlertMatcher.Kind? {
        for kind in [AlertMatcher.Kind.matches, .equal, .notEqual, .matchesNot] where text.starts(with: kind.rawValue.unicodeScalars) {
            rest = text.dropFirst(kind.rawValue.utf8.count)
            return kind
        }
        return nil
    }

    /// Removes quotes and escapes. A backslash before another character than `n`, `"` and `\` stands for itself.
    private static func value(_ raw: Substring.UnicodeScalarView) throws(MatcherError) -> String {
        var out = String.UnicodeScalarView()
        var rest = raw
        var awaitsQuote = rest.first == "\""
        if awaitsQuote { rest.removeFirst() }
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\\":
                switch rest.popFirst() {
                case "n": out.append("\n")
                case let next? where next == "\"" || next == "\\": out.append(next)
                case let next?: out.append(contentsOf: ["\\", next])
                case nil: out.append("\\")
                }
            case "\"":
                guard awaitsQuote, rest.isEmpty else { throw unescapedQuote(raw) }
                awaitsQuote = false
            default: out.append(scalar)
            }
        }
        if awaitsQuote { throw unescapedQuote(raw) }
        return String(out)
    }

    private static func unescapedQuote(_ raw: Substring.UnicodeScalarView) -> MatcherError {
        MatcherError("matcher value contains unescaped double quote: \(String(raw))")
    }
}
