import Model

/// A point in time, Go's `time.Time`, by the clocks of UTC or some zone.
public final class GoTime: TemplateObject {
    /// Since 1970 in UTC.
    public let milliseconds: Timestamp
    public let typeName: String
    /// Seconds that clocks are ahead of UTC.
    private let offset: Int
    private let abbreviation: String

    public init(_ milliseconds: Timestamp, isPointer: Bool = true, offset: Int = 0, abbreviation: String = "UTC") {
        self.milliseconds = milliseconds
        typeName = isPointer ? "*time.Time" : "time.Time"
        self.offset = offset
        self.abbreviation = abbreviation
    }

    public var number: Int? { nil }

    /// `2009-02-13 23:31:30.5 +0000 UTC`.
    public var text: String { format("2006-01-02 15:04:05") + fraction(3, keepsZeros: false) + format(" -0700 MST") }

    /// The same time by other clocks.
    func inZone(offset: Int, abbreviation: String) -> GoTime {
        GoTime(milliseconds, isPointer: false, offset: offset, abbreviation: abbreviation)
    }

    /// `+01:00`, or without the colon, or hours alone.
    private func shownOffset(colon: String, minutes: Bool = true) -> String {
        let shown = offset.magnitude / 60
        return (offset < 0 ? "-" : "+") + Self.padded(Int(shown / 60), 2) + (minutes ? colon + Self.padded(Int(shown % 60), 2) : "")
    }

    private var parts: (days: Int, rest: Int) {
        let (days, rest) = milliseconds.later(by: Int64(offset) * 1000).quotientAndRemainder(floorDividingBy: 86_400_000)
        return (Int(days), Int(rest))
    }

    private var date: CivilDate { CivilDate(daysSince1970: parts.days) }
    private var weekday: Int { (parts.days + 4).quotientAndRemainder(floorDividingBy: 7).remainder }
    private var yearDay: Int { parts.days - CivilDate(year: date.year, month: 1, day: 1).daysSince1970 + 1 }

    public func method(_ name: String) -> TemplateMethod? {
        if name == "Format" { return TemplateMethod([.string]) { values throws(TemplateFailure) in .string(self.format(values[0].asText ?? "")) } }
        guard let value = member(name) else { return nil }
        return TemplateMethod { _ throws(TemplateFailure) in value }
    }

    private func member(_ name: String) -> TemplateValue? {
        let (_, rest) = parts
        switch name {
        case "Year": return .int(date.year)
        case "Month": return .object(NamedNumber(date.month, Self.months[date.month - 1], "time.Month"))
        case "Weekday": return .object(NamedNumber(weekday, Self.weekdays[weekday], "time.Weekday"))
        case "Day": return .int(date.day)
        case "YearDay": return .int(yearDay)
        case "Hour": return .int(rest / 3_600_000)
        case "Minute": return .int(rest / 60_000 % 60)
        case "Second": return .int(rest / 1000 % 60)
        case "Nanosecond": return .int(rest % 1000 * 1_000_000)
        case "Unix": return .int(Int(milliseconds.quotientAndRemainder(floorDividingBy: 1000).quotient))
        case "UnixMilli": return .int(Int(milliseconds))
        case "UTC": return .object(offset == 0 ? self : inZone(offset: 0, abbreviation: "UTC"))
        case "String": return .string(text)
        default: return nil
        }
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    // MARK: Layouts

    /// Go's layouts: the reference time, 2006-01-02 15:04:05, in the wanted form.
    func format(_ layout: String) -> String {
        var out = ""
        var rest = layout[...]
        while !rest.isEmpty {
            if let (element, text) = element(at: rest) {
                out += text
                rest = rest.dropFirst(element.count)
            } else {
                out.append(rest.removeFirst())
            }
        }
        return out
    }

    private func element(at layout: Substring) -> (String, String)? {
        if let fraction = fractionElement(at: layout) { return fraction }
        for (element, text) in Self.elements where layout.hasPrefix(element) { return (element, text(self)) }
        return nil
    }

    /// `.000` keeps its zeros, `.999` does not.
    private func fractionElement(at layout: Substring) -> (String, String)? {
        guard let point = layout.first, point == "." || point == ",", let digit = layout.dropFirst().first, digit == "0" || digit == "9" else {
            return nil
        }
        let digits = layout.dropFirst().prefix { $0 == digit }
        if let after = layout.dropFirst(1 + digits.count).first, after.isNumber { return nil }
        let text = fraction(digits.count, keepsZeros: digit == "0")
        return (String(point) + digits, text.isEmpty ? "" : String(point) + text.dropFirst())
    }

    private func fraction(_ count: Int, keepsZeros: Bool) -> String {
        let three = Self.padded(parts.rest % 1000, 3)
        var digits = Substring(three + String(repeating: "0", count: max(0, count - 3))).prefix(count)
        if !keepsZeros { while digits.last == "0" { digits.removeLast() } }
        return digits.isEmpty ? "" : "." + digits
    }

    private static func padded(_ value: Int, _ width: Int, with filler: Character = "0") -> String {
        let digits = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: filler, count: max(0, width - digits.count)) + digits
    }

    /// Longer elements come before those they begin with.
    private static let elements: [(String, @Sendable (GoTime) -> String)] = [
        ("January", { months[$0.date.month - 1] }), ("Jan", { String(months[$0.date.month - 1].prefix(3)) }),
        ("Monday", { weekdays[$0.weekday] }), ("Mon", { String(weekdays[$0.weekday].prefix(3)) }), ("MST", { $0.abbreviation }),
        ("2006", { padded($0.date.year, 4) }), ("002", { padded($0.yearDay, 3) }), ("01", { padded($0.date.month, 2) }),
        ("02", { padded($0.date.day, 2) }), ("03", { padded($0.twelve, 2) }), ("04", { padded($0.parts.rest / 60_000 % 60, 2) }),
        ("05", { padded($0.parts.rest / 1000 % 60, 2) }), ("06", { padded($0.date.year % 100, 2) }),
        ("15", { padded($0.parts.rest / 3_600_000, 2) }), ("__2", { padded($0.yearDay, 3, with: " ") }),
        ("_2", { padded($0.date.day, 2, with: " ") }), ("Z07:00", { $0.offset == 0 ? "Z" : $0.shownOffset(colon: ":") }),
        ("Z0700", { $0.offset == 0 ? "Z" : $0.shownOffset(colon: "") }), ("-07:00", { $0.shownOffset(colon: ":") }),
        ("-0700", { $0.shownOffset(colon: "") }), ("-07", { $0.shownOffset(colon: "", minutes: false) }),
        ("PM", { $0.parts.rest < 43_200_000 ? "AM" : "PM" }),
        ("pm", { $0.parts.rest < 43_200_000 ? "am" : "pm" }), ("1", { String($0.date.month) }), ("2", { String($0.date.day) }),
        ("3", { String($0.twelve) }), ("4", { String($0.parts.rest / 60_000 % 60) }), ("5", { String($0.parts.rest / 1000 % 60) }),
    ]

    private var twelve: Int {
        let hour = parts.rest / 3_600_000 % 12
        return hour == 0 ? 12 : hour
    }
}

/// A number that prints as a name, such as a month.
final class NamedNumber: TemplateObject {
    let number: Int?
    let text: String
    let typeName: String

    init(_ number: Int, _ text: String, _ typeName: String) {
        self.number = number
        self.text = text
        self.typeName = typeName
    }

    func method(_ name: String) -> TemplateMethod? {
        guard name == "String" else { return nil }
        return TemplateMethod { _ throws(TemplateFailure) in .string(self.text) }
    }
}
