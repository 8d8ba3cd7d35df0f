/// What a mail server answers (RFC 5321 §4.2): one or more lines of a code, `-` or a blank, and a text.
package struct SMTPReply: Sendable, Hashable {
    package let code: Int
    /// The texts of the lines.
    package let lines: [String]

    var isPositive: Bool { code / 100 == 2 }
    var isTemporary: Bool { code / 100 == 4 }
    var isPermanent: Bool { code / 100 == 5 }

    /// For people: `550 no such user`.
    var shown: String { ShortText.shown("\(code) \(lines.joined(separator: " "))".utf8, limit: 300) }
}

/// What a server may not answer.
package struct SMTPFault: Error, Hashable, CustomStringConvertible {
    package let description: String
}

/// Puts replies together from the bytes that come.
package struct SMTPReplyReader {
    private var buffer: [UInt8] = []
    private var code: Int?
    private var lines: [String] = []

    /// A server with longer lines (RFC 5321 allows 512 bytes) or more of them is none.
    private static let longestLine = 4096
    private static let mostLines = 500

    package init() {}

    /// Whether there are bytes behind the last reply.
    var hasRest: Bool { !buffer.isEmpty || code != nil }

    package mutating func add(_ bytes: some Sequence<UInt8>) { buffer += bytes }

    /// The next whole reply, nil if more bytes are needed.
    package mutating func next() throws(SMTPFault) -> SMTPReply? {
        while let end = buffer.firstIndex(of: 0x0a) {
            let line = buffer[..<end]
            guard line.count <= Self.longestLine else { throw SMTPFault(description: "a line of the reply is too long") }
            let reply = try take(line.last == 0x0d ? line.dropLast() : line)
            buffer.removeFirst(end + 1)
            if let reply { return reply }
        }
        if buffer.count > Self.longestLine { throw SMTPFault(description: "a line of the reply is too long") }
        return nil
    }

    private mutating func take(_ line: ArraySlice<UInt8>) throws(SMTPFault) -> SMTPReply? {
        let digits = line.prefix(3)
        let sign = line.dropFirst(3).first
        guard digits.count == 3, digits.allSatisfy({ $0 &- 0x30 < 10 }), let code = Int(String(decoding: digits, as: UTF8.self)),
            (200..<600).contains(code),
            sign == nil || sign == 0x20 || sign == UInt8(ascii: "-")
        else { throw SMTPFault(description: "not the reply of a mail server: \(ShortText.shown(line, limit: 80))") }
        if let known = self.code, known != code { throw SMTPFault(description: "the lines of a reply have the codes \(known) and \(code)") }
        self.code = code
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        if lines.count > Self.mostLines { throw SMTPFault(description: "a reply of more than \(Self.mostLines) lines") }
        guard sign != UInt8(ascii: "-") else { return nil }
        defer { (self.code, lines) = (nil, []) }
        return SMTPReply(code: code, lines: lines)
    }
}

/// What a server can do, as it says after EHLO.
package struct SMTPExtensions: Sendable, Hashable {
    /// By keyword in capitals: the words behind it.
    private let named: [String: [String]]

    package init(_ reply: SMTPReply) {
        var named: [String: [String]] = [:]
        for line in reply.lines.dropFirst() {
            // Old servers write AUTH=LOGIN.
            let words = line.split { $0 == " " || $0 == "=" }.map { $0.uppercased() }
            guard let first = words.first else { continue }
            named[first, default: []] += words.dropFirst()
        }
        self.named = named
    }

    func has(_ keyword: String) -> Bool { named[keyword] != nil }
    /// In the order in which the server names them.
    var authentication: [String]? { named["AUTH"] }
    /// Bytes of a mail that it takes; nil: it does not say.
    var size: Int? { named["SIZE"]?.first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
}
