/// Durations as the web configuration has them: Go's (`1h15m30.5s`, https://pkg.go.dev/time#ParseDuration), or a number of nanoseconds,
/// of which YAML's reader takes fractions too, and cuts them off.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
    ]

    /// Nil if it is no duration.
    static func nanoseconds(_ text: String) -> Int64? {
        if let number = Double(text), abs(number) < 0x1p63 { return Int64(number) }
        var rest = text[...]
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var sum = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard number.contains(where: \.isNumber), let value = Double(number.hasPrefix(".") ? "0" + number : String(number)) else { return nil }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !($0.isASCII && $0.isNumber || $0 == ".") }
            guard let found = units.first(where: { $0.name == unit }) else { return nil }
            sum += value * found.nanoseconds
            rest = rest[unit.endIndex...]
        }
        guard sum < 0x1p63 else { return nil }
        return isNegative ? -Int64(sum) : Int64(sum)
    }
}
