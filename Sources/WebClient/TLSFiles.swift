public import ClientConfiguration
public import NIOSSL

/// Turns what the configuration says about TLS into what the client needs.
public struct TLSFiles: Sendable {
    let readFile: @Sendable (String) throws -> [UInt8]

    public init(readFile: @escaping @Sendable (String) throws -> [UInt8]) { self.readFile = readFile }

    /// Reads the files that are named. Throws a ``WebError`` for one that cannot be read, and what NIOSSL says of one that holds no certificate.
    public func configuration(_ wanted: ClientConfiguration.TLSConfiguration) throws -> NIOSSL.TLSConfiguration {
        var tls = NIOSSL.TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = version(wanted.minimumVersion) ?? .tlsv12
        tls.maximumTLSVersion = version(wanted.maximumVersion)
        if wanted.insecureSkipVerify { tls.certificateVerification = .none }
        if let authority = try content(wanted.authority, wanted.authorityFile) {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
        }
        if let certificate = try content(wanted.certificate, wanted.certificateFile) {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
        }
        if let key = try content(wanted.key?.revealed, wanted.keyFile) {
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
        }
        return tls
    }

    /// What the files hold, so that one can tell whether they have changed.
    func contents(_ wanted: ClientConfiguration.TLSConfiguration) throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for path in [wanted.authorityFile, wanted.certificateFile, wanted.keyFile] {
            if let path { contents[path] = try content(nil, path) }
        }
        return contents
    }

    private func content(_ text: String?, _ file: String?) throws -> [UInt8]? {
        if let text { return Array(text.utf8) }
        do {
            return try file.map(readFile)
        } catch {
            throw WebError("unable to read file \(file ?? "")")
        }
    }

    private func version(_ version: ClientConfiguration.TLSConfiguration.Version?) -> TLSVersion? {
        switch version {
        case .tls10: .tlsv1
        case .tls11: .tlsv11
        case .tls12: .tlsv12
        case .tls13: .tlsv13
        case nil: nil
        }
    }
}
