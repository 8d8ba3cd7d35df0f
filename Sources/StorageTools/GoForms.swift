import Model

/// Durations, times and sizes as `promtool`, a Go program, prints them.
enum GoForms {
    /// `2h0m0s`, `44m59.5s`, `15ms`.
    static func duration(milliseconds: Int64) -> String {
        let magnitude = milliseconds.magnitude
        let sign = milliseconds < 0 ? "-" : ""
        if magnitude == 0 { return "0s" }
        if magnitude < 1000 { return "\(sign)\(magnitude)ms" }
        let seconds = magnitude / 1000
        var text = "\(seconds % 60)" + fraction(magnitude % 1000) + "s"
        if seconds >= 60 { text = "\(seconds / 60 % 60)m" + text }
        if seconds >= 3600 { text = "\(seconds / 3600)h" + text }
        return sign + text
    }

    /// `.5` for 500 thousandths; nothing for none.
    private static func fraction(_ thousandths: UInt64) -> String {
        guard thousandths > 0 else { return "" }
        var digits = String(thousandths + 1000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "." + digits
    }

    /// `2023-11-14 22:13:20 +0000 UTC`.
    static func time(_ time: Timestamp) -> String {
        let (days, rest) = (time / 1000).quotientAndRemainder(floorDividingBy: 86_400)
        let date = CivilDate(daysSince1970: Int(days))
        let clock = [rest / 3600, rest / 60 % 60, rest % 60].map { padded($0) }.joined(separator: ":")
        return "\(padded(date.year, 4))-\(padded(date.month))-\(padded(date.day)) \(clock) +0000 UTC"
    }

    private static func padded(_ number: some BinaryInteger, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// `796B`, `1MiB512KiB`: every unit of which there are any.
    static func size(_ bytes: Int) -> String {
        guard bytes > 0 else { return "0B" }
        var parts: [String] = []
        for (unit, shift) in [("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)] {
            let count = bytes >> shift & (shift == 60 ? 15 : 1023)
            if count > 0 { parts.append("\(count)\(unit)") }
        }
        return parts.joined()
    }
}
