import CLinux

/// Reads floats as Go's `ParseFloat` does: decimal and hexadecimal forms, a sign, `Inf`, `Infinity` and `NaN` in any case; exactly rounded.
public enum FloatParsing {
    /// The value of the whole text, nil if it is not a number.
    public static func parse(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    public static func parse(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard var at = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        var length = bytes.count
        var negative = false
        if at[0] == UInt8(ascii: "-") || at[0] == UInt8(ascii: "+") {
            negative = at[0] == UInt8(ascii: "-")
            at += 1
            length -= 1
        }
        guard length > 0, let magnitude = magnitude(at, length) else { return nil }
        return negative && !magnitude.isNaN ? -magnitude : magnitude
    }

    private static func magnitude(_ at: UnsafePointer<UInt8>, _ length: Int) -> Double? {
        switch at[0] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
            if length > 2, at[0] == UInt8(ascii: "0"), at[1] | 0x20 == UInt8(ascii: "x") { return hexadecimal(at, length) }
            var value = 0.0
            let used = at.withMemoryRebound(to: CChar.self, capacity: length) { martlet_parse_decimal($0, length, &value) }
            return used == length ? value : nil
        default:
            return word(UnsafeBufferPointer(start: at, count: length))
        }
    }

    private static func word(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        func spells(_ word: StaticString) -> Bool {
            text.count == word.utf8CodeUnitCount && text.indices.allSatisfy { text[$0] | 0x20 == word.utf8Start[$0] }
        }
        if spells("nan") { return StaleMarker.ordinaryNaN }
        return spells("inf") || spells("infinity") ? .infinity : nil
    }

    /// `0x1.8p3` and, as in PromQL, `0xff` without an exponent.
    private static func hexadecimal(_ at: UnsafePointer<UInt8>, _ length: Int) -> Double? {
        let text = String(decoding: UnsafeBufferPointer(start: at, count: length), as: UTF8.self)
        return Double(text)
    }
}
