/// Numbers with one digit before the point and an exponent of two digits or more: `1e+00`, `-2.5e-07`.
public enum ExponentFormat {
    /// The shortest text of that form that reads back as the same number; `NaN`, `+Inf`, `-Inf`.
    public static func text(_ value: Double) -> String {
        guard value.isFinite else { return FloatFormat.api(value) }
        let sign = value.sign == .minus ? "-" : ""
        // The digits are those of the shortest text that Swift knows; only the point moves.
        let parts = value.magnitude.description.split(separator: "e")
        let written = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let sides = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = Substring(sides.joined())
        var exponent = written + sides[0].count - 1
        while digits.count > 1, digits.first == "0" {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        if digits == "0" { exponent = 0 }
        let fraction = digits.dropFirst()
        let size = String(exponent.magnitude)
        return sign + digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + (exponent < 0 ? "e-" : "e+")
            + (size.count < 2 ? "0" : "") + size
    }
}
