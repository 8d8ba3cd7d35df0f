import Model
import NIOSSL
import StrictYAML

extension TLSSettings {
    private static let keys = [
        "cert", "key", "client_ca", "cert_file", "key_file", "client_ca_file", "client_auth_type", "client_allowed_sans", "cipher_suites",
        "curve_preferences", "min_version", "max_version", "prefer_server_cipher_suites",
    ]
    private static let versions: [(name: String, version: TLSVersion)] = [
        ("TLS10", .tlsv1), ("TLS11", .tlsv11), ("TLS12", .tlsv12), ("TLS13", .tlsv13),
    ]
    private static let curves: [(name: String, curve: NIOTLSCurve)] = [
        ("CurveP256", .secp256r1), ("CurveP384", .secp384r1), ("CurveP521", .secp521r1), ("X25519", .x25519),
    ]

    /// Nil if nothing is said that switches TLS on, as in Prometheus.
    init?(_ value: YAMLValue, _ namedFiles: inout [String]) throws(YAMLError) {
        let map = try value.mapping(keys: Self.keys)
        let ciphers = try Self.ciphers(map)
        let curves = try map.list("curve_preferences").map { item throws(YAMLError) in try item.one(of: Self.curves.map { ($0.name, $0.curve) }) }
        let versions = Self.versions.map { ($0.name, $0.version) }
        let minimum = try map.given("min_version")?.one(of: versions) ?? .tlsv12
        let maximum = try map.given("max_version")?.one(of: versions) ?? .tlsv13
        _ = try map.bool("prefer_server_cipher_suites")
        let allowedNames = map.has("client_allowed_sans") ? try map.strings("client_allowed_sans") : nil
        let asked = map.given("client_auth_type")
        let authority = try Self.source("client_ca", map, &namedFiles)
        let certificate = try Self.source("cert", map, &namedFiles)
        let key = try Self.source("key", map, &namedFiles)
        let word = try asked?.string() ?? ""
        guard certificate != nil || key != nil || authority != nil || !word.isEmpty else { return nil }
        guard let certificate else { throw value.error("TLS needs a certificate: cert_file, or cert with the text itself") }
        guard let key else { throw value.error("TLS needs the key of its certificate: key_file, or key with the text itself") }
        self.init(certificate: certificate, key: key, authority: authority, allowedNames: allowedNames)
        if let asked, !word.isEmpty { clientAuthentication = try asked.choice(ClientAuthentication.self) }
        (self.minimum, self.maximum, self.ciphers, self.curves) = (minimum, maximum, ciphers, curves)
        try check(map)
    }

    private func check(_ map: YAMLMapping) throws(YAMLError) {
        if authority != nil, clientAuthentication == .noClientCert {
            throw map.error(at: map.has("client_ca_file") ? "client_ca_file" : "client_ca", "has no effect without a client_auth_type")
        }
        if let names = map.given("client_allowed_sans") {
            if !clientAuthentication.isRequired {
                names.warn("only RequireAnyClientCert and RequireAndVerifyClientCert make sure that there is a certificate with a name")
            } else if !clientAuthentication.isVerified {
                names.warn("anybody can make a certificate with such a name, unless client_auth_type is RequireAndVerifyClientCert")
            }
        }
        if let order = Self.order(minimum), let last = Self.order(maximum), order > last {
            map.value.warn("no version of TLS is from min_version through max_version: nobody can connect")
        }
    }

    private static func order(_ version: TLSVersion) -> Int? { versions.firstIndex { $0.version == version } }

    /// A file goes before a text, as in Prometheus; an empty one is none.
    private static func source(_ key: String, _ map: YAMLMapping, _ namedFiles: inout [String]) throws(YAMLError) -> Source? {
        let text = try map.string(key) ?? ""
        guard let path = try map.filePath(key + "_file"), let value = map[key + "_file"] else {
            return text.isEmpty ? nil : map[key].map { .text(text, $0.place) }
        }
        if !text.isEmpty { value.warn("\(key)_file goes before \(key), which has no effect") }
        namedFiles.append(path)
        return .file(path, value.place)
    }

    private static func ciphers(_ map: YAMLMapping) throws(YAMLError) -> [NIOTLSCipher] {
        try map.list("cipher_suites").map { item throws(YAMLError) in try item.one(of: CipherNames.all) }
    }
}

extension YAMLValue {
    /// What a word stands for.
    fileprivate func one<Meaning>(of words: [(String, Meaning)]) throws(YAMLError) -> Meaning {
        let text = try string()
        if let found = words.first(where: { $0.0 == text }) { return found.1 }
        throw error("expected one of \(words.map(\.0).joined(separator: ", ")), found \(quoted(text))")
    }
}

/// The cipher suites that Go takes for secure (https://pkg.go.dev/crypto/tls#CipherSuites), by their registered names.
enum CipherNames {
    static let all: [(String, NIOTLSCipher)] = [
        ("TLS_AES_128_GCM_SHA256", .TLS_AES_128_GCM_SHA256),
        ("TLS_AES_256_GCM_SHA384", .TLS_AES_256_GCM_SHA384),
        ("TLS_CHACHA20_POLY1305_SHA256", .TLS_CHACHA20_POLY1305_SHA256),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
        ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
        ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ]
    private static let only13: [NIOTLSCipher] = [.TLS_AES_128_GCM_SHA256, .TLS_AES_256_GCM_SHA384, .TLS_CHACHA20_POLY1305_SHA256]

    /// Without those of TLS 1.3, which are not chosen.
    static func upTo12(_ ciphers: [NIOTLSCipher]) -> [NIOTLSCipher] { ciphers.filter { !only13.contains($0) } }
}
