import Model

/// Reads the points of a series: `5`, `_`, `stale`, `1+2x3` (1 3 5 7), `4x2` (4 4 4), `_x5`, `{{…}}`.
enum ScriptPoints {
    struct Malformed: Error {
        let message: String
    }

    static func read(_ text: Substring) throws(Malformed) -> [ScriptPoint] {
        var points: [ScriptPoint] = []
        for item in items(text) { points += try self.points(item) }
        return points
    }

    /// Splits at blanks, but not within a histogram's braces.
    private static func items(_ text: Substring) -> [Substring] {
        var items: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for at in text.indices {
            switch text[at] {
            case "{": depth += 1
            case "}": depth -= 1
            case let character where character.isWhitespace && depth == 0:
                if start < at { items.append(text[start..<at]) }
                start = text.index(after: at)
            default: break
            }
        }
        if start < text.endIndex { items.append(text[start...]) }
        return items
    }

    private static func points(_ item: Substring) throws(Malformed) -> [ScriptPoint] {
        if item.first == "{" { return try histograms(item) }
        if item.first == "_" {
            return [ScriptPoint](repeating: .none, count: item == "_" ? 1 : try repetitions(item.dropFirst(), item))
        }
        if item.hasPrefix("stale") {
            let count = item == "stale" ? 1 : try repetitions(item.dropFirst(5), item) + 1
            return [ScriptPoint](repeating: .value(StaleMarker.value), count: count)
        }
        return try numbers(item)
    }

    private static func numbers(_ item: Substring) throws(Malformed) -> [ScriptPoint] {
        var rest = item
        guard let first = number(&rest) else { throw Malformed(message: "bad value \(quoted(String(item)))") }
        if rest.isEmpty { return [.value(first)] }
        var step = 0.0
        if rest.first != "x" {
            guard let difference = number(&rest) else { throw Malformed(message: "bad value \(quoted(String(item)))") }
            step = difference
        }
        let count = try repetitions(rest, item) + 1
        // Added up one by one, as scripts expect of rounding.
        var value = first
        return (0..<count).map { index in
            if index > 0 { value += step }
            return .value(value)
        }
    }

    /// `x5`
    private static func repetitions(_ text: Substring, _ item: Substring) throws(Malformed) -> Int {
        guard text.first == "x", let count = Int(text.dropFirst()), count >= 0, count < 1_000_000 else {
            throw Malformed(message: "bad repetition in \(quoted(String(item)))")
        }
        return count
    }

    private static func histograms(_ item: Substring) throws(Malformed) -> [ScriptPoint] {
        guard let close = item.lastIndex(of: "}") else { throw Malformed(message: "unclosed histogram \(quoted(String(item)))") }
        let rest = item[item.index(after: close)...]
        let count = rest.isEmpty ? 1 : try repetitions(rest, item) + 1
        return [ScriptPoint](repeating: .histogram, count: count)
    }

    /// Takes the longest number off the front: a sign, then digits with point and exponent, `Inf` or `NaN`.
    private static func number(_ text: inout Substring) -> Double? {
        var end = text.startIndex
        if let sign = text.first, sign == "+" || sign == "-" { end = text.index(after: end) }
        let body = text[end...]
        let word = body.prefix { $0.isLetter && $0 != "x" }
        if ["inf", "nan"].contains(word.lowercased()) {
            end = word.endIndex
        } else {
            while end < text.endIndex, isDigit(text[end]) || isExponentSign(text, end) { end = text.index(after: end) }
        }
        guard let value = FloatParsing.parse(String(text[..<end])) else { return nil }
        text = text[end...]
        return value
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || character == "." || character == "e" || character == "E")
    }

    private static func isExponentSign(_ text: Substring, _ at: Substring.Index) -> Bool {
        guard at > text.startIndex, text[at] == "+" || text[at] == "-" else { return false }
        let before = text[text.index(before: at)]
        return before == "e" || before == "E"
    }
}
