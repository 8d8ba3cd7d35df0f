/// A moment as the Gregorian calendar and the clock show it, in UTC.
struct CivilTime {
    let year: Int
    let month: Int
    let day: Int
    let dayOfYear: Int
    let dayOfWeek: Int
    let hour: Int
    let minute: Int

    /// `seconds` since 1970, cut to whole ones; nil if that is no time that a calendar has.
    init?(seconds: Double) {
        guard seconds.isFinite, abs(seconds) < 1e14 else { return nil }
        let whole = Int(seconds)
        var days = whole / 86_400
        var rest = whole % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        hour = rest / 3600
        minute = rest % 3600 / 60
        // 1970-01-01 was a Thursday.
        dayOfWeek = ((days % 7) + 11) % 7
        (year, month, day) = Self.date(days)
        dayOfYear = days - Self.days(year, 1, 1) + 1
    }

    private var daysInMonth: Int {
        month == 12 ? 31 : Self.days(year, month + 1, 1) - Self.days(year, month, 1)
    }

    func field(_ function: PromQLFunction) -> Double {
        switch function {
        case .year: Double(year)
        case .month: Double(month)
        case .dayOfMonth: Double(day)
        case .dayOfWeek: Double(dayOfWeek)
        case .dayOfYear: Double(dayOfYear)
        case .daysInMonth: Double(daysInMonth)
        case .hour: Double(hour)
        default: Double(minute)
        }
    }

    // Both directions count in eras of 400 years that begin on 1 March, so that leap days come last
    // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfShifted = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfShifted - 719_468
    }

    private static func date(_ days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
