/// What may name a metric or a label. Since Prometheus 3 any non-empty UTF-8 text may; the legacy forms need no quotes in PromQL.
public enum LabelNames {
    /// `[a-zA-Z_][a-zA-Z0-9_]*`
    public static func isLegacyLabelName(_ name: String) -> Bool {
        isIdentifier(name.utf8, colons: false)
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    public static func isLegacyMetricName(_ name: String) -> Bool {
        isIdentifier(name.utf8, colons: true)
    }

    /// Any non-empty text: a Swift string is always valid UTF-8.
    public static func isValid(_ name: String) -> Bool { !name.isEmpty }

    private static func isIdentifier(_ name: some Collection<UInt8>, colons: Bool) -> Bool {
        guard let first = name.first else { return false }
        guard isLetter(first, colons) else { return false }
        return name.allSatisfy { isLetter($0, colons) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isLetter(_ byte: UInt8, _ colons: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: ":"): colons
        default: false
        }
    }
}

/// The text in double quotes, escaped as Go's `%q` (and so PromQL) does: control characters as `\n`, `\t`, `\x07`, `\u00a0`.
public func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        case "\u{07}": out += "\\a"
        case "\u{08}": out += "\\b"
        case "\u{0B}": out += "\\v"
        case "\u{0C}": out += "\\f"
        case " ": out += " "
        // Bare, PromQL takes it for a sign of broken text.
        case "\u{FFFD}": out += "\\ufffd"
        default: out += isPrintable(scalar) ? String(scalar) : escaped(scalar)
        }
    }
    return out + "\""
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7f { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
    default: return true
    }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let width = scalar.value < 0x80 ? 2 : scalar.value < 0x10000 ? 4 : 8
    let prefix = scalar.value < 0x80 ? "\\x" : scalar.value < 0x10000 ? "\\u" : "\\U"
    return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits
}
