/// JSON as Go's `encoding/json` writes it: no spaces, and what HTML or JavaScript could misread as escapes.
public struct GoJSON {
    public private(set) var text = ""

    public init() {}

    public mutating func raw(_ text: String) { self.text += text }

    public mutating func string(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{c}": text += "\\f"
            case "<", ">", "&", "\u{2028}", "\u{2029}": escape(scalar)
            case _ where scalar.value < 0x20: escape(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }

    public mutating func list<Element>(_ elements: some Sequence<Element>, _ write: (inout GoJSON, Element) -> Void) {
        text += "["
        var isFirst = true
        for element in elements {
            if !isFirst { text += "," }
            isFirst = false
            write(&self, element)
        }
        text += "]"
    }

    /// Members in the given order.
    public mutating func object(_ members: [(name: String, write: (inout GoJSON) -> Void)]) {
        text += "{"
        for (index, member) in members.enumerated() {
            if index > 0 { text += "," }
            string(member.name)
            text += ":"
            member.write(&self)
        }
        text += "}"
    }

    /// A map of texts.
    public mutating func texts(_ labels: some Sequence<Label>) {
        object(labels.map { label in (label.name, { $0.string(label.value) }) })
    }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let string): self.string(string)
        case .array(let elements): list(elements) { $0.value($1) }
        case .object(let members): object(members.map { member in (member.name, { $0.value(member.value) }) })
        }
    }
}

extension JSONValue {
    /// The document on one line, as Go writes it.
    public var goText: String {
        var writer = GoJSON()
        writer.value(self)
        return writer.text
    }
}
