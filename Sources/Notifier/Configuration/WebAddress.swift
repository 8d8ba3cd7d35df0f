/// Addresses `http://host[:port][/path][?query]`, as far as a configuration must have them right.
public enum WebAddress {
    /// What is wrong with a text; nil if it is an address.
    public static func problem(with text: String) -> String? {
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) { return "an address must not contain control characters" }
        guard let colon = text.firstIndex(of: ":"), ["http", "https"].contains(text[..<colon].lowercased()) else {
            return "expected an address that begins with http:// or https://"
        }
        var rest = text[text.index(after: colon)...]
        guard rest.hasPrefix("//") else { return "the host is missing in the address" }
        rest = rest.dropFirst(2)
        var host = rest.prefix { !"/?#".contains($0) }
        if let problem = escapeProblem(in: rest[host.endIndex...]) { return problem }
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        return problem(withHost: host)
    }

    private static func problem(withHost host: Substring) -> String? {
        if host.isEmpty { return "the host is missing in the address" }
        var port = Substring()
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { return "the bracket of the IPv6 address is not closed" }
            port = host[host.index(after: end)...]
        } else if let colon = host.lastIndex(of: ":") {
            if host[..<colon].contains(":") { return "an IPv6 address must stand in brackets" }
            port = host[colon...]
        }
        if let colon = port.first, colon != ":" || !port.dropFirst().utf8.allSatisfy({ $0 &- 0x30 < 10 }) {
            return "the port of the address must be a number"
        }
        if host.contains(where: { " {}<>\"\\^`|".contains($0) }) { return "the host of the address contains a character that no host has" }
        return nil
    }

    private static func escapeProblem(in text: Substring) -> String? {
        // What is behind `?` is taken as it is.
        let bytes = Array(text.prefix { $0 != "?" }.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "%") {
            let digits = bytes[(index + 1)...].prefix(2)
            if digits.count < 2 || !digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) {
                return "% must be followed by two hexadecimal digits in the address"
            }
        }
        return nil
    }
}

/// Lengths of time as Go's `time.ParseDuration` reads them: `1h2m3.5s`, `-5s`, `300ms`, `0`.
enum GoDurationText {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// Milliseconds, rounded towards zero; nil if the text is no duration.
    static func milliseconds(_ text: String) -> Int64? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return 0 }
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
            rest = rest[digits.endIndex...]
            let name = rest.prefix { !(($0.isASCII && $0.isNumber) || $0 == ".") }
            rest = rest[name.endIndex...]
            let number = digits.last == "." ? digits + "0" : digits
            guard digits != ".", let count = Double(number.first == "." ? "0" + number : number),
                let unit = units.first(where: { $0.name == name })
            else { return nil }
            total += count * unit.nanoseconds
        }
        return Int64(exactly: ((isNegative ? -total : total) / 1e6).rounded(.towardZero))
    }
}
