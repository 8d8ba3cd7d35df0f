/// Why a text is no duration, in the words of Prometheus.
enum DurationFault {
    private static let units = ["y", "w", "d", "h", "m", "s", "ms"]

    /// The reason for a text that is refused.
    static func reason(_ duration: String) -> String {
        if duration.isEmpty { return "empty duration string" }
        var rest = duration[...]
        var nextUnit = 0
        while !rest.isEmpty {
            let digits = rest.prefix(while: isDigit)
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { !isDigit($0) }
            rest = rest[unit.endIndex...]
            guard !digits.isEmpty, !unit.isEmpty, UInt64(digits) != nil else { return invalid(duration) }
            guard let index = units.firstIndex(of: String(unit)) else {
                return "unknown unit \(GoQuote.quote(String(unit))) in duration \(GoQuote.quote(duration))"
            }
            if index < nextUnit { return invalid(duration) }
            nextUnit = index + 1
        }
        return "duration out of range"
    }

    private static func invalid(_ duration: String) -> String { "not a valid duration string: \(GoQuote.quote(duration))" }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
