/// How a client of ours speaks HTTP to others: who it says it is, whom it trusts.
public struct HTTPClientConfiguration: Sendable, Hashable {
    public var basicAuth: BasicAuth?
    public var authorization: Authorization?
    public var tls = TLSConfiguration()
    public var followRedirects = true
    public var enableHTTP2 = true
    public var headers: [HTTPHeader] = []

    public init() {}

    /// RFC 7617. A file is read anew for each request; of name and file, of password and file, at most one is set.
    public struct BasicAuth: Sendable, Hashable {
        public var username = ""
        public var usernameFile: String?
        public var password: Secret?
        public var passwordFile: String?

        public init() {}
    }

    /// The `Authorization` header: type, blank, credentials (or the trimmed content of a file).
    public struct Authorization: Sendable, Hashable {
        public var type = "Bearer"
        public var credentials: Secret?
        public var credentialsFile: String?

        public init() {}
    }

    /// A header to send with every request, once for each value, secret and file content.
    public struct HTTPHeader: Sendable, Hashable {
        public var name: String
        public var values: [String]
        public var secrets: [Secret]
        public var files: [String]
    }
}

/// What TLS trusts and shows. Certificates are PEM, given as text or as a file, at most one of both.
public struct TLSConfiguration: Sendable, Hashable {
    public enum Version: String, Sendable, Hashable, CaseIterable {
        case tls10 = "TLS10"
        case tls11 = "TLS11"
        case tls12 = "TLS12"
        case tls13 = "TLS13"
    }

    public var authority: String?
    public var authorityFile: String?
    public var certificate: String?
    public var certificateFile: String?
    public var key: Secret?
    public var keyFile: String?
    /// The name the server's certificate must bear, if not the host's.
    public var serverName: String?
    public var insecureSkipVerify = false
    /// Nil: TLS 1.2.
    public var minimumVersion: Version?
    public var maximumVersion: Version?

    public init() {}
}
