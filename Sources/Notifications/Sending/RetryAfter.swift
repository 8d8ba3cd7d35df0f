package import Model

/// The header `Retry-After` (RFC 9110 §10.2.3): seconds, or a time in one of the three forms that HTTP has had.
package enum RetryAfter {
    /// Milliseconds from now on; nil if it says neither. A time that is over is 0.
    package static func milliseconds(_ text: String, at now: Timestamp) -> Int64? {
        let text = text.trimmingBlanks
        if !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) {
            // Digits without end are as good as never.
            return Int64(text).map { $0 > Int64.max / 1000 ? .max : $0 * 1000 } ?? .max
        }
        return HTTPTime.parse(text, at: now).map { max(0, $0.earlier(by: now)) }
    }
}

/// Times as HTTP headers tell them (RFC 9110 §5.6.7).
enum HTTPTime {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`; nil if it is none of these.
    /// - Parameter now: of a year of two digits the one is meant that is not more than 50 years ahead.
    static func parse(_ text: String, at now: Timestamp) -> Timestamp? {
        let words = text.split { $0 == " " || $0 == "-" || $0 == "," }.map(String.init)
        if words.count == 6, words[5] == "GMT", let year = year(words[3], now) {
            return time(day: words[1], month: words[2], year: year, clock: words[4])
        }
        if words.count == 5, words[4].utf8.count == 4, let year = number(words[4]) {
            return time(day: words[2], month: words[1], year: year, clock: words[3])
        }
        return nil
    }

    private static func year(_ text: String, _ now: Timestamp) -> Int? {
        guard let number = number(text) else { return nil }
        switch text.utf8.count {
        case 4: return number
        case 2:
            let thisYear = CivilDate(daysSince1970: Int(now.quotientAndRemainder(floorDividingBy: 86_400_000).quotient)).year
            let year = thisYear / 100 * 100 + number
            return year > thisYear + 50 ? year - 100 : year
        default: return nil
        }
    }

    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy { $0 &- 0x30 < 10 } ? Int(text) : nil
    }

    private static func time(day: String, month: String, year: Int, clock: String) -> Timestamp? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { $0.utf8.count == 2 ? number(String($0)) : nil }
        guard day.utf8.count <= 2, let day = number(day), let month = months.firstIndex(of: month.lowercased()), parts.count == 3,
            let hour = parts[0], let minute = parts[1], let second = parts[2], hour < 24, minute < 60, second <= 60,
            (1...CivilDate.days(inMonth: month + 1, of: year)).contains(day)
        else { return nil }
        let days = CivilDate(year: year, month: month + 1, day: day).daysSince1970
        return Int64(days) * 86_400_000 + Int64(hour * 3600 + minute * 60 + second) * 1000
    }
}

extension String {
    /// Without the blanks and line ends around it.
    var trimmingBlanks: String {
        let inner = drop { $0.isWhitespace }
        return String(inner.reversed().drop { $0.isWhitespace }.reversed())
    }
}
