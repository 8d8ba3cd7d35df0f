import Model

extension Lexer {
    /// A string in double, single or back quotes. Only its extent and its escapes' form are checked here.
    mutating func string() throws(ParseError) -> Token {
        let quote = bytes[at]
        at += 1
        let isRaw = quote == UInt8(ascii: "`")
        while let byte = peek() {
            if atReplacementCharacter { throw failure("invalid UTF-8 rune") }
            at += 1
            if byte == quote { return token(.string) }
            if isRaw { continue }
            if byte == UInt8(ascii: "\n") { break }
            if byte == UInt8(ascii: "\\") { try escape(quote) }
        }
        throw failure(isRaw ? "unterminated raw string" : "unterminated quoted string")
    }

    /// What decoding made of bytes that are not UTF-8. Who means the character itself writes `\ufffd`.
    private var atReplacementCharacter: Bool { peek() == 0xEF && peek(1) == 0xBF && peek(2) == 0xBD }

    private mutating func escape(_ quote: UInt8) throws(ParseError) {
        guard let byte = peek() else { throw failure("escape sequence not terminated") }
        switch byte {
        case quote, UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"),
            UInt8(ascii: "v"), UInt8(ascii: "\\"):
            at += 1
        case UInt8(ascii: "0")...UInt8(ascii: "7"): try digits(3, base: 8, limit: 255)
        case UInt8(ascii: "x"): try prefixedDigits(2, limit: 255)
        case UInt8(ascii: "u"): try prefixedDigits(4, limit: 0x10FFFF)
        case UInt8(ascii: "U"): try prefixedDigits(8, limit: 0x10FFFF)
        default: throw failure("unknown escape sequence \(codePoint(at: at))")
        }
    }

    private mutating func prefixedDigits(_ count: Int, limit: UInt32) throws(ParseError) {
        at += 1
        try digits(count, base: 16, limit: limit)
    }

    private mutating func digits(_ count: Int, base: UInt32, limit: UInt32) throws(ParseError) {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let byte = peek() else { throw failure("escape sequence not terminated") }
            guard let digit = hexadecimalValue(byte), digit < base else {
                throw failure("illegal character \(codePoint(at: at)) in escape sequence")
            }
            value = value &* base &+ digit
            at += 1
        }
        if value > limit || (0xD800..<0xE000).contains(value) { throw failure("escape sequence is an invalid Unicode code point") }
    }

    /// `U+0078 'x'`
    private func codePoint(at offset: Int) -> String {
        guard let scalar = String(decoding: bytes[offset...].prefix(4), as: UTF8.self).unicodeScalars.first else { return "U+FFFD" }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let isPrintable = scalar.properties.generalCategory != .control
        return isPrintable ? "\(name) '\(scalar)'" : name
    }
}

/// The value of a hexadecimal digit, nil for other bytes.
func hexadecimalValue(_ byte: UInt8) -> UInt32? {
    if isDigit(byte) { return UInt32(byte - UInt8(ascii: "0")) }
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? UInt32(letter) + 10 : nil
}

/// The bytes that a string token spells: quotes removed, Go's escapes resolved. The lexer has checked the form.
func unquote(_ literal: String) -> [UInt8] {
    let bytes = Array(literal.utf8)
    guard bytes.count >= 2 else { return [] }
    let inner = bytes[1..<bytes.count - 1]
    guard bytes[0] != UInt8(ascii: "`"), inner.contains(UInt8(ascii: "\\")) else { return Array(inner) }
    var out: [UInt8] = []
    var rest = inner
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\\") { resolveEscape(&rest, &out) } else { out.append(byte) }
    }
    return out
}

/// Resolves the escape whose backslash has been read.
private func resolveEscape(_ rest: inout ArraySlice<UInt8>, _ out: inout [UInt8]) {
    guard let kind = rest.popFirst() else { return }
    switch kind {
    case UInt8(ascii: "a"): out.append(0x07)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "v"): out.append(0x0B)
    case UInt8(ascii: "x"): out.append(UInt8(truncatingIfNeeded: number(&rest, 2, base: 16)))
    case UInt8(ascii: "u"): appendScalar(number(&rest, 4, base: 16), &out)
    case UInt8(ascii: "U"): appendScalar(number(&rest, 8, base: 16), &out)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
        out.append(UInt8(truncatingIfNeeded: number(&rest, 2, base: 8, after: UInt32(kind - UInt8(ascii: "0")))))
    default: out.append(kind)
    }
}

private func number(_ rest: inout ArraySlice<UInt8>, _ digits: Int, base: UInt32, after first: UInt32 = 0) -> UInt32 {
    var value = first
    for _ in 0..<digits { value = value &* base &+ (rest.popFirst().flatMap(hexadecimalValue) ?? 0) }
    return value
}

private func appendScalar(_ value: UInt32, _ out: inout [UInt8]) {
    out.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
}
