import Model

extension Grammar {
    /// A number or a duration, which is a number of seconds.
    mutating func numberLiteral() throws(ParseError) -> NumberLiteral {
        let literal = advance()
        guard literal.kind == .duration else { return NumberLiteral(try number(literal), range: literal.range) }
        guard let milliseconds = PromDuration.parse(literal.text) else { throw ParseError(literal.range, Self.durationFault(literal.text)) }
        return NumberLiteral(Double(milliseconds) / 1000, isDuration: true, range: literal.range)
    }

    /// `5`, `+5m`, `-Inf`
    mutating func signedNumber() throws(ParseError) -> Double {
        let isNegative = token.isSymbol(.subtract)
        if isNegative || token.isSymbol(.add) { advance() }
        guard token.kind == .number || token.kind == .duration else { throw unexpected() }
        let value = try numberLiteral().value
        return isNegative ? -value : value
    }

    /// As Go reads it: whole numbers in octal after a zero, in hexadecimal after `0x`, with underscores; else a float.
    private func number(_ literal: Token) throws(ParseError) -> Double {
        // Underscores stand between digits; the lexer knows only what may follow one.
        guard !literal.text.hasSuffix("_"), !literal.text.contains("__") else { throw fault(literal, "invalid syntax") }
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

    /// What is wrong with a duration, at its first wrong part.
    private static func durationFault(_ text: String) -> String {
        let malformed = "not a valid duration string: \(quoted(text))"
        var rest = text[...]
        while !rest.isEmpty {
            let digits = rest.prefix(while: \.isNumber)
            let unit = rest[digits.endIndex...].prefix { !$0.isNumber }
            rest = rest[unit.endIndex...]
            guard UInt64(digits) != nil else { return malformed }
            guard ["y", "w", "d", "h", "m", "s", "ms"].contains(unit) else {
                return "unknown unit \(quoted(String(unit))) in duration \(quoted(text))"
            }
            let soFar = text[..<unit.endIndex]
            guard PromDuration.parse(String(soFar)) == nil else { continue }
            // With zeros for all numbers nothing can be too long, only the order of the units be wrong.
            return PromDuration.parse(String(soFar.map { $0.isNumber ? "0" : $0 })) == nil ? malformed : "duration out of range"
        }
        return malformed
    }
}
