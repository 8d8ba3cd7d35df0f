import Model
import StrictYAML

extension HTTPClientConfiguration {
    /// The keys of the block, which stand beside those of the section it is part of.
    public static let keys = [
        "basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file", "tls_config", "follow_redirects", "enable_http2",
        "http_headers", "proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header",
    ]

    /// Headers that we set ourselves.
    static let reservedHeaders: Set<String> = [
        "authorization", "host", "content-encoding", "content-length", "content-type", "user-agent", "connection", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "www-authenticate", "accept-encoding", "x-prometheus-remote-write-version",
        "x-prometheus-remote-read-version", "x-prometheus-scrape-timeout-seconds", "x-amz-date", "x-amz-security-token",
        "x-amz-content-sha256",
    ]

    /// Reads the block.
    public init(_ map: YAMLMapping) throws(YAMLError) {
        try Self.checkOneIdentity(map)
        if let value = map.given("basic_auth") { basicAuth = try BasicAuth(value) }
        if let value = map.given("authorization") { authorization = try Authorization(value) }
        if let token = try map.string("bearer_token"), !token.isEmpty {
            authorization = Authorization(credentials: Secret(token))
        }
        if let path = try map.filePath("bearer_token_file") { authorization = Authorization(credentialsFile: path) }
        if let value = map.given("oauth2") { oauth2 = try OAuth2(value) }
        proxy = try ProxyConfiguration(map)
        if let value = map.given("tls_config") { tls = try TLSConfiguration(value) }
        followRedirects = try map.bool("follow_redirects") ?? true
        enableHTTP2 = try map.bool("enable_http2") ?? true
        if let value = map.given("http_headers") { headers = try Self.headers(value) }
    }

    private static func checkOneIdentity(_ map: YAMLMapping) throws(YAMLError) {
        if map.has("bearer_token"), map.has("bearer_token_file") {
            throw map.error(at: "bearer_token_file", "at most one of bearer_token and bearer_token_file may be given")
        }
        let ways = ["basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file"].filter(map.has)
        if ways.count > 1 { throw map.error(at: ways[1], "at most one of \(ways.joined(separator: " and ")) may be given") }
    }

    private static func headers(_ value: YAMLValue) throws(YAMLError) -> [HTTPHeader] {
        var all: [HTTPHeader] = []
        for (name, place, content) in try value.entries() {
            if reservedHeaders.contains(name.lowercased()) {
                throw YAMLError(place, "\(value.path): the header \"\(name)\" is set by the server itself")
            }
            let map = try content.mapping(keys: ["values", "secrets", "files"])
            var files: [String] = []
            for file in try map.list("files") { files.append(try file.filePath()) }
            all.append(HTTPHeader(name: name, values: try map.strings("values"), secrets: try map.strings("secrets").map(Secret.init), files: files))
        }
        return all
    }
}

extension HTTPClientConfiguration.BasicAuth {
    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["username", "username_file", "password", "password_file", "username_ref", "password_ref"])
        for (key, other) in [("username", "username_file"), ("password", "password_file")] where map.has(key) && map.has(other) {
            throw map.error(at: other, "at most one of \(key) and \(other) may be given")
        }
        for key in ["username_ref", "password_ref"] where map.has(key) { throw map.error(at: key, "\(key) is not supported; use a file") }
        username = try map.string("username") ?? ""
        usernameFile = try map.filePath("username_file")
        password = try map.string("password").map(Secret.init)
        passwordFile = try map.filePath("password_file")
    }
}

extension HTTPClientConfiguration.Authorization {
    init(credentials: Secret? = nil, credentialsFile: String? = nil) {
        self.credentials = credentials
        self.credentialsFile = credentialsFile
    }

    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["type", "credentials", "credentials_file", "credentials_ref"])
        if map.has("credentials"), map.has("credentials_file") {
            throw map.error(at: "credentials_file", "at most one of credentials and credentials_file may be given")
        }
        if map.has("credentials_ref") { throw map.error(at: "credentials_ref", "credentials_ref is not supported; use credentials_file") }
        if let type = try map.string("type")?.trimmed, !type.isEmpty { self.type = type }
        if type.lowercased() == "basic" { throw map.error(at: "type", "for the type \"basic\" use basic_auth instead") }
        credentials = try map.string("credentials").map(Secret.init)
        credentialsFile = try map.filePath("credentials_file")
    }
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

extension TLSConfiguration {
    private static let pairs = [("ca", "ca_file"), ("cert", "cert_file"), ("key", "key_file")]

    public init(_ value: YAMLValue) throws(YAMLError) {
        let refs = ["ca_ref", "cert_ref", "key_ref"]
        let map = try value.mapping(
            keys: Self.pairs.flatMap { [$0.0, $0.1] } + refs + ["server_name", "insecure_skip_verify", "min_version", "max_version"])
        for (key, other) in Self.pairs where map.has(key) && map.has(other) {
            throw map.error(at: other, "at most one of \(key) and \(other) may be given")
        }
        for key in refs where map.has(key) { throw map.error(at: key, "\(key) is not supported; use a file") }
        authority = try map.string("ca")
        authorityFile = try map.filePath("ca_file")
        certificate = try map.string("cert")
        certificateFile = try map.filePath("cert_file")
        key = try map.string("key").map(Secret.init)
        keyFile = try map.filePath("key_file")
        serverName = try Self.serverName(map)
        insecureSkipVerify = try map.bool("insecure_skip_verify") ?? false
        minimumVersion = try map.choice("min_version", Version.self)
        maximumVersion = try map.choice("max_version", Version.self)
        let hasCertificate = certificate != nil || certificateFile != nil
        if hasCertificate != (key != nil || keyFile != nil) {
            throw value.error("a client certificate needs both cert or cert_file and key or key_file")
        }
    }
}

extension TLSConfiguration {
    /// A host name; the certificate of a target reached by its address is checked against that address, and no other can be asked for.
    private static func serverName(_ map: YAMLMapping) throws(YAMLError) -> String? {
        guard let name = try map.string("server_name"), !name.isEmpty else { return nil }
        let isHostName = name.utf8.allSatisfy { $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || "-._".utf8.contains($0) }
        let isAddress = name.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 == UInt8(ascii: ".") }
        if !isHostName || isAddress { throw map.error(at: "server_name", "server_name must be a host name, not \(quoted(name))") }
        return name
    }
}

extension HTTPClientConfiguration {
    /// Whether a header is one the server sets itself.
    public static func isReserved(header name: String) -> Bool { reservedHeaders.contains(name.lowercased()) }
}
