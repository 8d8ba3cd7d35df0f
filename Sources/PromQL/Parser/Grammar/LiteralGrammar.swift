import Model

extension Grammar {
    /// A number or a duration, which is a number of seconds.
    mutating func numberLiteral() throws(ParseError) -> NumberLiteral {
        let literal = try advance()
        guard literal.kind == .duration else { return NumberLiteral(try number(literal), range: literal.range) }
        guard let milliseconds = PromDuration.parse(literal.text) else { throw ParseError(literal.range, Self.durationFault(literal.text)) }
        return NumberLiteral(Double(milliseconds) / 1000, isDuration: true, range: literal.range)
    }

    /// `5`, `+5m`, `-Inf`
    mutating func signedNumber() throws(ParseError) -> Double {
        let isNegative = token.isSymbol(.subtract)
        if isNegative || token.isSymbol(.add) { try advance() }
        guard token.kind == .number || token.kind == .duration else { throw unexpected() }
        let value = try numberLiteral().value
        return isNegative ? -value : value
    }

    /// As Go reads it: whole numbers in octal after a zero, in hexadecimal after `0x`, with underscores; else a float.
    private func number(_ literal: Token) throws(ParseError) -> Double {
        if let whole = Self.wholeNumber(literal.text) { return Double(whole) }
        let isHexadecimal = literal.text.hasPrefix("0x") || literal.text.hasPrefix("0X")
        guard !isHexadecimal, let value = FloatParsing.parse(literal.text.filter { $0 != "_" }) else {
            throw fault(literal, "invalid syntax")
        }
        guard value.isFinite || !isDigit(literal.text.utf8.first ?? 0) else { throw fault(literal, "value out of range") }
        return value
    }

    private func fault(_ literal: Token, _ reason: String) -> ParseError {
        ParseError(literal.range, "error parsing number: strconv.ParseFloat: parsing \(quoted(literal.text)): \(reason)")
    }

    private static func wholeNumber(_ text: String) -> Int64? {
        let lower = text.lowercased()
        if lower.hasPrefix("0x") { return Int64(lower.dropFirst(2).filter { $0 != "_" }, radix: 16) }
        let digits = lower.filter { $0 != "_" }
        return digits.hasPrefix("0") && digits.count > 1 ? Int64(digits.dropFirst(), radix: 8) : Int64(digits)
    }

    private static func durationFault(_ text: String) -> String {
        for word in text.split(whereSeparator: \.isNumber) where !["y", "w", "d", "h", "m", "s", "ms"].contains(word) {
            return "unknown unit \(quoted(String(word))) in duration \(quoted(text))"
        }
        let isWellFormed = PromDuration.parse(String(text.map { $0.isNumber ? "1" : $0 })) != nil
        return isWellFormed ? "duration out of range" : "not a valid duration string: \(quoted(text))"
    }
}
