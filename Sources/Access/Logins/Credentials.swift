import Foundation

/// What an `Authorization` header says of who sends it. Nothing of it is checked yet.
public enum Credentials: Sendable, Hashable {
    /// RFC 7617.
    case password(user: [UInt8], password: [UInt8])
    /// RFC 6750.
    case token([UInt8])

    /// Nil if it is neither, or not well-formed.
    public init?(_ header: String) {
        let sent = header.utf8
        // Blanks around a header's value are no part of it.
        let header = sent[..<(sent.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }.map(sent.index(after:)) ?? sent.startIndex)]
        guard let blank = header.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let rest = header[header.index(after: blank)...]
        switch String(decoding: header[..<blank], as: UTF8.self).lowercased() {
        case "basic":
            guard let bytes = Data(base64Encoded: Data(rest)), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            self = .password(user: Array(bytes[..<colon]), password: Array(bytes[bytes.index(after: colon)...]))
        case "bearer":
            let token = rest.drop { $0 == UInt8(ascii: " ") }
            guard !token.isEmpty, token.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
            self = .token(Array(token))
        default: return nil
        }
    }

    /// Who the sender claims to be, for records; a token claims nothing.
    var claimed: String? {
        guard case .password(let user, _) = self else { return nil }
        let text = String(decoding: user, as: UTF8.self)
        return text.count > 64 ? text.prefix(64) + "…" : text
    }

    var means: Login.Means {
        switch self {
        case .password: .password
        case .token: .token
        }
    }
}
