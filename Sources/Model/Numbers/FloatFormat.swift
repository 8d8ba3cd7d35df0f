import CLinux

/// Writes floats with the fewest digits that read back as the same value, in the forms Prometheus uses.
public enum FloatFormat {
    /// Go's `'f', -1`: never an exponent. PromQL's own text form of values.
    public static func plain(_ value: Double) -> String { text(value, .plain) }

    /// The HTTP API's form: plain, but with an exponent below 1e-6 and from 1e21 on, of at least two digits (`1e-07`).
    public static func api(_ value: Double) -> String { text(value, .api) }

    /// Go's `'g', -1`: an exponent below 1e-4 and from 1e6 on (`1e-05`, `1e+06`). Exposition pages, label values and PromQL literals.
    public static func general(_ value: Double) -> String { text(value, .general) }

    /// Bytes that must be free for any value in the API's form.
    public static let apiRoom = 48
    /// The smallest value has 323 zeros before its first digit.
    private static let plainRoom = 400

    /// Writes the API's form; gives its length.
    @inline(__always)
    public static func writeAPI(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int { write(value, .api, to: out) }

    /// Appends the API's form.
    public static func appendAPI(_ value: Double, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: apiRoom) { buffer in
            guard let base = buffer.baseAddress else { return }
            out.append(contentsOf: UnsafeBufferPointer(start: base, count: writeAPI(value, to: base)))
        }
    }

    fileprivate enum Form { case plain, api, general }

    private static func text(_ value: Double, _ form: Form) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: plainRoom) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            return String(decoding: UnsafeBufferPointer(start: base, count: write(value, form, to: base)), as: UTF8.self)
        }
    }

    @inline(__always)
    private static func write(_ value: Double, _ form: Form, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value.isFinite else { return out.write(value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf") }
        let sign = value.sign == .minus ? 1 : 0
        if sign > 0 { out[0] = UInt8(ascii: "-") }
        let magnitude = abs(value)
        let digits = out + sign
        // Whole numbers that fit are the common case.
        if magnitude < (form == .general ? 1e6 : 1e15), magnitude == magnitude.rounded(.towardZero) {
            return sign &+ DecimalText.write(UInt64(magnitude), to: digits)
        }
        let length = thousandths(magnitude, to: digits)
        return sign &+ (length > 0 ? length : fraction(magnitude, form, to: digits))
    }

    /// Writes a value that has at most three decimals, as most that people and programs round have; 0 if it has more.
    ///
    /// Here different thousandths are different floats, so there is no shorter form and no other of this length.
    @inline(__always)
    private static func thousandths(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 1e6 else { return 0 }
        let scaled = (value * 1000).rounded()
        guard scaled >= 1, scaled / 1000 == value else { return 0 }
        let (whole, decimals) = UInt32(scaled).quotientAndRemainder(dividingBy: 1000)
        let point = DecimalText.write(UInt64(whole), to: out)
        out[point] = UInt8(ascii: ".")
        DecimalText.writeThree(decimals, to: out + point + 1)
        return point &+ (decimals % 100 == 0 ? 2 : decimals % 10 == 0 ? 3 : 4)
    }

    @inline(never)
    private static func fraction(_ value: Double, _ form: Form, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if form == .general ? value >= 1e-4 && value < 1e6 : value >= 1e-6 && value < 1e15 {
            return out.withMemoryRebound(to: CChar.self, capacity: 32) { martlet_shortest_fixed(value, $0) }
        }
        return Digits(value).write(form, to: out)
    }
}

/// The shortest digits `d₁d₂…` of a positive value, meaning 0.d₁d₂… × 10^point.
private struct Digits {
    private var bytes = InlineArray<24, UInt8>(repeating: 0)
    private var count = 0
    private var point = 0

    init(_ value: Double) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            guard let base = buffer.baseAddress else { return }
            read(UnsafeBufferPointer(start: base, count: martlet_shortest_scientific(value, base)))
        }
    }

    /// Takes in `d.ddde±xx`.
    private mutating func read(_ text: UnsafeBufferPointer<CChar>) {
        var at = 0
        while at < text.count, text[at] != CChar(bitPattern: UInt8(ascii: "e")) {
            if text[at] != CChar(bitPattern: UInt8(ascii: ".")) {
                bytes[count] = UInt8(bitPattern: text[at])
                count += 1
            }
            at += 1
        }
        let isNegative = at + 1 < text.count && text[at + 1] == CChar(bitPattern: UInt8(ascii: "-"))
        var exponent = 0
        for place in min(at + 2, text.count)..<text.count { exponent = exponent * 10 + Int(text[place]) - Int(UInt8(ascii: "0")) }
        while count > 1, bytes[count - 1] == UInt8(ascii: "0") { count -= 1 }
        point = (isNegative ? -exponent : exponent) + 1
    }

    func write(_ form: FloatFormat.Form, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let hasExponent =
            switch form {
            case .plain: false
            case .api: point < -5 || point > 21
            case .general: point - 1 < -4 || point - 1 >= 6
            }
        return hasExponent ? writeExponent(to: out) : writePlain(to: out)
    }

    private func writePlain(to out: UnsafeMutablePointer<UInt8>) -> Int {
        var at = 0
        if point <= 0 {
            at += out.write("0.")
            at += writeZeros(-point, to: out + at)
            return at + writeDigits(0..<count, to: out + at)
        }
        at += writeDigits(0..<min(point, count), to: out)
        if point >= count { return at + writeZeros(point - count, to: out + at) }
        at += (out + at).write(".")
        return at + writeDigits(point..<count, to: out + at)
    }

    private func writeExponent(to out: UnsafeMutablePointer<UInt8>) -> Int {
        var at = writeDigits(0..<1, to: out)
        if count > 1 {
            at += (out + at).write(".")
            at += writeDigits(1..<count, to: out + at)
        }
        let exponent = point - 1
        at += (out + at).write(exponent < 0 ? "e-" : "e+")
        if abs(exponent) < 10 { at += (out + at).write("0") }
        return at + DecimalText.write(UInt64(abs(exponent)), to: out + at)
    }

    private func writeDigits(_ range: Range<Int>, to out: UnsafeMutablePointer<UInt8>) -> Int {
        for (place, digit) in range.enumerated() { out[place] = bytes[digit] }
        return range.count
    }

    private func writeZeros(_ count: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out.update(repeating: UInt8(ascii: "0"), count: count)
        return count
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// Writes ASCII text; gives its length.
    func write(_ text: StaticString) -> Int {
        text.withUTF8Buffer { update(from: $0.baseAddress ?? UnsafePointer(self), count: $0.count) }
        return text.utf8CodeUnitCount
    }
}
