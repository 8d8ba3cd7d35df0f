import Model

/// Numbers in the forms that people read.
enum Humanize {
    private static func fourDigits(_ value: Double) -> String { GoPrinter.digits(value, "g", 4) }

    /// With a decimal prefix: `1.235M`.
    static func number(_ value: Double) -> String {
        if value == 0 || !value.isFinite { return fourDigits(value) }
        let (scaled, prefix) = abs(value) >= 1 ? reduced(value, by: 1000, ["k", "M", "G", "T", "P", "E", "Z", "Y"]) : raised(value)
        return fourDigits(scaled) + prefix
    }

    /// With a binary prefix: `1.178Mi`.
    static func binary(_ value: Double) -> String {
        if abs(value) <= 1 || !value.isFinite { return fourDigits(value) }
        let (scaled, prefix) = reduced(value, by: 1024, ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"])
        return fourDigits(scaled) + prefix
    }

    static func percentage(_ ratio: Double) -> String { fourDigits(ratio * 100) + "%" }

    /// A number of seconds: `1d 3h 46m 40s`, or one with a prefix if it is below a minute.
    static func duration(_ seconds: Double) -> String {
        if !seconds.isFinite { return fourDigits(seconds) }
        if seconds == 0 { return fourDigits(seconds) + "s" }
        guard abs(seconds) >= 1 else {
            let (scaled, prefix) = raised(seconds)
            return fourDigits(scaled) + prefix + "s"
        }
        let sign = seconds < 0 ? "-" : ""
        // As Go converts what does not fit on x86.
        let whole = Int64(exactly: abs(seconds).rounded(.towardZero)) ?? .min
        let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60)
        if days != 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(rest)s" }
        if hours != 0 { return "\(sign)\(hours)h \(minutes)m \(rest)s" }
        if minutes != 0 { return "\(sign)\(minutes)m \(rest)s" }
        return sign + fourDigits(abs(seconds)) + "s"
    }

    private static func reduced(_ value: Double, by factor: Double, _ prefixes: [String]) -> (Double, String) {
        var (value, chosen) = (value, "")
        for prefix in prefixes where abs(value) >= factor {
            chosen = prefix
            value /= factor
        }
        return (value, chosen)
    }

    private static func raised(_ value: Double) -> (Double, String) {
        var (value, chosen) = (value, "")
        for prefix in ["m", "u", "n", "p", "f", "a", "z", "y"] where abs(value) < 1 {
            chosen = prefix
            value *= 1000
        }
        return (value, chosen)
    }

    /// A point in time, from seconds since 1970. Throws if Go's nanoseconds in 64 bits do not hold it.
    static func time(_ seconds: Double) throws(TemplateFailure) -> GoTime {
        if !seconds.isFinite { throw TemplateFailure("value is NaN or Inf") }
        let nanoseconds = seconds * 1e9
        guard nanoseconds <= 0x1p63, nanoseconds >= -0x1p63 else {
            throw TemplateFailure("\(FloatFormat.general(seconds)) cannot be represented as a nanoseconds timestamp since it overflows int64")
        }
        return GoTime((Int64(exactly: nanoseconds.rounded(.towardZero)) ?? .min) / 1_000_000)
    }

    /// Any number, or a text that is one.
    static func double(_ value: TemplateValue) throws(TemplateFailure) -> Double {
        switch value {
        case .double(let double): return double
        case .int(let integer): return Double(integer)
        case .string(let text):
            guard let double = GoNumber.double(text) else {
                throw TemplateFailure("strconv.ParseFloat: parsing \(GoQuote.quote(text)): invalid syntax")
            }
            if double.isInfinite, text.utf8.contains(where: { (0x30...0x39).contains($0) }) {
                throw TemplateFailure("strconv.ParseFloat: parsing \(GoQuote.quote(text)): value out of range")
            }
            return double
        case .object(let object as GoDuration): return object.seconds
        default: throw TemplateFailure("can't convert \(value.typeName) to float")
        }
    }
}
