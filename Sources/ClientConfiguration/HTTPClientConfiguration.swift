/// How a client of ours speaks HTTP to others: who it says it is, whom it trusts.
public struct HTTPClientConfiguration: Sendable, Hashable {
    public var basicAuth: BasicAuth?
    public var authorization: Authorization?
    public var oauth2: OAuth2?
    public var proxy = ProxyConfiguration()
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

    /// A token that is fetched with the client's own name and secret (RFC 6749 §4.4) and sent until it expires. Of secret and file one is set.
    public struct OAuth2: Sendable, Hashable {
        public var clientID = ""
        public var clientSecret: Secret?
        public var clientSecretFile: String?
        public var scopes: [String] = []
        /// Where tokens are fetched.
        public var tokenAddress = ""
        /// What else is asked for, by name.
        public var parameters: [String: String] = [:]
        public var tls = TLSConfiguration()
        public var proxy = ProxyConfiguration()

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

/// The way that requests take: directly, through one proxy, or through those that the environment names.
public struct ProxyConfiguration: Sendable, Hashable {
    /// `http://[user:password@]host[:port]` or `socks5://host[:port]`.
    public var address: Secret?
    /// What is reached directly: hosts, domains, addresses and networks between commas.
    public var exceptions = ""
    public var fromEnvironment = false
    /// What the proxy is told besides.
    public var connectHeaders: [Header] = []

    public struct Header: Sendable, Hashable {
        public var name: String
        public var values: [Secret]
    }

    public init() {}
}

extension HTTPClientConfiguration {
    /// The files that are read for each request.
    public var namedFiles: [String] {
        let single = [
            basicAuth?.usernameFile, basicAuth?.passwordFile, authorization?.credentialsFile, oauth2?.clientSecretFile, tls.authorityFile,
            tls.certificateFile, tls.keyFile, oauth2?.tls.authorityFile, oauth2?.tls.certificateFile, oauth2?.tls.keyFile,
        ]
        return single.compactMap { $0 } + headers.flatMap(\.files)
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
