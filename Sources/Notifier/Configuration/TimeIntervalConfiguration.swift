import Model
import StrictYAML

/// A name for certain times.
public struct NamedTimeInterval: Sendable {
    public let name: String
    /// A time counts if any of them contains it.
    public var intervals: [TimeInterval]

    public init(name: String, intervals: [TimeInterval]) {
        self.name = name
        self.intervals = intervals
    }

    public func contains(_ time: Timestamp) -> Bool { intervals.contains { $0.contains(time) } }
}

extension NamedTimeInterval {
    init(_ value: YAMLValue, _ zones: ZoneDatabase) throws(YAMLError) {
        let map = try value.mapping(keys: ["name", "time_intervals"])
        guard let name = try map.givenText("name") else { throw value.error("the time interval has no name") }
        self.init(name: name, intervals: [])
        for item in try map.list("time_intervals") { intervals.append(try TimeInterval(item, zones)) }
    }
}

extension TimeInterval {
    init(_ value: YAMLValue, _ zones: ZoneDatabase) throws(YAMLError) {
        let map = try value.mapping(keys: ["times", "weekdays", "days_of_month", "months", "years", "location"])
        self.init()
        times = try Self.elements(map, "times") { item throws(YAMLError) in try Self.timeRange(item) }
        weekdays = try Self.elements(map, "weekdays") { item throws(YAMLError) in
            try Self.range(item, names: Self.weekdayNames, first: 0, numbers: false, "weekday")
        }
        daysOfMonth = try Self.elements(map, "days_of_month") { item throws(YAMLError) in try Self.days(item) }
        months = try Self.elements(map, "months") { item throws(YAMLError) in
            try Self.range(item, names: Self.monthNames, first: 1, numbers: true, "month")
        }
        years = try Self.elements(map, "years") { item throws(YAMLError) in
            try Self.range(item, names: [], first: 0, numbers: true, "year")
        }
        if let value = map.given("location") { zone = try Self.zone(value, zones) }
    }

    private static let weekdayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    private static let monthNames = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ]

    /// Nil if the list is not there; an empty one holds no time at all.
    private static func elements<Element>(
        _ map: YAMLMapping, _ key: String, _ read: (YAMLValue) throws(YAMLError) -> Element
    ) throws(YAMLError) -> [Element]? {
        guard let value = map.given(key) else { return nil }
        var all: [Element] = []
        for item in try value.list() { all.append(try read(item)) }
        return all
    }

    static func zone(_ value: YAMLValue, _ zones: ZoneDatabase) throws(YAMLError) -> Zone {
        do throws(ZoneError) {
            return try zones.zone(try value.stringForZone())
        } catch {
            throw value.error(error.description)
        }
    }

    // MARK: Ranges

    private static func timeRange(_ item: YAMLValue) throws(YAMLError) -> Range<Int> {
        let map = try item.mapping(keys: ["start_time", "end_time"])
        guard try map.givenText("start_time") != nil, try map.givenText("end_time") != nil, let start = map.given("start_time"),
            let end = map.given("end_time")
        else { throw item.error("start_time and end_time must both be given") }
        let (from, to) = (try minute(start), try minute(end))
        guard from < to else { throw item.error("start_time must be before end_time; for a time past midnight give two ranges") }
        return from..<to
    }

    /// Minutes since midnight.
    static func minute(_ value: YAMLValue) throws(YAMLError) -> Int {
        let text = try value.string()
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), [0, 1, 3, 4].allSatisfy({ bytes[$0] &- 0x30 < 10 }),
            let hour = Int(text.prefix(2)), let minute = Int(text.suffix(2)), (hour < 24 && minute < 60) || (hour == 24 && minute == 0)
        else { throw value.error("expected a time from 00:00 to 24:00 with two digits each, found \(quoted(text))") }
        return hour * 60 + minute
    }

    /// `a` or `a:b`, names in any case.
    private static func range(
        _ item: YAMLValue, names: [String], first: Int, numbers: Bool, _ what: String
    ) throws(YAMLError) -> ClosedRange<Int> {
        let (from, to) = try bounds(item) { text in
            names.firstIndex(of: text).map { $0 + first } ?? (numbers ? Int(text) : nil)
        }
        guard let from, let to else { throw item.error("expected a \(what) or two with a colon between them, found \(quoted(try item.string()))") }
        guard from <= to else { throw item.error("the first \(what) of \(quoted(try item.string())) is behind the last") }
        return from...to
    }

    private static func bounds(_ item: YAMLValue, _ read: (String) -> Int?) throws(YAMLError) -> (Int?, Int?) {
        let parts = try item.string().lowercased().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let last = parts.last else { return (nil, nil) }
        return (read(String(first)), read(String(last)))
    }

    /// Negative days count from the end of the month. Whether a range can be empty is judged by the shortest month.
    private static func days(_ item: YAMLValue) throws(YAMLError) -> DayRange {
        guard case (let from?, let to?) = try bounds(item, { Int($0) }) else {
            throw item.error("expected a day of the month or two with a colon between them, found \(quoted(try item.string()))")
        }
        for day in [from, to] where day == 0 || day.magnitude > 31 {
            throw item.error("\(day) is no day of a month; days go from 1 to 31 or -31 to -1")
        }
        if from < 0, to > 0 { throw item.error("if the first day counts from the end of the month the last must too") }
        func inShortMonth(_ day: Int) -> Int { day < 0 ? 28 + day : day }
        guard inShortMonth(from) <= inShortMonth(to) else { throw item.error("day \(from) can be behind day \(to)") }
        return DayRange(first: from, last: to)
    }
}

extension YAMLValue {
    /// A zone's name; typed so that errors of both kinds can be told apart.
    fileprivate func stringForZone() throws(ZoneError) -> String {
        do throws(YAMLError) {
            return try string()
        } catch {
            throw ZoneError(error.message)
        }
    }
}
