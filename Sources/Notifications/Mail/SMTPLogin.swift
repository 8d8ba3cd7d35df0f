import Crypto
import FoundationEssentials
import WebClient

/// Who logs in at a mail server, and how.
struct SMTPLogin: Sendable {
    let username: String
    let password: String?
    let secret: String?
    let identity: String

    enum Way: Sendable, Hashable {
        case cramMD5, plain, login
    }

    /// The first of the server's ways for which there is what it needs. Throws if there is none.
    func way(_ offered: [String]) throws(SMTPFault) -> Way {
        for name in offered {
            switch name {
            case "CRAM-MD5" where secret != nil: return .cramMD5
            case "PLAIN" where password != nil: return .plain
            case "LOGIN" where password != nil: return .login
            default: continue
            }
        }
        let ways = offered.isEmpty ? "none" : offered.joined(separator: ", ")
        throw SMTPFault(description: "no way to log in: the server offers \(ways); PLAIN and LOGIN need a password, CRAM-MD5 a secret")
    }

    /// RFC 4616.
    var plain: String { Credentials.base64("\(identity)\u{0}\(username)\u{0}\(password ?? "")".utf8) }

    /// RFC 2195. Throws if the challenge is none.
    func cramMD5(_ challenge: String) throws(SMTPFault) -> String {
        guard let bytes = Data(base64Encoded: challenge) else { throw SMTPFault(description: "the challenge of CRAM-MD5 is not base64") }
        let digest = HMAC<Insecure.MD5>.authenticationCode(for: bytes, using: SymmetricKey(data: Array((secret ?? "").utf8)))
        return Credentials.base64("\(username) \(StableName.hex(digest))".utf8)
    }
}

extension SMTPLogin {
    var encodedUsername: String { Credentials.base64(username.utf8) }
    var encodedPassword: String { Credentials.base64((password ?? "").utf8) }
}
