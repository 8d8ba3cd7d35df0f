/// An address of a person or a list (RFC 5322 §3.4), read so that nothing in it can become a header or a command.
package struct MailAddress: Sendable, Hashable {
    /// How the person is called; may be empty.
    package let name: String
    /// `local@domain`, as commands and headers have it.
    package let address: String

    /// The domain, for names of messages.
    var domain: String { address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? "localhost" }
    var isASCII: Bool { address.utf8.allSatisfy { $0 < 0x80 } }

    /// Why a text is no list of addresses.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// `Ada <ada@example.org>, "Lovelace, B." <b@example.org>, c@example.org`; comments in parentheses are skipped.
    package static func list(_ text: String) throws(Fault) -> [MailAddress] {
        var reader = MailAddressReader(text)
        return try reader.list()
    }

    /// As it stands in a header.
    package var header: String {
        if name.isEmpty { return "<\(address)>" }
        let isPlain = name.utf8.allSatisfy { $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || " !#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        if isPlain { return "\(name) <\(address)>" }
        if name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return "\"\(Self.quoted(name))\" <\(address)>" }
        return "\(EncodedWords.encode(name)) <\(address)>"
    }

    private static func quoted(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            if character == "\"" || character == "\\" { out += "\\" }
            out.append(character)
        }
    }
}

private struct MailAddressReader {
    private let scalars: [Unicode.Scalar]
    private var at = 0

    /// Nobody is told through more addresses.
    private static let most = 1000

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    private func fault(_ reason: String) -> MailAddress.Fault { MailAddress.Fault(description: "character \(at + 1): \(reason)") }

    mutating func list() throws(MailAddress.Fault) -> [MailAddress] {
        var all: [MailAddress] = []
        repeat {
            try skip()
            // Empty places between commas are allowed.
            if next == nil || next == "," { continue }
            all.append(try address())
            if all.count > Self.most { throw fault("more than \(Self.most) addresses") }
            try skip()
            if let sign = next, sign != "," { throw fault("expected a comma, found \(sign.debugDescription)") }
        } while takeComma()
        if all.isEmpty { throw fault("there is no address") }
        return all
    }

    private mutating func takeComma() -> Bool {
        guard next == "," else { return false }
        at += 1
        return true
    }

    private mutating func address() throws(MailAddress.Fault) -> MailAddress {
        let start = at
        let name = try phrase()
        if next == "<" {
            at += 1
            let address = try local() + "@" + domain()
            guard next == ">" else { throw fault("the address is not closed with >") }
            at += 1
            return MailAddress(name: name, address: address)
        }
        at = start
        return MailAddress(name: "", address: try local() + "@" + domain())
    }

    /// Words before an address in angle brackets; they are no phrase where none follows.
    private mutating func phrase() throws(MailAddress.Fault) -> String {
        var words: [String] = []
        while let sign = next, sign != "<", sign != ",", sign != "@" {
            if sign == "\"" {
                words.append(try quoted())
            } else {
                let word = taken { Self.isAtom($0) || $0 == "." }
                if word.isEmpty { throw fault("\(sign.debugDescription) must stand in quotation marks") }
                words.append(word)
            }
            try skip()
        }
        return words.joined(separator: " ")
    }

    private mutating func local() throws(MailAddress.Fault) -> String {
        try skip()
        if next == "\"" {
            let text = try quoted()
            try at("@")
            return "\"" + text.reduce(into: "") { $0 += $1 == "\"" || $1 == "\\" ? "\\\($1)" : "\($1)" } + "\""
        }
        let text = try dotted("the name before @")
        try at("@")
        return text
    }

    private mutating func at(_ sign: Unicode.Scalar) throws(MailAddress.Fault) {
        try skip()
        guard next == sign else { throw fault("the \(sign) of the address is missing") }
        at += 1
    }

    private mutating func domain() throws(MailAddress.Fault) -> String {
        try skip()
        if next == "[" {
            at += 1
            let literal = taken { $0.isASCII && $0.value > 0x20 && $0 != "[" && $0 != "]" && $0 != "\\" && $0 != "<" && $0 != ">" }
            guard next == "]", !literal.isEmpty else { throw fault("the address literal is not closed") }
            at += 1
            try skip()
            return "[\(literal)]"
        }
        let text = try dotted("the domain behind @")
        try skip()
        return text
    }

    private mutating func dotted(_ what: String) throws(MailAddress.Fault) -> String {
        let text = taken { Self.isAtom($0) || $0 == "." }
        if text.isEmpty || text.hasPrefix(".") || text.hasSuffix(".") || text.contains("..") {
            throw fault("\(what) is missing or has misplaced dots")
        }
        return text
    }

    private mutating func quoted() throws(MailAddress.Fault) -> String {
        var text = String.UnicodeScalarView()
        at += 1
        while let sign = next, sign != "\"" {
            at += 1
            var taken = sign
            if sign == "\\", let escaped = next {
                taken = escaped
                at += 1
            }
            guard taken.value >= 0x20, taken.value != 0x7f else { throw fault("a control character in quotation marks") }
            text.append(taken)
        }
        guard next == "\"" else { throw fault("the quotation mark is not closed") }
        at += 1
        return String(text)
    }

    private mutating func taken(_ belongs: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while let sign = next, belongs(sign) {
            text.append(sign)
            at += 1
        }
        return String(text)
    }

    /// White space and comments.
    private mutating func skip() throws(MailAddress.Fault) {
        var depth = 0
        while let sign = next {
            if sign == "(" { depth += 1 } else if sign == ")", depth > 0 { depth -= 1 } else if depth == 0, sign != " ", sign != "\t" { break }
            at += sign == "\\" && depth > 0 ? 2 : 1
        }
        if depth > 0 { throw fault("a comment is not closed") }
    }

    private static func isAtom(_ scalar: Unicode.Scalar) -> Bool {
        if !scalar.isASCII { return scalar.value >= 0xa0 }
        let value = UInt8(scalar.value)
        return value &- 0x30 < 10 || (value | 0x20) &- 0x61 < 26 || "!#$%&'*+-/=?^_`{|}~".utf8.contains(value)
    }
}
