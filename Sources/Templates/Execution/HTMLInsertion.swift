/// What a template makes: plain text, or HTML in which the data are escaped as Go's `html/template` does it in text and attributes.
public enum TemplateForm: Sendable {
    case text
    case html
}

/// A value put into HTML, fit for the place where it stands.
enum HTMLInsertion {
    /// Where a value is put: between tags, or in an attribute.
    private enum Place: Equatable {
        case text
        /// An address begins here.
        case address
        /// Within an address, before its query.
        case addressPart
        /// Within an address's query.
        case query
        case attribute
    }

    /// What stands for an address that a browser would run; Go's word for it.
    private static let unsafeAddress = "#ZgotmplZ"
    private static let addressAttributes: Set<String> = ["href", "src", "action", "formaction", "cite", "background", "poster", "longdesc"]

    static func escaped(_ value: TemplateValue, behind output: String, limit: Int) -> String {
        let place = place(behind: output)
        if case .markup(let text) = value, place == .text { return text }
        let text =
            switch value {
            case .missing: ""
            case .string(let text), .markup(let text): text
            default: GoPrinter.text(of: value, limit: limit)
            }
        switch place {
        case .text, .attribute: return Self.text(text)
        case .address: return isSafe(address: text) ? Self.text(address(text)) : unsafeAddress
        case .addressPart: return Self.text(address(text))
        case .query: return query(text)
        }
    }

    private static func text(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "&#34;"
            case "'": out += "&#39;"
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "+": out += "&#43;"
            case "\u{0}": out += "\u{fffd}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    // MARK: Places

    private static func place(behind output: String) -> Place {
        let tail = output.utf8.reversed().prefix { $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "<") }
        let isInTag = output.utf8.dropLast(tail.count).last == UInt8(ascii: "<")
        guard isInTag else { return .text }
        let tag = Array(tail.reversed())
        // The attribute at hand begins behind the last quotation mark that opens.
        guard let equals = openAttribute(in: tag) else { return .attribute }
        let name = tag[..<equals].reversed().prefix { $0 != 0x20 && $0 != 0x0a && $0 != 0x09 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
        guard addressAttributes.contains(String(decoding: name.reversed(), as: UTF8.self).lowercased()) else { return .attribute }
        let begun = tag[(equals + 1)...].drop { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") || $0 == 0x20 }
        if begun.isEmpty { return .address }
        return begun.contains { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ? .query : .addressPart
    }

    /// The `=` of the attribute whose value is not at its end yet.
    private static func openAttribute(in tag: [UInt8]) -> Int? {
        var quote: UInt8?
        var equals: Int?
        for (index, byte) in tag.enumerated() {
            switch (byte, quote) {
            case (let byte, let open?) where byte == open: (quote, equals) = (nil, nil)
            case (_, .some): break
            case (UInt8(ascii: "="), nil): equals = index
            case (UInt8(ascii: "\""), nil), (UInt8(ascii: "'"), nil): quote = byte
            case (0x20, nil), (0x0a, nil), (0x09, nil): equals = nil
            default: break
            }
        }
        return equals
    }

    // MARK: Addresses

    /// Without a scheme, or with one that runs nothing.
    private static func isSafe(address: String) -> Bool {
        guard let colon = address.utf8.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let scheme = address[..<colon]
        return scheme.utf8.contains(UInt8(ascii: "/")) || ["http", "https", "mailto"].contains(scheme.lowercased())
    }

    /// What no address has is written as two digits a byte; what is escaped already stays.
    private static func address(_ text: String) -> String {
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let isPlain = byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "!#$&*+,-./:;=?@[]_~".utf8.contains(byte)
            let isEscape = byte == UInt8(ascii: "%") && bytes[(index + 1)...].prefix(2).filter(isHexadecimal).count == 2
            if isPlain || isEscape { out.append(byte) } else { out += "%\(GoQuote.hex(UInt32(byte), width: 2, uppercase: false))".utf8 }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Everything but letters, digits and `-._~`.
    private static func query(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            let isPlain = byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "-._~".utf8.contains(byte)
            if isPlain { out.append(byte) } else { out += "%\(GoQuote.hex(UInt32(byte), width: 2, uppercase: false))".utf8 }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 }
}

extension Pipeline {
    /// Whether its last command is `html`, which need not be done a second time.
    var escapesForHTML: Bool {
        guard let first = commands.last?.operands.first, case .function("html") = first.kind else { return false }
        return true
    }
}
