public import Model

/// Certain times of certain days. Of each condition that is given at least one element must hold; what is not given always holds.
public struct TimeInterval: Sendable {
    /// Minutes since midnight.
    public var times: [Range<Int>]?
    /// From 0, Sunday.
    public var weekdays: [ClosedRange<Int>]?
    public var daysOfMonth: [DayRange]?
    public var months: [ClosedRange<Int>]?
    public var years: [ClosedRange<Int>]?
    /// Where clocks show these times.
    public var zone = Zone.utc

    public init() {}

    public func contains(_ time: Timestamp) -> Bool {
        let local = zone.local(time)
        let date = local.date
        let length = CivilDate.days(inMonth: date.month, of: date.year)
        return holds(times) { $0.contains(local.minute) } && holds(daysOfMonth) { $0.contains(date.day, monthLength: length) }
            && holds(months) { $0.contains(date.month) } && holds(weekdays) { $0.contains(local.weekday) } && holds(years) { $0.contains(date.year) }
    }

    private func holds<Element>(_ elements: [Element]?, _ condition: (Element) -> Bool) -> Bool {
        elements?.contains(where: condition) ?? true
    }
}

/// Days of a month, both ends included. Negative ones count from its end: -1 is the last.
public struct DayRange: Sendable, Hashable {
    public var first: Int
    public var last: Int

    public init(first: Int, last: Int) {
        self.first = first
        self.last = last
    }

    func contains(_ day: Int, monthLength: Int) -> Bool {
        let from = first < 0 ? monthLength + first + 1 : first
        let to = last < 0 ? monthLength + last + 1 : last
        return from <= day && day <= to
    }
}

/// A time of day.
public struct DailyTime: Sendable {
    /// Minutes since midnight.
    public var minute: Int
    public var zone: Zone

    public init(minute: Int, zone: Zone = .utc) {
        self.minute = minute
        self.zone = zone
    }

    /// When it is that time next, after `time`. On a day on which clocks skip it, the moment as far behind midnight.
    public func next(after time: Timestamp) -> Timestamp {
        let today = zone.local(time).date.daysSince1970
        for day in today... {
            let next = zone.timestamp(day: day, minute: minute)
            if next > time { return next }
        }
        return .max
    }
}
