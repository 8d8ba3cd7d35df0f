import ClientConfiguration
import NIOSSL

/// Turns what the configuration says about TLS into what the client needs.
struct TLSFiles {
    let readFile: @Sendable (String) throws -> [UInt8]

    func configuration(_ wanted: ClientConfiguration.TLSConfiguration) throws -> NIOSSL.TLSConfiguration {
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

    private func content(_ text: String?, _ file: String?) throws -> [UInt8]? {
        if let text { return Array(text.utf8) }
        do {
            return try file.map(readFile)
        } catch {
            throw ScrapeError("unable to read file \(file ?? "")")
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
