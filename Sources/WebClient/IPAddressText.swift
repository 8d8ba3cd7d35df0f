/// Tells addresses from names.
public enum IPAddressText {
    /// Whether a host without brackets is an address of IPv4 or IPv6.
    public static func isAddress(_ host: String) -> Bool { IPAddress(host) != nil }
}
