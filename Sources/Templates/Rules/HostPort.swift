/// Addresses as Go's `net` package takes them apart.
enum HostPort {
    /// Host and port of `host:port` or `[host]:port`; nil if the text is neither.
    static func split(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let port = text[text.index(after: colon)...]
        var host = text[..<colon]
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]"), text.index(after: close) == colon else { return nil }
            host = text[text.index(after: text.startIndex)..<close]
        } else if host.contains(":") {
            return nil
        }
        let rest = text.first == "[" ? host : text[...]
        guard !rest.contains("["), !rest.contains("]"), !port.contains("["), !port.contains("]") else { return nil }
        return (String(host), String(port))
    }

    static func join(_ host: String, _ port: String) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    static func withoutPort(_ text: String) -> String { split(text)?.host ?? text }

    /// The first part of the host's name, with its port. IP addresses stay whole.
    static func withoutDomain(_ text: String) -> String {
        let parts = split(text)
        let host = parts?.host ?? text
        if isIPAddress(host) { return text }
        let name = String(host.prefix { $0 != "." })
        guard let port = parts?.port, !port.isEmpty else { return name }
        return join(name, port)
    }

    static func isIPAddress(_ text: String) -> Bool {
        text.contains(":") ? isVersion6(text) : isVersion4(text[...])
    }

    private static func isVersion4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.utf8.count <= 3 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
                    && (part.utf8.count == 1 || part.first != "0")
            }
    }

    private static func isVersion6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var groups = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            guard let count = groupCount(half, mayEndInVersion4: index == halves.count - 1) else { return false }
            groups += count
        }
        return halves.count == 2 ? groups < 8 : groups == 8
    }

    private static func groupCount(_ text: Substring, mayEndInVersion4: Bool) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var count = parts.count
        for (index, part) in parts.enumerated() {
            if mayEndInVersion4, index == parts.count - 1, part.contains("."), isVersion4(part) {
                count += 1
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit) else { return nil }
        }
        return count
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
