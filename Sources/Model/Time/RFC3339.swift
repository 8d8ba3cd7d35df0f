/// Times as people and APIs write them: `2026-11-23T21:44:56.123Z`.
public enum RFC3339 {
    /// What Go prints for a time that was never set.
    public static let never = "0001-01-01T00:00:00Z"

    /// UTC, always with three digits of milliseconds, so that lines of a log align.
    public static func format(_ time: Timestamp) -> String {
        let (seconds, millisecond) = split(time)
        return seconds + "." + pad(millisecond, 3) + "Z"
    }

    /// UTC, with only as many digits of a second as it needs, none for whole ones: Go's `RFC3339Nano`, which is the form in JSON.
    public static func formatShortest(_ time: Timestamp) -> String {
        let (seconds, millisecond) = split(time)
        guard millisecond != 0 else { return seconds + "Z" }
        var digits = Substring(pad(millisecond, 3))
        while digits.last == "0" { digits.removeLast() }
        return seconds + "." + digits + "Z"
    }

    /// Milliseconds since 1970, fractions rounded down; nil if the text is not a time. The zone is `Z` or `±hh:mm`.
    ///
    /// Takes what Go's `time.Parse` takes for `RFC3339Nano`, which is a little more than the RFC: hours of one digit, a comma before the fraction,
    /// zones of up to `24:60`.
    public static func parse(_ text: String) -> Timestamp? {
        var scan = Scanner(text)
        guard let year = scan.number(digits: 4), scan.take("-"), let month = scan.number(digits: 2), scan.take("-"),
            let day = scan.number(digits: 2), scan.take("T"),
            let hour = scan.number(digits: 2) ?? scan.number(digits: 1), scan.take(":"),
            let minute = scan.number(digits: 2), scan.take(":"), let second = scan.number(digits: 2)
        else { return nil }
        guard (1...12).contains(month), (1...CivilDate.days(inMonth: month, of: year)).contains(day), hour < 24, minute < 60, second < 60 else {
            return nil
        }
        guard let milliseconds = scan.fraction(), let offset = scan.zone(), scan.atEnd else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        return Int64(days) * 86_400_000 + Int64(hour * 3600 + minute * 60 + second - offset) * 1000 + milliseconds
    }

    /// `2026-11-23T21:44:56` and the milliseconds that follow.
    private static func split(_ time: Timestamp) -> (seconds: String, millisecond: Int) {
        let (days, rest) = time.quotientAndRemainder(floorDividingBy: 86_400_000)
        let date = CivilDate(daysSince1970: Int(days))
        let (second, millisecond) = (Int(rest / 1000), Int(rest % 1000))
        let text =
            "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T"
            + "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))"
        return (text, millisecond)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var atEnd: Bool { rest.isEmpty }

        mutating func take(_ wanted: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: wanted) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func number(digits: Int) -> Int? {
            let text = rest.prefix(digits)
            guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// Milliseconds of an optional `.ddd…`.
        mutating func fraction() -> Int64? {
            guard take(".") || take(",") else { return 0 }
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            let three = Array(digits.prefix(3)) + Array(repeating: 0x30, count: max(0, 3 - digits.count))
            return three.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }

        /// Seconds east of UTC. People do write 24 hours and 60 minutes.
        mutating func zone() -> Int? {
            if take("Z") { return 0 }
            let sign = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hour = number(digits: 2), take(":"), let minute = number(digits: 2), hour <= 24, minute <= 60 else { return nil }
            return sign * (hour * 3600 + minute * 60)
        }
    }
}
