import Model
import StrictYAML

extension HTTPClientConfiguration.OAuth2 {
    private static let keys = [
        "client_id", "client_secret", "client_secret_file", "scopes", "token_url", "endpoint_params", "tls_config", "grant_type", "client_secret_ref",
        "client_certificate_key", "client_certificate_key_file", "client_certificate_key_ref", "client_certificate_key_id", "signature_algorithm",
        "iss",
        "audience", "claims",
    ]

    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: Self.keys + ProxyConfiguration.keys)
        try Self.refuseUnsupported(map)
        guard let id = try map.string("client_id"), !id.isEmpty else { throw value.error("client_id is missing") }
        clientID = id
        clientSecret = try map.string("client_secret").flatMap { $0.isEmpty ? nil : Secret($0) }
        clientSecretFile = try map.filePath("client_secret_file")
        if clientSecret != nil, clientSecretFile != nil {
            throw map.error(at: "client_secret_file", "at most one of client_secret and client_secret_file may be given")
        }
        scopes = try map.strings("scopes")
        guard let address = try map.string("token_url"), !address.isEmpty else { throw value.error("token_url is missing") }
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
            throw map.error(at: "token_url", "expected an address that begins with http:// or https://")
        }
        tokenAddress = address
        for (name, _, content) in try map.given("endpoint_params")?.entries() ?? [] { parameters[name] = try content.string() }
        if let value = map.given("tls_config") { tls = try TLSConfiguration(value) }
        proxy = try ProxyConfiguration(map)
    }

    private static func refuseUnsupported(_ map: YAMLMapping) throws(YAMLError) {
        if let grant = try map.string("grant_type"), !grant.isEmpty, grant != "client_credentials" {
            throw map.error(at: "grant_type", "only client_credentials is supported, not \(quoted(grant))")
        }
        let foreign =
            ["client_secret_ref", "signature_algorithm", "iss", "audience", "claims"] + Self.keys.filter { $0.hasPrefix("client_certificate") }
        for key in foreign where map.has(key) { throw map.error(at: key, "\(key) is not supported; use client_secret or client_secret_file") }
    }
}

extension ProxyConfiguration {
    static let keys = ["proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header"]

    init(_ map: YAMLMapping) throws(YAMLError) {
        if let text = try map.string("proxy_url"), !text.isEmpty {
            if text != Secret.mask, let problem = Self.problem(with: text) { throw map.error(at: "proxy_url", problem) }
            address = Secret(text)
        }
        exceptions = try map.string("no_proxy") ?? ""
        fromEnvironment = try map.bool("proxy_from_environment") ?? false
        for (name, _, content) in try map.given("proxy_connect_header")?.entries() ?? [] {
            var values: [Secret] = []
            for item in try content.list() { values.append(Secret(try item.string())) }
            connectHeaders.append(Header(name: name, values: values))
        }
        try check(map)
    }

    private func check(_ map: YAMLMapping) throws(YAMLError) {
        if fromEnvironment, address != nil {
            throw map.error(at: "proxy_url", "with proxy_from_environment there must be no proxy_url")
        }
        if fromEnvironment, !exceptions.isEmpty { throw map.error(at: "no_proxy", "with proxy_from_environment there must be no no_proxy") }
        if address == nil, !exceptions.isEmpty { throw map.error(at: "no_proxy", "no_proxy needs a proxy_url") }
        if address == nil, !fromEnvironment, !connectHeaders.isEmpty {
            throw map.error(at: "proxy_connect_header", "proxy_connect_header needs a proxy_url or proxy_from_environment")
        }
    }

    /// The text may hold a password, so that it must not be in the message.
    private static func problem(with text: String) -> String? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://"), text[colon...].count > 3 else {
            return "expected an address such as http://proxy:3128 or socks5://proxy:1080"
        }
        switch text[..<colon].lowercased() {
        case "http", "socks5", "socks5h": return nil
        case let scheme: return "a proxy can be reached by http or socks5, not by \(quoted(scheme))"
        }
    }
}
