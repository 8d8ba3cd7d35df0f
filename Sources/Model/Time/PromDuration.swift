/// Durations as configuration files and PromQL write them: `1h30m`, `15s`, `250ms`, with the units y w d h m s ms, in that order, each once.
public enum PromDuration {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Milliseconds; nil if the text is not a duration or does not fit. `0` alone is allowed.
    public static func parse(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        guard !text.isEmpty else { return nil }
        var rest = Substring(text)
        var nextUnit = 0
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let count = Int64(digits) else { return nil }
            rest = rest[digits.endIndex...]
            let name = rest.prefix { $0.isLetter }
            guard let unit = units[nextUnit...].firstIndex(where: { $0.name == name }) else { return nil }
            rest = rest[name.endIndex...]
            nextUnit = unit + 1
            let (product, overflow) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, carry) = total.addingReportingOverflow(product)
            // Prometheus keeps durations as nanoseconds in 64 bits.
            guard !overflow, !carry, sum <= Int64.max / 1_000_000 else { return nil }
            total = sum
        }
        return total
    }

    /// The shortest form, as Prometheus prints it: weeks and years only where they divide evenly.
    public static func format(_ milliseconds: Int64) -> String {
        if milliseconds == 0 { return "0s" }
        var rest = milliseconds.magnitude
        var out = milliseconds < 0 ? "-" : ""
        for (index, unit) in units.enumerated() {
            let size = UInt64(unit.milliseconds)
            let mustDivide = index < 2
            if mustDivide, rest % size != 0 { continue }
            if rest / size > 0 { out += "\(rest / size)\(unit.name)" }
            rest %= size
        }
        return out
    }
}
