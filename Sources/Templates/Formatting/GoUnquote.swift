extension GoQuote {
    /// The text of a constant with its quotes; nil if an escape is none of Go's.
    public static func unquote(_ literal: String) -> String? {
        let bytes = Array(literal.utf8)
        guard bytes.count >= 2 else { return nil }
        if bytes[0] == UInt8(ascii: "`") {
            return String(decoding: bytes[1..<bytes.count - 1].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        }
        var reader = EscapeReader(bytes)
        var out: [UInt8] = []
        while !reader.atEnd {
            guard reader.take(into: &out) else { return nil }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The value of a character constant with its quotes.
    static func unquoteCharacter(_ literal: String) -> Int? {
        var reader = EscapeReader(Array(literal.utf8))
        var out: [UInt8] = []
        guard !reader.atEnd, reader.take(into: &out), reader.atEnd else { return nil }
        // The value of `\xff` need not be a character's first byte.
        if out.count == 1 { return Int(out[0]) }
        let scalars = String(decoding: out, as: UTF8.self).unicodeScalars
        return scalars.count == 1 ? scalars.first.map { Int($0.value) } : nil
    }
}

/// Reads the inside of a quoted constant, one character after the other.
private struct EscapeReader {
    private let bytes: [UInt8]
    private var at = 1
    private let end: Int
    private let quote: UInt8

    /// Takes the quotes at both ends for granted.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count - 1
        quote = bytes[0]
    }

    var atEnd: Bool { at >= end }

    private mutating func next() -> UInt8? {
        guard !atEnd else { return nil }
        at += 1
        return bytes[at - 1]
    }

    /// Appends the bytes of the next character; false if it is not well written.
    mutating func take(into out: inout [UInt8]) -> Bool {
        guard let byte = next(), byte != quote else { return false }
        if byte == UInt8(ascii: "\\") { return escape(into: &out) }
        out.append(byte)
        while !atEnd, bytes[at] & 0xc0 == 0x80 {
            out.append(bytes[at])
            at += 1
        }
        return true
    }

    private mutating func escape(into out: inout [UInt8]) -> Bool {
        guard let escape = next() else { return false }
        switch escape {
        case UInt8(ascii: "x"): return byte(number(2, radix: 16), into: &out)
        case UInt8(ascii: "u"): return scalar(number(4, radix: 16), into: &out)
        case UInt8(ascii: "U"): return scalar(number(8, radix: 16), into: &out)
        case 0x30...0x37:
            at -= 1
            return byte(number(3, radix: 8), into: &out)
        default: return simple(escape, into: &out)
        }
    }

    private func simple(_ escape: UInt8, into out: inout [UInt8]) -> Bool {
        switch escape {
        case UInt8(ascii: "a"): out.append(0x07)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "v"): out.append(0x0b)
        case UInt8(ascii: "\\"), quote: out.append(escape)
        default: return false
        }
        return true
    }

    private mutating func number(_ digits: Int, radix: Int) -> UInt32? {
        guard at + digits <= end else { return nil }
        let text = bytes[at..<at + digits]
        at += digits
        guard text[text.startIndex] != UInt8(ascii: "+"), text[text.startIndex] != UInt8(ascii: "-") else { return nil }
        return UInt32(String(decoding: text, as: UTF8.self), radix: radix)
    }

    private func byte(_ value: UInt32?, into out: inout [UInt8]) -> Bool {
        guard let value, let byte = UInt8(exactly: value) else { return false }
        out.append(byte)
        return true
    }

    private func scalar(_ value: UInt32?, into out: inout [UInt8]) -> Bool {
        guard let value, let scalar = Unicode.Scalar(value) else { return false }
        out.append(contentsOf: Array(String(scalar).utf8))
        return true
    }
}
