import CLinux

/// Writes floats with the fewest digits that read back as the same value, in the forms Prometheus uses.
public enum FloatFormat {
    /// Go's `'f', -1`: never an exponent. PromQL's own text form of values.
    public static func plain(_ value: Double) -> String { text(value) { $0.appendPlain() } }

    /// The HTTP API's form: plain, but with an exponent below 1e-6 and from 1e21 on, of at least two digits (`1e-07`).
    public static func api(_ value: Double) -> String { text(value) { $0.appendAPI() } }

    /// Go's `'g', -1`: an exponent below 1e-4 and from 1e6 on (`1e-05`, `1e+06`). Exposition pages, label values and PromQL literals.
    public static func general(_ value: Double) -> String {
        var out: [UInt8] = []
        append(value, to: &out, wholeNumbersBelow: 1e6) { $0.appendGeneral() }
        return String(decoding: out, as: UTF8.self)
    }

    private static func text(_ value: Double, _ write: (inout Digits) -> Void) -> String {
        var out: [UInt8] = []
        append(value, to: &out, write)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends the HTTP API's form.
    public static func appendAPI(_ value: Double, to out: inout [UInt8]) { append(value, to: &out) { $0.appendAPI() } }

    private static func append(_ value: Double, to out: inout [UInt8], wholeNumbersBelow limit: Double = 1e15, _ write: (inout Digits) -> Void) {
        if value.isNaN { return out.append(contentsOf: "NaN".utf8) }
        if value.isInfinite { return out.append(contentsOf: (value < 0 ? "-Inf" : "+Inf").utf8) }
        if value.sign == .minus { out.append(UInt8(ascii: "-")) }
        let magnitude = abs(value)
        if magnitude == 0 { return out.append(UInt8(ascii: "0")) }
        // Whole numbers that fit are the common case.
        if magnitude < limit, magnitude == magnitude.rounded(.towardZero) {
            return appendInteger(UInt64(magnitude), to: &out)
        }
        var digits = Digits(magnitude, out)
        out = []
        write(&digits)
        out = digits.out
    }

    static func appendInteger(_ value: UInt64, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
            var rest = value
            var at = 20
            repeat {
                at -= 1
                buffer[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            out.append(contentsOf: buffer[at..<20])
        }
    }
}

/// The shortest digits `d₁d₂…` of a positive value, meaning 0.d₁d₂… × 10^point, and the text they are written to.
private struct Digits {
    var out: [UInt8]
    private var digits: (count: Int, bytes: InlineArray<24, UInt8>)
    private var point: Int

    init(_ value: Double, _ out: [UInt8]) {
        self.out = out
        var bytes = InlineArray<24, UInt8>(repeating: 0)
        var count = 0
        var exponent = 0
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            guard let base = buffer.baseAddress else { return }
            let length = martlet_shortest_scientific(value, base)
            var i = 0
            while i < length, buffer[i] != CChar(bitPattern: UInt8(ascii: "e")) {
                let byte = UInt8(bitPattern: buffer[i])
                if byte != UInt8(ascii: ".") {
                    bytes[count] = byte
                    count += 1
                }
                i += 1
            }
            let negative = i + 1 < length && UInt8(bitPattern: buffer[i + 1]) == UInt8(ascii: "-")
            i += 2
            while i < length {
                exponent = exponent * 10 + Int(UInt8(bitPattern: buffer[i]) &- UInt8(ascii: "0"))
                i += 1
            }
            if negative { exponent = -exponent }
        }
        while count > 1, bytes[count - 1] == UInt8(ascii: "0") { count -= 1 }
        digits = (count, bytes)
        point = exponent + 1
    }

    mutating func appendPlain() {
        if point <= 0 {
            out.append(contentsOf: "0.".utf8)
            appendZeros(-point)
            appendDigits(0..<digits.count)
        } else if point >= digits.count {
            appendDigits(0..<digits.count)
            appendZeros(point - digits.count)
        } else {
            appendDigits(0..<point)
            out.append(UInt8(ascii: "."))
            appendDigits(point..<digits.count)
        }
    }

    mutating func appendAPI() {
        if point < -5 || point > 21 { appendExponent() } else { appendPlain() }
    }

    mutating func appendGeneral() {
        if point - 1 < -4 || point - 1 >= 6 { appendExponent() } else { appendPlain() }
    }

    private mutating func appendExponent() {
        appendDigits(0..<1)
        if digits.count > 1 {
            out.append(UInt8(ascii: "."))
            appendDigits(1..<digits.count)
        }
        let exponent = point - 1
        out.append(contentsOf: (exponent < 0 ? "e-" : "e+").utf8)
        if abs(exponent) < 10 { out.append(UInt8(ascii: "0")) }
        FloatFormat.appendInteger(UInt64(abs(exponent)), to: &out)
    }

    private mutating func appendDigits(_ range: Range<Int>) {
        for i in range { out.append(digits.bytes[i]) }
    }

    private mutating func appendZeros(_ count: Int) {
        for _ in 0..<count { out.append(UInt8(ascii: "0")) }
    }
}
