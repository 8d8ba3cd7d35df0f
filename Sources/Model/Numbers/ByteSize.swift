/// Sizes as Prometheus's flags write them: a number and a unit, each unit a power of 1,024 (`KB` and `KiB` alike).
public enum ByteSize {
    private static let units = ["B", "K", "M", "G", "T", "P", "E"]

    /// Bytes; nil if the text is no size or does not fit. A bare number is bytes.
    public static func parse(_ text: String) -> Int64? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }
        guard let number = Double(String(decoding: digits, as: UTF8.self)), let shift = shift(String(text.dropFirst(digits.count))) else {
            return nil
        }
        let bytes = number * Double(Int64(1) << shift)
        return bytes < 0x1p63 ? Int64(bytes) : nil
    }

    /// With the largest unit that divides evenly: `10GB`, `1536MB`.
    public static func format(_ bytes: Int64) -> String {
        var rest = bytes
        var unit = 0
        while rest != 0, rest % 1024 == 0, unit < units.count - 1 {
            rest /= 1024
            unit += 1
        }
        return "\(rest)\(units[unit])" + (unit > 0 ? "B" : "")
    }

    /// `1.5 GiB`, for people: with one digit behind the point, none from a hundred on.
    public static func rounded(_ bytes: Double) -> String {
        var (rest, unit) = (max(0, bytes), 0)
        while rest >= 1024, unit < units.count - 1 { (rest, unit) = (rest / 1024, unit + 1) }
        let rounded = rest < 100 && unit > 0 ? (rest * 10).rounded() / 10 : rest.rounded()
        return "\(FloatFormat.plain(rounded)) \(units[unit])" + (unit > 0 ? "iB" : "")
    }

    private static func shift(_ unit: String) -> Int64? {
        if unit.isEmpty || unit == "B" { return 0 }
        guard let power = units.firstIndex(of: String(unit.prefix(1))), power > 0, ["", "B", "iB"].contains(unit.dropFirst()) else { return nil }
        return Int64(power * 10)
    }
}
