extension JSONValue {
    /// The document with a tab for each level, as Prometheus writes its description files; with a newline at the end.
    public var indented: [UInt8] {
        var text = ""
        write(to: &text, level: 0)
        return Array((text + "\n").utf8)
    }

    /// The document on one line, without blanks, as messages between programs have it.
    public var compact: [UInt8] {
        var text = ""
        write(to: &text)
        return Array(text.utf8)
    }

    private func write(to text: inout String) {
        switch self {
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                text += (index > 0 ? "," : "") + Self.quote(member.name) + ":"
                member.value.write(to: &text)
            }
            text += "}"
        default: write(to: &text, level: 0)
        }
    }

    private func write(to text: inout String, level: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let string): text += Self.quote(string)
        case .array(let elements):
            Self.write(elements, "[", "]", to: &text, level) { $0.write(to: &$1, level: level + 1) }
        case .object(let members):
            Self.write(members, "{", "}", to: &text, level) { member, text in
                text += Self.quote(member.name) + ": "
                member.value.write(to: &text, level: level + 1)
            }
        }
    }

    private static func write<Part>(
        _ parts: [Part], _ open: String, _ close: String, to text: inout String, _ level: Int, _ body: (Part, inout String) -> Void
    ) {
        text += open
        for (index, part) in parts.enumerated() {
            text += (index > 0 ? "," : "") + "\n" + String(repeating: "\t", count: level + 1)
            body(part, &text)
        }
        if !parts.isEmpty { text += "\n" + String(repeating: "\t", count: level) }
        text += close
    }

    private static func quote(_ string: String) -> String {
        var out = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
