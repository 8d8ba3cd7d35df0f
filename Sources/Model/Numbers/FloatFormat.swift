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

    @inline(__always)
    private static func fraction(_ value: Double, _ form: Form, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let decimal = ShortestDecimal(value, PowersOfTen.shared.powers)
        let count = DecimalText.write(decimal.digits, to: out)
        let point = count &+ decimal.exponent
        if point > 0, point < count, form != .general || point <= 6 {
            // The digits behind the point, of which there are at most 16, make room for it.
            let behind = UnsafeMutableRawPointer(out + point)
            let (first, second) = (behind.loadUnaligned(as: UInt64.self), behind.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            behind.storeBytes(of: first, toByteOffset: 1, as: UInt64.self)
            behind.storeBytes(of: second, toByteOffset: 9, as: UInt64.self)
            out[point] = UInt8(ascii: ".")
            return count &+ 1
        }
        return unusual(decimal.digits, count, point, form, to: out)
    }

    /// Writes numbers whose point is not among their digits, or that have an exponent. They are 0.digits × 10^point.
    @inline(never)
    private static func unusual(_ digits: UInt64, _ count: Int, _ point: Int, _ form: Form, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let hasExponent =
            switch form {
            case .plain: false
            case .api: point < -5 || point > 21
            case .general: point < -3 || point > 6
            }
        if hasExponent { return writeExponent(digits, point, to: out) }
        if point <= 0 {
            var at = out.write("0.")
            at += (out + at).writeZeros(-point)
            return at + DecimalText.write(digits, to: out + at)
        }
        let length = DecimalText.write(digits, to: out)
        return length + (out + length).writeZeros(point - count)
    }

    private static func writeExponent(_ digits: UInt64, _ point: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var at = DecimalText.write(digits, to: out + 1)
        out[0] = out[1]
        out[1] = UInt8(ascii: ".")
        if at > 1 { at += 1 }
        let exponent = point - 1
        at += (out + at).write(exponent < 0 ? "e-" : "e+")
        if abs(exponent) < 10 { at += (out + at).write("0") }
        return at + DecimalText.write(UInt64(abs(exponent)), to: out + at)
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// Writes some zeros; gives how many.
    func writeZeros(_ count: Int) -> Int {
        update(repeating: UInt8(ascii: "0"), count: count)
        return count
    }

    /// Writes ASCII text; gives its length.
    func write(_ text: StaticString) -> Int {
        text.withUTF8Buffer { update(from: $0.baseAddress ?? UnsafePointer(self), count: $0.count) }
        return text.utf8CodeUnitCount
    }
}
