public import ClientConfiguration
import WebClient

/// The address of a source of targets, taken apart as far as a request needs it: `http[s]://[user[:password]@]host[:port][/path][?query]`.
public struct SourceAddress: Sendable, Hashable {
    /// In small letters.
    public let scheme: String
    public let login: Login?
    /// The host and, if one is given, the port.
    public let place: String
    /// Path and query, as they are written.
    public let path: String

    public struct Login: Sendable, Hashable {
        public let user: String
        public let password: Secret?
    }

    /// Nil if it has no scheme or no host.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        let rest = text[colon...].dropFirst(3).prefix { $0 != "#" }
        let end = rest.firstIndex { "/?".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        if place.isEmpty || place.first == ":" || colon == text.startIndex { return nil }
        scheme = text[..<colon].lowercased()
        login = at.map { Login(authority[..<$0]) }
        self.place = String(place)
        path = String(rest[end...])
    }

    /// Without the login.
    public var bare: String { "\(scheme)://\(place)\(path)" }

    /// With `<secret>` in the place of the password.
    public var shown: String {
        guard let login else { return bare }
        return "\(scheme)://\(login.user)\(login.password.map { ":\($0)" } ?? "")@\(place)\(path)"
    }

    /// The text of an address as it may be shown; what is no address stays.
    public static func shown(_ text: String) -> String {
        guard let address = SourceAddress(text), address.login?.password != nil else { return text }
        return address.shown
    }

    /// The configuration of a client that also sends the login of the address, which goes before that of the configuration.
    func client(_ configured: HTTPClientConfiguration) -> HTTPClientConfiguration {
        guard let login else { return configured }
        var client = configured
        client.authorization = nil
        client.basicAuth = HTTPClientConfiguration.BasicAuth()
        client.basicAuth?.username = login.user
        client.basicAuth?.password = login.password
        return client
    }
}

extension SourceAddress.Login {
    fileprivate init(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        user = PercentEscapes.decoded(parts[0])
        password = parts.count > 1 ? Secret(PercentEscapes.decoded(parts[1])) : nil
    }
}
