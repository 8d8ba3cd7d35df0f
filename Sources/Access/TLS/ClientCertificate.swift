import Glibc
public import NIOSSL
import SwiftASN1

/// The names in a client's certificate. One object a connection.
public final class ClientCertificate: Sendable {
    /// The subject's common name.
    let commonName: String?
    /// Hosts, mail addresses, addresses and URIs, as Go writes them.
    let alternativeNames: [String]
    /// Whether somebody whom the server trusts has vouched for it, by the settings that the connection was made with.
    let isVerified: Bool

    /// The common name first.
    var names: [String] { (commonName.map { [$0] } ?? []) + alternativeNames }

    public init(_ certificate: NIOSSLCertificate, isVerified: Bool) {
        self.isVerified = isVerified
        commonName = (try? certificate.toDERBytes()).flatMap(SubjectName.common)
        alternativeNames = certificate._subjectAlternativeNames().compactMap { name in
            switch name.nameType {
            case .dnsName, .email, .uri: String(decoding: name.contents, as: UTF8.self)
            case .ipAddress: Self.address(Array(name.contents))
            default: nil
            }
        }
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The subject of a certificate (RFC 5280 §4.1): the sixth field, or the fifth where no version is given.
enum SubjectName {
    private static let commonName: ASN1ObjectIdentifier = [2, 5, 4, 3]

    /// The last common name; nil if there is none.
    static func common(_ certificate: [UInt8]) -> String? {
        guard let root = try? DER.parse(certificate), let signed = root.children?.first, let fields = signed.children else { return nil }
        let withoutVersion = fields.first?.identifier.tagClass == .contextSpecific ? fields.dropFirst() : fields[...]
        // Number, algorithm, issuer, validity, subject.
        guard let subject = withoutVersion.dropFirst(4).first?.children else { return nil }
        let attributes = subject.flatMap { $0.children ?? [] }.compactMap(\.children).filter { $0.count == 2 }
        let named = attributes.last { (try? ASN1ObjectIdentifier(derEncoded: $0[0])) == commonName }
        guard let named, case .primitive(let bytes) = named[1].content else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension ASN1Node {
    fileprivate var children: [ASN1Node]? {
        if case .constructed(let nodes) = content { Array(nodes) } else { nil }
    }
}
