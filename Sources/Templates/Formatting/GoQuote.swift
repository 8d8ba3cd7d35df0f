/// Text in quotes, as Go's `%q` and `strconv` write and read it.
public enum GoQuote {
    /// In double quotes; `ascii` escapes all other characters.
    static func quote(_ text: String, ascii: Bool = false) -> String {
        var out = "\""
        for scalar in text.unicodeScalars { append(scalar, quote: "\"", ascii, to: &out) }
        return out + "\""
    }

    /// One character in single quotes; what is no character shows as U+FFFD.
    static func quote(character: Int, ascii: Bool = false) -> String {
        var out = "'"
        append(UInt32(exactly: character).flatMap(Unicode.Scalar.init) ?? "\u{fffd}", quote: "'", ascii, to: &out)
        return out + "'"
    }

    /// In backquotes if that can hold it, as it is.
    static func backquote(_ text: String) -> String? {
        let isPlain = text.unicodeScalars.allSatisfy { $0 != "`" && $0.value != 0x7f && $0.value != 0xfeff && ($0.value >= 0x20 || $0 == "\t") }
        return isPlain ? "`\(text)`" : nil
    }

    /// `U+0040 '@'`, the character only if it shows.
    static func name(of scalar: Unicode.Scalar) -> String {
        "U+" + hex(scalar.value, width: 4, uppercase: true) + (GoText.isPrintable(scalar) ? " '\(scalar)'" : "")
    }

    static func hex(_ value: UInt32, width: Int, uppercase: Bool = false) -> String {
        let digits = String(value, radix: 16, uppercase: uppercase)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func append(_ scalar: Unicode.Scalar, quote: Unicode.Scalar, _ ascii: Bool, to out: inout String) {
        switch scalar {
        case quote, "\\": out += "\\\(scalar)"
        case "\u{07}": out += "\\a"
        case "\u{08}": out += "\\b"
        case "\u{0c}": out += "\\f"
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        case "\u{0b}": out += "\\v"
        default:
            if ascii ? (0x20..<0x7f).contains(scalar.value) : GoText.isPrintable(scalar) {
                out.unicodeScalars.append(scalar)
            } else if scalar.value < 0x80 {
                out += "\\x" + hex(scalar.value, width: 2)
            } else {
                out += scalar.value < 0x10000 ? "\\u" + hex(scalar.value, width: 4) : "\\U" + hex(scalar.value, width: 8)
            }
        }
    }
}
