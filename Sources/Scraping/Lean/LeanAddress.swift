/// Where an `http` URL leads.
struct LeanAddress: Hashable, Sendable {
    /// A name or an address, without brackets.
    let host: String
    let port: UInt16
    /// Host and port as the URL has them, for the `Host` header.
    let authority: String
    /// Path and query.
    let target: String

    /// Nil if the URL is of another scheme, or has anything in it that is seldom or not to be sent as it is.
    init?(_ url: String) {
        let scheme = "http://"
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\\") }) else { return nil }
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let place = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[place.endIndex...]
        guard let (host, port) = Self.split(place) else { return nil }
        (self.host, self.port) = (String(host), port)
        authority = String(place)
        target = path.hasPrefix("/") ? String(path) : "/" + path
    }

    private static func split(_ place: Substring) -> (host: Substring, port: UInt16)? {
        let isBracketed = place.hasPrefix("[")
        guard let hostEnd = isBracketed ? place.firstIndex(of: "]") : place.firstIndex(of: ":") ?? place.endIndex else { return nil }
        let host = isBracketed ? place[..<hostEnd].dropFirst() : place[..<hostEnd]
        let tail = isBracketed ? place[hostEnd...].dropFirst() : place[hostEnd...]
        guard !host.isEmpty, host.utf8.allSatisfy({ isBracketed ? isAddressByte($0) : isNameByte($0) }) else { return nil }
        if tail.isEmpty { return (host, 80) }
        let digits = tail.dropFirst()
        guard tail.hasPrefix(":"), digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let port = UInt16(digits), port > 0 else { return nil }
        return (host, port)
    }

    /// Of IPv6.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
}
