/// A number as it is written; which of Go's types it has depends on where it stands.
struct NumberConstant: Sendable {
    enum Value: Sendable {
        case int(Int)
        case double(Double)
        /// A whole number that only an unsigned integer could hold.
        case tooBig
    }

    let written: String
    let value: Value

    /// Complex numbers are not supported.
    init(_ text: String) throws(TemplateFailure) {
        written = text
        if text.utf8.first == UInt8(ascii: "'") {
            value = try Self.character(text)
        } else if let integer = Self.integer(text) {
            value = integer
        } else {
            value = try Self.float(text)
        }
    }

    private static func character(_ text: String) throws(TemplateFailure) -> Value {
        if let character = GoQuote.unquoteCharacter(text) { return .int(character) }
        throw TemplateFailure(text == "''" || GoQuote.unquote(text) == nil ? "invalid syntax" : "malformed character constant: \(text)")
    }

    private static func float(_ text: String) throws(TemplateFailure) -> Value {
        if text.utf8.last == UInt8(ascii: "i") { throw TemplateFailure("complex numbers are not supported: \(GoQuote.quote(text))") }
        guard let float = GoNumber.double(text), float.isFinite else {
            throw TemplateFailure("illegal number syntax: \(GoQuote.quote(text))")
        }
        guard text.utf8.contains(where: { ".eEpP".utf8.contains($0) }) else {
            throw TemplateFailure("integer overflow: \(GoQuote.quote(text))")
        }
        return .double(float)
    }

    /// Decimal, or with a prefix: `0x`, `0o`, `0b` and `0`.
    private static func integer(_ text: String) -> Value? {
        guard let bare = GoNumber.withoutUnderscores(text) else { return nil }
        var digits = Substring(bare)
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        var radix = 10
        if digits.utf8.count > 1, digits.first == "0" {
            let prefixes: [Character: Int] = ["x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2]
            let prefix = digits[digits.index(after: digits.startIndex)]
            radix = prefixes[prefix] ?? 8
            digits = digits.dropFirst(prefixes[prefix] == nil ? 1 : 2)
        }
        guard !digits.isEmpty, digits.first != "+", digits.first != "-", let magnitude = UInt64(digits, radix: radix) else { return nil }
        if isNegative { return Int(exactly: -Int128(magnitude)).map(Value.int) }
        return Int(exactly: magnitude).map(Value.int) ?? .tooBig
    }
}
