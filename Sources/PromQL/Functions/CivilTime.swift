import Model

/// A moment as the Gregorian calendar and the clock show it, in UTC.
struct CivilTime {
    private let date: CivilDate
    private let daysSince1970: Int
    private let hour: Int
    private let minute: Int

    /// `seconds` since 1970, cut to whole ones. NaN and what is beyond all 64 bits are taken, as by Prometheus on the usual processors, for the first
    /// second behind them, in the year 292277026596.
    init(seconds: Double) {
        let isCountable = seconds > -0x1p63 && seconds < 0x1p63
        let (days, second) = (isCountable ? Int(seconds) : Int.max).quotientAndRemainder(floorDividingBy: 86_400)
        daysSince1970 = days
        date = CivilDate(daysSince1970: days)
        hour = second / 3600
        minute = (isCountable ? second : second + 1) % 3600 / 60
    }

    /// From Sunday, which is 0. 1970-01-01 was a Thursday.
    private var dayOfWeek: Int { (daysSince1970 + 4).quotientAndRemainder(floorDividingBy: 7).remainder }

    private var dayOfYear: Int { daysSince1970 - CivilDate(year: date.year, month: 1, day: 1).daysSince1970 + 1 }

    func field(_ function: PromQLFunction) -> Double {
        switch function {
        case .year: Double(date.year)
        case .month: Double(date.month)
        case .dayOfMonth: Double(date.day)
        case .dayOfWeek: Double(dayOfWeek)
        case .dayOfYear: Double(dayOfYear)
        case .daysInMonth: Double(CivilDate.days(inMonth: date.month, of: date.year))
        case .hour: Double(hour)
        default: Double(minute)
        }
    }
}
