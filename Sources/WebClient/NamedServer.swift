/// A target whose certificate bears another name than its address (`server_name`): the request asks for that name, goes to the address, and
/// still tells the server the host it was found under.
public struct NamedServer: Equatable, Sendable {
    /// The URL with the certificate's name as its host.
    public let url: String
    /// The `Host` header: host and port as the target has them.
    public let authority: String
    /// What to connect to, a name or an address without brackets.
    public let host: String

    /// Nil if the URL is not of `https`: there is no certificate to look at.
    public init?(_ url: String, serverName: String) {
        let scheme = "https://"
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.utf8.dropFirst(scheme.utf8.count)
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        let place = rest[..<end]
        let authority = place.lastIndex(of: UInt8(ascii: "@")).map { place[place.index(after: $0)...] } ?? place
        let isBracketed = authority.first == UInt8(ascii: "[")
        let hostEnd =
            isBracketed
            ? authority.firstIndex(of: UInt8(ascii: "]")).map { authority.index(after: $0) }
            : authority.lastIndex(of: UInt8(ascii: ":"))
        let host = authority[..<(hostEnd ?? authority.endIndex)]
        let port = authority[(hostEnd ?? authority.endIndex)...]
        self.authority = String(Substring(authority))
        self.host = String(Substring(isBracketed ? host.dropFirst().dropLast() : host))
        self.url = scheme + serverName + String(Substring(port)) + String(Substring(rest[end...]))
    }
}
