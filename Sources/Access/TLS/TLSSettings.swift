import NIOSSL
import StrictYAML

/// `tls_server_config`: what the server shows of itself, what it speaks, and what it asks of its clients.
struct TLSSettings: Sendable {
    /// Certificates or a key in PEM, where they are: in the web configuration, or in a file.
    enum Source: Sendable {
        case text(String, YAMLPlace)
        case file(String, YAMLPlace)

        var place: YAMLPlace {
            switch self {
            case .text(_, let place), .file(_, let place): place
            }
        }
    }

    var certificate: Source
    var key: Source
    /// Who vouches for clients; nil: whom the system trusts.
    var authority: Source?
    var clientAuthentication = ClientAuthentication.noClientCert
    /// Nil: any. Empty: none.
    var allowedNames: [String]?
    var minimum = TLSVersion.tlsv12
    var maximum = TLSVersion.tlsv13
    /// Up to TLS 1.2; empty: the usual ones.
    var ciphers: [NIOTLSCipher] = []
    var curves: [NIOTLSCurve] = []
}

/// What is asked of clients, in the words of Go's `crypto/tls`.
enum ClientAuthentication: String, Sendable, CaseIterable {
    case noClientCert = "NoClientCert"
    case requestClientCert = "RequestClientCert"
    case requireAnyClientCert = "RequireAnyClientCert"
    /// An older word for the one before.
    case requireClientCert = "RequireClientCert"
    case verifyClientCertIfGiven = "VerifyClientCertIfGiven"
    case requireAndVerifyClientCert = "RequireAndVerifyClientCert"

    /// Whether a certificate that a client shows was issued by somebody we trust.
    var isVerified: Bool { self == .verifyClientCertIfGiven || self == .requireAndVerifyClientCert }
    var isRequired: Bool { self == .requireAnyClientCert || self == .requireClientCert || isRequiredAndVerified }
    var isRequiredAndVerified: Bool { self == .requireAndVerifyClientCert }
}
