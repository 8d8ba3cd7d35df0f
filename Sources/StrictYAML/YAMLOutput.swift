/// A value to be written as YAML in block style, lists at the depth of their key.
public indirect enum YAMLOutput: Sendable {
    case text(String)
    /// A number, truth value or other word written as it is.
    case word(String)
    case list([YAMLOutput])
    case mapping([(key: String, value: YAMLOutput)])

    public static func bool(_ value: Bool) -> YAMLOutput { .word(value ? "true" : "false") }
    public static func integer(_ value: Int64) -> YAMLOutput { .word(String(value)) }
    public static func texts(_ values: [String]) -> YAMLOutput { .list(values.map(YAMLOutput.text)) }

    /// The whole document, with a line end behind the last line.
    public var document: String {
        var out = ""
        switch self {
        case .mapping(let entries) where !entries.isEmpty: Self.write(entries, indent: 0, to: &out)
        case .list(let items) where !items.isEmpty: Self.write(items, indent: 0, to: &out)
        default: out = inline + "\n"
        }
        return out
    }

    private var inline: String {
        switch self {
        case .text(let text): Self.scalar(text)
        case .word(let word): word
        case .list: "[]"
        case .mapping: "{}"
        }
    }

    private static func write(_ entries: [(key: String, value: YAMLOutput)], indent: Int, firstIndented: Bool = false, to out: inout String) {
        for (index, entry) in entries.enumerated() {
            if index > 0 || !firstIndented { out += spaces(indent) }
            out += scalar(entry.key) + ":"
            switch entry.value {
            case .mapping(let inner) where !inner.isEmpty:
                out += "\n"
                write(inner, indent: indent + 2, to: &out)
            case .list(let items) where !items.isEmpty:
                out += "\n"
                write(items, indent: indent, to: &out)
            default:
                out += " " + entry.value.inline + "\n"
            }
        }
    }

    private static func write(_ items: [YAMLOutput], indent: Int, to out: inout String) {
        for item in items {
            out += spaces(indent) + "- "
            switch item {
            case .mapping(let inner) where !inner.isEmpty:
                write(inner, indent: indent + 2, firstIndented: true, to: &out)
            case .list(let inner) where !inner.isEmpty:
                out += "\n"
                write(inner, indent: indent + 2, to: &out)
            default:
                out += item.inline + "\n"
            }
        }
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// Plain where it reads back as the same text, else in double quotes.
    static func scalar(_ text: String) -> String {
        isPlain(text) ? text : quoted(text)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, last != UInt8(ascii: " "), last != UInt8(ascii: ":") else { return false }
        if " !&*-?|>@`%#,[]{}\"':=<~\t".utf8.contains(first), text != "<secret>" { return false }
        if text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }) { return false }
        if containsBreak(text) { return false }
        return !readsAsOther(text)
    }

    private static func containsBreak(_ text: String) -> Bool {
        var before: UInt8 = 0
        for byte in text.utf8 {
            if before == UInt8(ascii: ":"), byte == UInt8(ascii: " ") { return true }
            if before == UInt8(ascii: " "), byte == UInt8(ascii: "#") { return true }
            before = byte
        }
        return false
    }

    /// Whether a reader would take the word for null, a truth value, a number or a time.
    private static func readsAsOther(_ text: String) -> Bool {
        let word = text.lowercased()
        if ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", "+.inf", ".nan"].contains(word) { return true }
        guard let first = text.utf8.first, (0x30...0x39).contains(first) || first == UInt8(ascii: "+") || first == UInt8(ascii: ".") else {
            return false
        }
        // Also sexagesimal numbers (12:30) and dates.
        return YAMLNumber.float(text) != nil || text.utf8.allSatisfy { "0123456789_:-+.TZtz ".utf8.contains($0) }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value):
                out += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            case "\u{2028}": out += "\\L"
            case "\u{2029}": out += "\\P"
            case "\u{FEFF}": out += "\\uFEFF"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
