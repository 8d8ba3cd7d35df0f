/// Addresses as connections tell them: `10.0.0.1:4711`, `::1:4711`.
public enum ClientAddress {
    public static func withoutPort(_ client: String) -> String {
        client.utf8.lastIndex(of: UInt8(ascii: ":")).map { String(client[..<$0]) } ?? client
    }

    /// The network that one who has the address has all of: an IPv6 address comes with 2⁶⁴ others.
    static func network(_ address: String) -> String {
        guard address.contains(":"), !address.hasPrefix("::ffff:") else { return address }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false).map { $0.split(separator: ":") }
        var groups = halves.first ?? []
        if halves.count > 1 {
            groups += Array(repeating: "0", count: max(0, 8 - groups.count - halves[1].count)) + halves[1]
        }
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}
