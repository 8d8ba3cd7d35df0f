/// Whole numbers as decimal digits, straight into memory, eight digits at a time.
public enum DecimalText {
    /// Bytes that must be free for any number; what is behind its digits is overwritten.
    public static let room = 24

    /// Writes a number without leading zeros; gives how many digits it has.
    @inline(__always)
    public static func write(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if value < 100_000_000 { return writeFirst(UInt32(truncatingIfNeeded: value), to: out) }
        let (rest, last) = value.quotientAndRemainder(dividingBy: 100_000_000)
        let before = rest < 100_000_000 ? writeFirst(UInt32(truncatingIfNeeded: rest), to: out) : writeLong(rest, to: out)
        store(eightDigits(UInt32(truncatingIfNeeded: last)), to: out + before)
        return before &+ 8
    }

    /// Writes a number below 1000 as three digits.
    @inline(__always)
    public static func writeThree(_ value: UInt32, to out: UnsafeMutablePointer<UInt8>) {
        out[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 100)
        out[1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10 % 10)
        out[2] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10)
    }

    @inline(never)
    private static func writeLong(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let (first, second) = value.quotientAndRemainder(dividingBy: 100_000_000)
        let before = writeFirst(UInt32(truncatingIfNeeded: first), to: out)
        store(eightDigits(UInt32(truncatingIfNeeded: second)), to: out + before)
        return before &+ 8
    }

    @inline(__always)
    private static func writeFirst(_ value: UInt32, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let digits = eightDigits(value)
        // The first digit is the lowest byte. A zero alone keeps its last one.
        let zeros = min(7, (digits ^ 0x3030_3030_3030_3030).trailingZeroBitCount &>> 3)
        store(digits &>> UInt64(zeros &<< 3), to: out)
        return 8 &- zeros
    }

    /// The digits of a number below 10⁸, the first in the lowest byte: halves, then quarters, then single digits are parted side by side.
    @inline(__always)
    private static func eightDigits(_ value: UInt32) -> UInt64 {
        let halves = UInt64(value / 10_000) | UInt64(value % 10_000) &<< 32
        let hundreds = (halves &* 10_486) &>> 20 & 0x0000_007f_0000_007f
        let pairs = hundreds | (halves &- hundreds &* 100) &<< 16
        let tens = (pairs &* 103) &>> 10 & 0x000f_000f_000f_000f
        let digits = tens | (pairs &- tens &* 10) &<< 8
        return digits | 0x3030_3030_3030_3030
    }

    @inline(__always)
    private static func store(_ bytes: UInt64, to out: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(out).storeBytes(of: bytes.littleEndian, as: UInt64.self)
    }
}
