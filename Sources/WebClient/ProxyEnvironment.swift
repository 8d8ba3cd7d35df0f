import ClientConfiguration
import Glibc

/// Which proxy a request takes, by its configuration and by the variables that programs agree on (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, also in
/// small letters).
struct ProxyEnvironment: Sendable {
    private let http: String?
    private let https: String?
    private let exceptions: String

    init(_ environment: [String: String]) {
        func variable(_ name: String) -> String? {
            [name, name.lowercased()].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        http = variable("HTTP_PROXY")
        https = variable("HTTPS_PROXY")
        exceptions = variable("NO_PROXY") ?? ""
    }

    /// Nil: directly. Throws if the proxy's address cannot be read.
    func server(for url: String, _ configuration: ProxyConfiguration) throws -> ProxyServer? {
        if configuration.fromEnvironment {
            guard let address = url.lowercased().hasPrefix("https:") ? https : http, !ProxyExceptions(exceptions).contain(url) else { return nil }
            return try server(address, configuration)
        }
        guard let address = configuration.address?.revealed else { return nil }
        // Who names no exceptions means everything, this machine too.
        if !configuration.exceptions.isEmpty, ProxyExceptions(configuration.exceptions).contain(url) { return nil }
        return try server(address, configuration)
    }

    private func server(_ address: String, _ configuration: ProxyConfiguration) throws -> ProxyServer {
        guard var server = ProxyServer(address) else { throw WebError("the address of the proxy cannot be read") }
        server.connectHeaders = configuration.connectHeaders
        return server
    }
}

/// What is reached without a proxy: `*`, `host`, `domain.example`, `.domain.example`, `10.0.0.1`, `10.0.0.0/8`, each with or without a port.
/// This machine always is.
struct ProxyExceptions {
    private let entries: [String]

    init(_ text: String) {
        entries = text.split(separator: ",").map { entry in
            String(entry.filter { !$0.isWhitespace }).lowercased()
        }
    }

    func contain(_ url: String) -> Bool {
        guard let place = HostAndPort(address: url) else { return false }
        let host = place.host.lowercased()
        let address = IPAddress(host)
        if host == "localhost" || address?.isLoopback == true { return true }
        return entries.contains { entry in
            if entry == "*" { return true }
            if let network = IPNetwork(entry) { return address.map(network.contains) ?? false }
            guard let pattern = HostAndPort(Substring(entry), defaultPort: place.port), pattern.port == place.port else { return false }
            return Self.fits(host, address, pattern.host)
        }
    }

    private static func fits(_ host: String, _ address: IPAddress?, _ pattern: String) -> Bool {
        if let address { return IPAddress(pattern) == address }
        if pattern.hasPrefix("*.") { return host.hasSuffix(pattern.dropFirst()) }
        if pattern.hasPrefix(".") { return host.hasSuffix(pattern) }
        return host == pattern || host.hasSuffix("." + pattern)
    }
}

/// An address of IPv4 (4 bytes) or IPv6 (16).
struct IPAddress: Hashable {
    let bytes: [UInt8]

    init?(_ text: String) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer.prefix(4))
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            bytes = buffer
        } else {
            return nil
        }
    }

    var isLoopback: Bool { bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1] }
}

/// `address/bits`.
struct IPNetwork {
    private let address: IPAddress
    private let bits: Int

    init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"), let address = IPAddress(String(text[..<slash])),
            let bits = Int(text[text.index(after: slash)...]), (0...address.bytes.count * 8).contains(bits)
        else { return nil }
        (self.address, self.bits) = (address, bits)
    }

    func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return address.bytes[bit / 8] & mask == other.bytes[bit / 8] & mask
        }
    }
}
