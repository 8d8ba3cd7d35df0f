extension JSONValue {
    /// The document with a tab for each level, as Prometheus writes its description files; with a newline at the end.
    public var indented: [UInt8] {
        var out: [UInt8] = []
        write(to: &out, level: 0)
        out.append(UInt8(ascii: "\n"))
        return out
    }

    /// The document on one line, without blanks, as messages between programs have it.
    public var compact: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        write(to: &out, level: nil)
        return out
    }

    /// - Parameter level: how far it is indented; nil: everything on one line.
    private func write(to out: inout [UInt8], level: Int?) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .number(let digits): out += digits.utf8
        case .string(let string): Self.quote(string, to: &out)
        case .array(let elements):
            Self.write(elements, "[", "]", to: &out, level) { $0.write(to: &$1, level: $2) }
        case .object(let members):
            Self.write(members, "{", "}", to: &out, level) { member, out, level in
                Self.quote(member.name, to: &out)
                out += (level == nil ? ":" : ": ").utf8
                member.value.write(to: &out, level: level)
            }
        }
    }

    private static func write<Part>(
        _ parts: [Part], _ open: Unicode.Scalar, _ close: Unicode.Scalar, to out: inout [UInt8], _ level: Int?,
        _ body: (Part, inout [UInt8], Int?) -> Void
    ) {
        out.append(UInt8(ascii: open))
        for (index, part) in parts.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            if let level { breakLine(to: &out, level + 1) }
            body(part, &out, level.map { $0 + 1 })
        }
        if let level, !parts.isEmpty { breakLine(to: &out, level) }
        out.append(UInt8(ascii: close))
    }

    private static func breakLine(to out: inout [UInt8], _ level: Int) {
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: "\t"), count: level))
    }

    private static func quote(_ string: String, to out: inout [UInt8]) {
        var string = string
        out.append(UInt8(ascii: "\""))
        string.withUTF8 { text in
            var copied = 0
            for (at, byte) in text.enumerated() where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                out.append(contentsOf: text[copied..<at])
                out += escape(byte).utf8
                copied = at + 1
            }
            out.append(contentsOf: text[copied...])
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "\n"): "\\n"
        default: "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
