import Model

/// Tokens that both formats share.
extension ExpositionCursor {
    /// A float as Go's `ParseFloat` reads it, without its hexadecimal forms and underscores; too large a number is refused.
    func number(_ token: Range<Int>) throws(ExpositionError) -> Double {
        guard !token.isEmpty else { throw failure("expected a value", at: token.lowerBound) }
        var at = token.lowerBound
        if let value = DecimalScan.scan(page, &at, end: token.upperBound), at == token.upperBound { return value }
        let bytes = self[token]
        let sign = bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+")
        let first = bytes[sign && bytes.count > 1 ? 1 : 0]
        let isWord = !Byte.isDigit(first) && first != UInt8(ascii: ".")
        // Neither hexadecimal (with its p) nor a NaN with a sign is a number here.
        let isForbidden = bytes.contains { $0 | 0x20 == UInt8(ascii: "x") } || (sign && first | 0x20 == UInt8(ascii: "n"))
        guard !isForbidden, let value = FloatParsing.parse(bytes) else {
            throw failure("invalid number \(shown(token))", at: token.lowerBound)
        }
        guard isWord || value.isFinite else { throw failure("number \(shown(token)) is out of range", at: token.lowerBound) }
        return value
    }

    func checkUTF8(_ text: Range<Int>) throws(ExpositionError) {
        guard String(validating: self[text], as: UTF8.self) != nil else { throw failure("the help text is not valid UTF-8", at: text.lowerBound) }
    }

    /// Bytes of the page for a message, quoted and at most 60 of them.
    func shown(_ range: Range<Int>) -> String {
        let part = range.prefix(60)
        return quoted(String(decoding: self[part], as: UTF8.self)) + (part.count < range.count ? "…" : "")
    }

    /// A help text without its escapes. OpenMetrics escapes quotes too.
    public func helpText(_ text: Range<Int>) -> String {
        let bytes = self[text]
        guard bytes.contains(Byte.backslash) else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: Escapes.removed(bytes, quotes: format == .openMetrics), as: UTF8.self)
    }
}
