import Model

/// When clocks change year after year, as POSIX writes it in `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3` (with RFC 9636's longer times).
struct ZoneRule: Sendable {
    enum Day: Sendable, Hashable {
        /// 1 to 365; the 29th of February is never counted.
        case withoutLeapDay(Int)
        /// 0 to 365.
        case ofYear(Int)
        /// The nth (1 to 5, 5 is the last) of a weekday (0: Sunday) of a month.
        case ofMonth(month: Int, week: Int, weekday: Int)
    }

    struct Moment: Sendable, Hashable {
        var day: Day
        /// Seconds since midnight, by the clocks of before.
        var time: Int
    }

    let standard: Zone.Offset
    /// Nil where clocks never change.
    let summer: Zone.Offset?
    let start: Moment
    let end: Moment

    func offset(at seconds: Int64) -> Zone.Offset {
        guard let summer else { return standard }
        let days = Int(seconds.later(by: Int64(standard.seconds)).quotientAndRemainder(floorDividingBy: 86_400).quotient)
        let year = CivilDate(daysSince1970: days).year
        let from = Self.time(of: start, in: year) - Int64(standard.seconds)
        let to = Self.time(of: end, in: year) - Int64(summer.seconds)
        let isSummer = from < to ? from <= seconds && seconds < to : !(to <= seconds && seconds < from)
        return isSummer ? summer : standard
    }

    /// Seconds since 1970 as clocks show them.
    private static func time(of moment: Moment, in year: Int) -> Int64 {
        let first = CivilDate(year: year, month: 1, day: 1).daysSince1970
        let day: Int
        switch moment.day {
        case .withoutLeapDay(let number): day = first + number - 1 + (CivilDate.isLeap(year) && number >= 60 ? 1 : 0)
        case .ofYear(let number): day = first + number
        case .ofMonth(let month, let week, let weekday):
            let start = CivilDate(year: year, month: month, day: 1).daysSince1970
            let firstWeekday = (start + 4).quotientAndRemainder(floorDividingBy: 7).remainder
            let inMonth = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            day = start + (inMonth < CivilDate.days(inMonth: month, of: year) ? inMonth : inMonth - 7)
        }
        return Int64(day) * 86_400 + Int64(moment.time)
    }
}

extension ZoneRule {
    /// Nil if the text is no rule.
    init?(_ text: [UInt8]) {
        var reader = RuleReader(rest: text[...])
        guard let name = reader.abbreviation(), let offset = reader.offset() else { return nil }
        standard = Zone.Offset(seconds: -offset, abbreviation: name)
        guard !reader.rest.isEmpty else {
            summer = nil
            start = Moment(day: .ofYear(0), time: 0)
            end = start
            return
        }
        guard let name = reader.abbreviation() else { return nil }
        let isAnHourAhead = reader.rest.first == UInt8(ascii: ",")
        guard let offset = isAnHourAhead ? offset - 3600 : reader.offset(), let from = reader.moment(), let to = reader.moment(),
            reader.rest.isEmpty
        else { return nil }
        summer = Zone.Offset(seconds: -offset, abbreviation: name)
        (start, end) = (from, to)
    }
}

private struct RuleReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: wanted) else { return false }
        rest.removeFirst()
        return true
    }

    /// Letters, or anything but `>` in `<` and `>`.
    mutating func abbreviation() -> String? {
        let isQuoted = take("<")
        let name = rest.prefix { isQuoted ? $0 != UInt8(ascii: ">") : ($0 | 0x20) &- 0x61 < 26 }
        guard name.count >= 3, name.count < 20 else { return nil }
        rest = rest[name.endIndex...]
        if isQuoted, !take(">") { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// `[+-]hh[:mm[:ss]]` in seconds; up to a week, as RFC 9636 allows for times.
    mutating func offset() -> Int? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = number(0...167) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where rest.first == UInt8(ascii: ":") {
            _ = take(":")
            guard let part = number(0...59) else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    mutating func moment() -> ZoneRule.Moment? {
        guard take(","), let day = day() else { return nil }
        guard take("/") else { return ZoneRule.Moment(day: day, time: 7200) }
        return offset().map { ZoneRule.Moment(day: day, time: $0) }
    }

    private mutating func day() -> ZoneRule.Day? {
        if take("J") { return number(1...365).map { .withoutLeapDay($0) } }
        guard take("M") else { return number(0...365).map { .ofYear($0) } }
        guard let month = number(1...12), take("."), let week = number(1...5), take("."), let weekday = number(0...6) else { return nil }
        return .ofMonth(month: month, week: week, weekday: weekday)
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { $0 &- 0x30 < 10 }
        guard !digits.isEmpty, digits.count <= 3 else { return nil }
        rest = rest[digits.endIndex...]
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return range.contains(value) ? value : nil
    }
}
