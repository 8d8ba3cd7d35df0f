import AsyncHTTPClient
import ClientConfiguration
import NIOHTTP1

/// A proxy as an address names it.
struct ProxyServer: Hashable, Sendable {
    let isSOCKS: Bool
    let host: String
    let port: Int
    /// `user:password`, nil if the proxy asks for none.
    let login: String?
    var connectHeaders: [ProxyConfiguration.Header] = []

    /// Reads `scheme://[user:password@]host[:port]`, by the environment's habit also without the scheme. Nil if it cannot be read.
    init?(_ address: String) {
        var rest = address[...]
        var scheme = "http"
        if let separator = rest.firstIndex(of: ":"), rest[separator...].hasPrefix("://") {
            scheme = rest[..<separator].lowercased()
            rest = rest[separator...].dropFirst(3)
        }
        guard ["http", "socks5", "socks5h"].contains(scheme) else { return nil }
        isSOCKS = scheme != "http"
        rest = rest.prefix { !"/?#".contains($0) }
        let at = rest.lastIndex(of: "@")
        login = at.map { PercentEscapes.decoded(rest[..<$0]) }
        guard let place = HostAndPort(at.map { rest[rest.index(after: $0)...] } ?? rest, defaultPort: isSOCKS ? 1080 : 80) else { return nil }
        (host, port) = (place.host, place.port)
    }

    var configuration: HTTPClient.Configuration.Proxy {
        if isSOCKS { return .socksServer(host: host, port: port) }
        let authorization = login.map { HTTPClient.Authorization.basic(credentials: Credentials.base64($0.utf8)) }
        let headers = HTTPHeaders(connectHeaders.flatMap { header in header.values.map { (header.name, $0.revealed) } })
        return .server(host: host, port: port, authorization: authorization, connectHeaders: headers)
    }
}

/// The host of an address, without brackets, and its port.
struct HostAndPort: Hashable {
    let host: String
    let port: Int

    init?(_ text: Substring, defaultPort: Int) {
        var host = text
        var port = defaultPort
        let bracket = text.lastIndex(of: "]")
        if let colon = text.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true, text.first == "[" || !text[..<colon].contains(":") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
            (host, port) = (text[..<colon], number)
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        if host.isEmpty { return nil }
        (self.host, self.port) = (String(host), port)
    }

    /// Of an address with a scheme.
    init?(address: String) {
        guard let separator = address.firstIndex(of: ":"), address[separator...].hasPrefix("://") else { return nil }
        let authority = address[separator...].dropFirst(3).prefix { !"/?#".contains($0) }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        self.init(place, defaultPort: address[..<separator].lowercased() == "https" ? 443 : 80)
    }
}

public enum PercentEscapes {
    /// `%41` becomes `A`; what is no escape stays.
    public static func decoded(_ text: Substring) -> String {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, digits.first != UInt8(ascii: "+"),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
