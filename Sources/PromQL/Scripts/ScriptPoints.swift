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

    /// Reads start times, each as its distance from the sample's time: `-30s`, `_`, `-30s-1mx2` (-30s -1m30s -2m30s), `-1mx2` (-1m -1m -1m).
    static func startOffsets(_ text: Substring) throws(Malformed) -> [Int64?] {
        var offsets: [Int64?] = []
        for item in items(text) {
            if item.first == "_" {
                offsets += [Int64?](repeating: nil, count: item == "_" ? 1 : try repetitions(item.dropFirst(), item))
                continue
            }
            var rest = item
            var offset = try offsetPart(&rest, item)
            var step: Int64 = 0
            if let next = rest.first, next != "x" { step = try offsetPart(&rest, item) }
            for _ in 0...(rest.isEmpty ? 0 : try repetitions(rest, item)) {
                offsets.append(offset)
                offset += step
            }
        }
        return offsets
    }

    /// Takes a signed duration off the front.
    private static func offsetPart(_ rest: inout Substring, _ item: Substring) throws(Malformed) -> Int64 {
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        let body = rest.prefix { $0 != "+" && $0 != "-" && $0 != "x" }
        rest = rest[body.endIndex...]
        guard let milliseconds = body == "0" ? 0 : PromDuration.parse(String(body)) else {
            throw Malformed(message: "bad start time \(quoted(String(item)))")
        }
        return isNegative ? -milliseconds : milliseconds
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

    /// `{{…}}`, `{{…}}x2`, `{{…}}+{{…}}x2`, `{{…}}-{{…}}x2`
    private static func histograms(_ item: Substring) throws(Malformed) -> [ScriptPoint] {
        var rest = item
        var current = try histogram(&rest, item)
        if rest.isEmpty { return [.histogram(current)] }
        guard let sign = rest.first, sign == "+" || sign == "-" else {
            return [ScriptPoint](repeating: .histogram(current), count: try repetitions(rest, item) + 1)
        }
        rest = rest.dropFirst()
        let step = try histogram(&rest, item)
        var points: [ScriptPoint] = [.histogram(current)]
        for _ in 0..<(try repetitions(rest, item)) {
            var sum = HistogramSum(current.histogram)
            do throws(MixedSchemas) {
                try sum.add(step.histogram, sign: sign == "+" ? 1 : -1)
            } catch {
                throw Malformed(message: "histograms that cannot be added in \(quoted(String(item)))")
            }
            current.histogram = sum.result()
            points.append(.histogram(current))
        }
        return points
    }

    /// Takes `{{…}}` off the front.
    private static func histogram(_ rest: inout Substring, _ item: Substring) throws(Malformed) -> ScriptHistogram {
        guard rest.hasPrefix("{{"), let close = rest.firstIndex(of: "}"), rest[close...].hasPrefix("}}") else {
            throw Malformed(message: "unclosed histogram \(quoted(String(item)))")
        }
        let inner = rest[rest.index(rest.startIndex, offsetBy: 2)..<close]
        rest = rest[rest.index(close, offsetBy: 2)...]
        return try ScriptHistogram(inner)
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
