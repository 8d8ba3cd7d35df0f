import CLinux
import Model

extension GoPrinter {
    // MARK: Integers

    mutating func printInteger(_ integer: Int, isSigned: Bool, _ verb: Unicode.Scalar, _ value: TemplateValue) {
        switch verb {
        case "v": flags.isGoSyntax && !isSigned ? writeInteger(integer, 16, prefix: "0x") : writeInteger(integer, 10)
        case "d": writeInteger(integer, 10)
        case "b": writeInteger(integer, 2, prefix: flags.sharp ? "0b" : "")
        case "o": writeInteger(integer, 8, prefix: flags.sharp ? "0" : "")
        case "O": writeInteger(integer, 8, prefix: "0o")
        case "x": writeInteger(integer, 16, prefix: flags.sharp ? "0x" : "")
        case "X": writeInteger(integer, 16, uppercase: true, prefix: flags.sharp ? "0X" : "")
        case "c": pad(String(Self.scalar(integer)))
        case "q": pad(GoQuote.quote(character: integer, ascii: flags.plus))
        case "U": printUnicode(integer)
        default: printBad(verb, value)
        }
    }

    private static func scalar(_ integer: Int) -> Unicode.Scalar {
        UInt32(exactly: integer).flatMap(Unicode.Scalar.init) ?? "\u{fffd}"
    }

    private mutating func writeInteger(_ integer: Int, _ radix: Int, uppercase: Bool = false, prefix: String = "") {
        let sign = integer < 0 ? "-" : flags.plus ? "+" : flags.space ? " " : ""
        var digits = String(integer.magnitude, radix: radix, uppercase: uppercase)
        if let precision = flags.precision {
            if precision == 0, integer == 0 { return pad("", zeros: false) }
            digits = Self.zeros(precision - digits.utf8.count) + digits
        } else if flags.zero, !flags.minus, let width = flags.width {
            digits = Self.zeros(width - digits.utf8.count - sign.utf8.count) + digits
        }
        if prefix == "0", digits.utf8.first == UInt8(ascii: "0") { return pad(sign + digits, zeros: false) }
        pad(sign + prefix + digits, zeros: false)
    }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: max(0, count)) }

    private mutating func printUnicode(_ integer: Int) {
        let digits = String(UInt64(bitPattern: Int64(integer)), radix: 16, uppercase: true)
        var text = "U+" + Self.zeros(max(4, flags.precision ?? 0) - digits.utf8.count) + digits
        if flags.sharp, let scalar = UInt32(exactly: integer).flatMap(Unicode.Scalar.init), GoText.isPrintable(scalar) { text += " '\(scalar)'" }
        pad(text, zeros: false)
    }

    // MARK: Floats

    mutating func printDouble(_ double: Double, _ verb: Unicode.Scalar, _ value: TemplateValue) {
        let text: String
        switch verb {
        case "v", "g", "G": text = general(double)
        case "e", "E": text = Self.digits(double, "e", flags.precision ?? 6)
        case "f", "F": text = Self.digits(double, "f", flags.precision ?? 6)
        case "x", "X": text = Self.hexadecimal(double, flags.precision)
        case "b": text = Self.binary(double)
        default: return printBad(verb, value)
        }
        writeDouble(verb == "E" || verb == "G" || verb == "X" ? text.uppercasedASCII : text, isFinite: double.isFinite)
    }

    private func general(_ double: Double) -> String {
        guard let precision = flags.precision else { return FloatFormat.general(double) }
        return Self.digits(double, "g", precision)
    }

    private mutating func writeDouble(_ text: String, isFinite: Bool) {
        guard isFinite else { return writeInfinite(text) }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let sign = isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : ""
        var digits = isNegative ? String(text.dropFirst()) : text
        if flags.zero, !flags.minus, let width = flags.width {
            digits = Self.zeros(width - digits.utf8.count - sign.utf8.count) + digits
        }
        pad(sign + digits, zeros: false)
    }

    private mutating func writeInfinite(_ text: String) {
        let bare = text.drop { $0 == "+" || $0 == "-" }.uppercased() == "NAN" ? "NaN" : "Inf"
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let sign = isNegative ? "-" : flags.plus ? "+" : bare == "Inf" && !flags.space ? "+" : flags.space ? " " : ""
        pad(sign + bare, zeros: false)
    }

    /// With a number of digits: `e` and `f` behind the point, `g` in all.
    static func digits(_ double: Double, _ form: Character, _ precision: Int) -> String {
        guard double.isFinite else { return double.isNaN ? "NaN" : double < 0 ? "-Inf" : "+Inf" }
        // No double has more digits than this before zeros follow.
        let precision = min(max(precision, form == "a" ? -1 : 0), 1100)
        let room = precision + 401
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            let length = martlet_print_double(double, CChar(form.asciiValue ?? 0), Int32(precision), base, room)
            return String(decoding: UnsafeRawBufferPointer(start: base, count: length), as: UTF8.self)
        }
    }

    /// `0x1.8p+01`.
    private static func hexadecimal(_ double: Double, _ precision: Int?) -> String {
        guard double.isFinite else { return digits(double, "g", 1) }
        return digits(double, "a", precision ?? -1)
    }

    /// `4503599627370496p-52`: the fraction as an integer and a power of two.
    private static func binary(_ double: Double) -> String {
        guard double.isFinite else { return digits(double, "g", 1) }
        let isSmall = double.exponentBitPattern == 0
        let fraction = double.significandBitPattern | (isSmall ? 0 : 1 << 52)
        let exponent = Int(isSmall ? 1 : double.exponentBitPattern) - 1075
        return "\(double.sign == .minus ? "-" : "")\(fraction)p\(exponent < 0 ? "" : "+")\(exponent)"
    }
}

extension String {
    fileprivate var uppercasedASCII: String {
        String(decoding: utf8.map { (0x61...0x7a).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
    }
}
