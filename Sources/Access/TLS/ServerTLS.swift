import NIOCore
public import NIOSSL
import StrictYAML

/// TLS as the server speaks it, made of settings: certificates and keys are read when this is made.
public struct ServerTLS: Sendable {
    private let context: NIOSSLContext
    private let authentication: ClientAuthentication
    private let allowedNames: [String]?

    /// - Throws: if a certificate or a key cannot be read, or the two do not belong together.
    init(_ settings: TLSSettings, read: (String) throws -> [UInt8]) throws(YAMLError) {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try Self.certificates(settings.certificate, read).map { .certificate($0) },
            privateKey: .privateKey(try Self.key(settings.key, read)))
        configuration.minimumTLSVersion = settings.minimum
        configuration.maximumTLSVersion = settings.maximum
        configuration.applicationProtocols = ["http/1.1"]
        if !settings.ciphers.isEmpty {
            let ciphers = CipherNames.upTo12(settings.ciphers)
            if ciphers.isEmpty { configuration.minimumTLSVersion = .tlsv13 } else { configuration.cipherSuiteValues = ciphers }
        }
        if !settings.curves.isEmpty { configuration.curves = settings.curves }
        if let authority = settings.authority { configuration.trustRoots = .certificates(try Self.authorities(authority, read)) }
        switch settings.clientAuthentication {
        case .noClientCert: configuration.certificateVerification = .none
        case .requestClientCert, .verifyClientCertIfGiven: configuration.certificateVerification = .optionalVerification
        case .requireAnyClientCert, .requireClientCert, .requireAndVerifyClientCert:
            configuration.certificateVerification = .noHostnameVerification
        }
        authentication = settings.clientAuthentication
        allowedNames = settings.allowedNames
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            throw YAMLError(settings.key.place, "the certificate and the key cannot be used together: \(error)")
        }
    }

    /// For one connection.
    public func handler() -> NIOSSLServerHandler {
        guard authentication != .noClientCert, !authentication.isVerified else { return NIOSSLServerHandler(context: context) }
        // Asked for, but not checked.
        return NIOSSLServerHandler(context: context) { _, verdict in verdict.succeed(.certificateVerified) }
    }

    /// Whether a connection may go on with what its client has shown.
    public func admits(_ certificate: ClientCertificate?) -> Bool {
        guard let allowedNames, authentication != .noClientCert else { return true }
        return certificate?.alternativeNames.contains { name in allowedNames.contains { $0.utf8.elementsEqual(name.utf8) } } == true
    }

    /// What a client has shown in a handshake that is over.
    public func shown(_ certificate: NIOSSLCertificate) -> ClientCertificate {
        ClientCertificate(certificate, isVerified: authentication.isVerified)
    }

    // MARK: Reading

    private static func content(_ source: TLSSettings.Source, _ read: (String) throws -> [UInt8]) throws(YAMLError) -> [UInt8] {
        switch source {
        case .text(let text, _): return Array(text.utf8)
        case .file(let path, let place): do { return try read(path) } catch { throw YAMLError(place, "cannot be read: \(error)") }
        }
    }

    private static func certificates(
        _ source: TLSSettings.Source, _ read: (String) throws -> [UInt8]
    ) throws(YAMLError) -> [NIOSSLCertificate] {
        let bytes = try content(source, read)
        if let all = try? NIOSSLCertificate.fromPEMBytes(bytes), !all.isEmpty { return all }
        throw YAMLError(source.place, "there is no certificate in PEM")
    }

    /// A file without certificates vouches for nobody, as in Prometheus.
    private static func authorities(
        _ source: TLSSettings.Source, _ read: (String) throws -> [UInt8]
    ) throws(YAMLError) -> [NIOSSLCertificate] {
        let bytes = try content(source, read)
        return (try? NIOSSLCertificate.fromPEMBytes(bytes)) ?? []
    }

    private static func key(_ source: TLSSettings.Source, _ read: (String) throws -> [UInt8]) throws(YAMLError) -> NIOSSLPrivateKey {
        let bytes = try content(source, read)
        // What is wrong with a key is not told: the message could hold a part of it.
        if let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { return key }
        throw YAMLError(source.place, "there is no key in PEM, or it has a pass phrase")
    }
}
