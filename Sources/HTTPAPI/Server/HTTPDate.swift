import Model

/// A time as HTTP headers tell it (RFC 9110 §5.6.7): `Thu, 26 Nov 2026 18:05:34 GMT`.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ time: Timestamp) -> String {
        let (day, second) = time.quotientAndRemainder(floorDividingBy: 1000).quotient.quotientAndRemainder(floorDividingBy: 86_400)
        let date = CivilDate(daysSince1970: Int(day))
        let weekday = days[Int(day.quotientAndRemainder(floorDividingBy: 7).remainder)]
        let clock = [second / 3600, second / 60 % 60, second % 60].map { padded(Int($0)) }.joined(separator: ":")
        return "\(weekday), \(padded(date.day)) \(months[date.month - 1]) \(date.year) \(clock) GMT"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
