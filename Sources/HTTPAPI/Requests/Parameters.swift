import Model
import PromQL

/// How Prometheus reads the parameters of its API, and what it says of those it cannot read.
enum Parameters {
    /// Bounds of what is accepted as a time, far enough from the integers' own that no lookback or offset overflows.
    static let earliest: Timestamp = -(1 << 60)
    static let latest: Timestamp = 1 << 60
    /// What clients send to mean "from the beginning" and "to the end".
    private static let extremes = ["-292273086-05-16T16:47:06Z": earliest, "292277025-08-18T07:12:54.999999999Z": latest]

    /// Seconds as a decimal number, rounded to milliseconds, or RFC 3339.
    static func time(_ text: String) throws(Unreadable) -> Timestamp {
        if let seconds = decimal(text), seconds.isFinite {
            let milliseconds = (seconds * 1000).rounded()
            if abs(milliseconds) <= Double(latest) { return Timestamp(milliseconds) }
        }
        if let time = RFC3339.parse(text) ?? extremes[text] { return time }
        throw Unreadable("cannot parse \(quoted(text)) to a valid timestamp")
    }

    /// Nanoseconds of `1h30m` or of a number of seconds.
    static func duration(_ text: String) throws(Unreadable) -> Int64 {
        if let seconds = decimal(text), !seconds.isNaN {
            let nanoseconds = seconds * 1e9
            guard abs(nanoseconds) < 0x1p63 else {
                throw Unreadable("cannot parse \(quoted(text)) to a valid duration. It overflows int64")
            }
            return Int64(nanoseconds)
        }
        if let milliseconds = PromDuration.parse(text) { return milliseconds * 1_000_000 }
        throw Unreadable("cannot parse \(quoted(text)) to a valid duration")
    }

    /// A whole number; absent is 0, which means "no limit".
    static func limit(_ text: String) throws(Unreadable) -> Int {
        guard !text.isEmpty else { return 0 }
        let value = try integer(text)
        guard value >= 0 else { throw Unreadable("limit must be non-negative") }
        return value
    }

    static func integer(_ text: String) throws(Unreadable) -> Int {
        if let value = Int(text) { return value }
        let digits = text.utf8.first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } == true ? text.dropFirst() : Substring(text)
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        throw Unreadable("strconv.Atoi: parsing \(quoted(text)): \(isNumber ? "value out of range" : "invalid syntax")")
    }

    /// `0x10` is no number here, though PromQL has it.
    private static func decimal(_ text: String) -> Double? {
        let isHexadecimal = text.utf8.contains { $0 | 0x20 == UInt8(ascii: "x") }
        return isHexadecimal ? nil : FloatParsing.parse(text)
    }

    /// Why a parameter cannot be read.
    struct Unreadable: Error {
        let cause: String
        init(_ cause: String) { self.cause = cause }
    }
}

extension FormValues {
    /// A time, or the default where it is absent. Where a default exists, Prometheus names the parameter once more in its message.
    func time(_ name: String, default fallback: Timestamp) throws(APIError) -> Timestamp {
        guard !self[name].isEmpty else { return fallback }
        do { return try Parameters.time(self[name]) } catch {
            throw .invalid(name, "invalid time value for '\(name)': \(error.cause)")
        }
    }

    /// A time that must be there.
    func time(_ name: String) throws(APIError) -> Timestamp {
        do { return try Parameters.time(self[name]) } catch { throw .invalid(name, error.cause) }
    }

    /// Nanoseconds; nil if absent.
    func duration(_ name: String) throws(APIError) -> Int64? {
        self[name].isEmpty ? nil : try requiredDuration(name)
    }

    func requiredDuration(_ name: String) throws(APIError) -> Int64 {
        do { return try Parameters.duration(self[name]) } catch { throw .invalid(name, error.cause) }
    }

    func limit() throws(APIError) -> Int {
        do { return try Parameters.limit(self["limit"]) } catch { throw .invalid("limit", error.cause) }
    }

    /// Which tiers may answer although there is finer data: `max_source_resolution`, a duration or `auto`, with Thanos's name and forms.
    func sourceResolution() throws(APIError) -> SourceResolution {
        let name = "max_source_resolution"
        if self[name].isEmpty { return .finest }
        if self[name] == "auto" { return .auto }
        let nanoseconds = try requiredDuration(name)
        guard nanoseconds >= 0 else { throw .invalid(name, "negative resolutions are not accepted. Try a positive duration, or auto") }
        return .upTo(nanoseconds / 1_000_000)
    }
}
