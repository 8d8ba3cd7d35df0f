/// Text made fit for HTML, JavaScript and URLs.
public enum Escaping {
    /// The text of arguments as `print` makes it, but of what pointers point to.
    static func text(of values: [TemplateValue], limit: Int) -> String {
        if values.count == 1, case .string(let text) = values[0] { return text }
        let shown = values.map { value in
            switch value {
            case .missing: TemplateValue.string("<no value>")
            case .record(let record) where record.isPointer:
                TemplateValue.record(TemplateRecord(record.fields, typeName: String(record.typeName.dropFirst())))
            default: value
            }
        }
        return GoPrinter.print(shown, limit: limit)
    }

    /// For HTML, between tags and within quoted attributes; as Go writes it.
    public static func html(_ text: String) -> String {
        replaced(text) { scalar in
            switch scalar {
            case "\"": "&#34;"
            case "'": "&#39;"
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\u{0}": "\u{fffd}"
            default: nil
            }
        }
    }

    static func javaScript(_ text: String) -> String {
        replaced(text) { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "'": "\\'"
            case "\"": "\\\""
            case "<", ">", "&", "=": "\\u" + GoQuote.hex(scalar.value, width: 4, uppercase: true)
            default:
                scalar.value < 0x20 || (!scalar.isASCII && !GoText.isPrintable(scalar))
                    ? "\\u" + GoQuote.hex(scalar.value, width: 4, uppercase: true) : nil
            }
        }
    }

    /// The text that `urlQuery` made this of; nil if an escape is none.
    static func urlUnescaped(_ text: String) -> String? {
        var out: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): out.append(0x20)
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.first != UInt8(ascii: "+"), let value = UInt8(String(Substring(digits)), radix: 16) else {
                    return nil
                }
                out.append(value)
                rest = rest.dropFirst(2)
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func replaced(_ text: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            if let other = replacement(scalar) { out += other } else { out.unicodeScalars.append(scalar) }
        }
        return out
    }

    /// For a query's key or value: a space becomes `+`, everything but letters, digits and `-_.~` two hexadecimal digits a byte.
    public static func urlQuery(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x20: out.append(UInt8(ascii: "+"))
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x2e, 0x7e: out.append(byte)
            default: out.append(contentsOf: "%\(GoQuote.hex(UInt32(byte), width: 2, uppercase: true))".utf8)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
