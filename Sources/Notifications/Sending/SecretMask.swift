import ClientConfiguration
import Model

/// Takes secrets out of what is told of an attempt.
struct SecretMask: Sendable {
    /// The longest first, so that no part of one is left.
    private let secrets: [String]
    /// Shorter ones would be found everywhere; who has such a password has none.
    private static let shortest = 3

    init(_ secrets: [String]) {
        let all = secrets.flatMap { [$0, Self.inner(of: $0)] }.filter { $0.utf8.count >= Self.shortest }
        self.secrets = Set(all).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// A server may answer with the part of its address that it was asked for.
    private static func inner(of secret: String) -> String {
        guard let scheme = secret.firstIndex(of: ":"), secret[scheme...].hasPrefix("://") else { return "" }
        let rest = secret[scheme...].dropFirst(3)
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? ""
    }

    func masked(_ text: String) -> String {
        secrets.reduce(text) { text, secret in Self.replacing(secret, in: text) }
    }

    private static func replacing(_ secret: String, in text: String) -> String {
        let (wanted, bytes) = (Array(secret.utf8), Array(text.utf8))
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: wanted) {
                out += Secret.mask.utf8
                index += wanted.count
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension HTTPClientConfiguration {
    /// The secrets in it that are no files.
    var inlineSecrets: [String] {
        let single = [basicAuth?.password, authorization?.credentials, oauth2?.clientSecret, tls.key, proxy.address, oauth2?.proxy.address]
        let many = headers.flatMap(\.secrets) + (proxy.connectHeaders + (oauth2?.proxy.connectHeaders ?? [])).flatMap(\.values)
        return (single.compactMap { $0 } + many).map(\.revealed)
    }
}
