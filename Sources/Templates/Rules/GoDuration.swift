import Model

/// A length of time, Go's `*time.Duration`.
final class GoDuration: TemplateObject {
    let nanoseconds: Int64

    init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    var typeName: String { "*time.Duration" }
    var number: Int? { Int(nanoseconds) }
    var seconds: Double { Double(nanoseconds / 1_000_000_000) + Double(nanoseconds % 1_000_000_000) / 1e9 }

    /// `1h2m3.5s`, below a second `500ms`, `2.5µs` or `7ns`.
    var text: String {
        let magnitude = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        if magnitude == 0 { return "0s" }
        if magnitude < 1000 { return "\(sign)\(magnitude)ns" }
        if magnitude < 1_000_000 { return sign + Self.decimal(magnitude, 1000) + "µs" }
        if magnitude < 1_000_000_000 { return sign + Self.decimal(magnitude, 1_000_000) + "ms" }
        let minute: UInt64 = 60_000_000_000
        let (minutes, rest) = magnitude.quotientAndRemainder(dividingBy: minute)
        let seconds = Self.decimal(rest, 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        return sign + (minutes < 60 ? "" : "\(minutes / 60)h") + "\(minutes % 60)m" + seconds
    }

    /// The quotient by a power of ten with all its decimals.
    private static func decimal(_ value: UInt64, _ unit: UInt64) -> String {
        let (whole, fraction) = value.quotientAndRemainder(dividingBy: unit)
        if fraction == 0 { return String(whole) }
        var digits = String(String(unit + fraction).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    func method(_ name: String) -> TemplateMethod? {
        let value: TemplateValue
        switch name {
        case "Seconds": value = .double(seconds)
        case "Minutes": value = .double(Double(nanoseconds) / 60e9)
        case "Hours": value = .double(Double(nanoseconds) / 3600e9)
        case "Milliseconds": value = .int(Int(nanoseconds / 1_000_000))
        case "Nanoseconds": value = .int(Int(nanoseconds))
        case "String": value = .string(text)
        default: return nil
        }
        return TemplateMethod { _ throws(TemplateFailure) in value }
    }
}
