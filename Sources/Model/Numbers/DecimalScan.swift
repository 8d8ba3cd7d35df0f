/// The common decimal numbers, exactly rounded without leaving integer arithmetic: an optional sign, up to 19 significant digits with a point
/// anywhere among them, and a small exponent.
public enum DecimalScan {
    /// Powers of ten that a double holds exactly.
    @usableFromInline static let exactPowers: InlineArray<23, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// Powers of ten in 64 bits, shifted left until the highest bit is set.
    @usableFromInline static let normalPowers: InlineArray<20, UInt64> = [
        0x8000_0000_0000_0000, 0xa000_0000_0000_0000, 0xc800_0000_0000_0000, 0xfa00_0000_0000_0000, 0x9c40_0000_0000_0000,
        0xc350_0000_0000_0000, 0xf424_0000_0000_0000, 0x9896_8000_0000_0000, 0xbebc_2000_0000_0000, 0xee6b_2800_0000_0000,
        0x9502_f900_0000_0000, 0xba43_b740_0000_0000, 0xe8d4_a510_0000_0000, 0x9184_e72a_0000_0000, 0xb5e6_20f4_8000_0000,
        0xe35f_a931_a000_0000, 0x8e1b_c9bf_0400_0000, 0xb1a2_bc2e_c500_0000, 0xde0b_6b3a_7640_0000, 0x8ac7_2304_89e8_0000,
    ]

    /// Reads a number at `offset`, which then stands behind its last byte. Nil, with `offset` anywhere, if there is none or it is not of the
    /// common kind: the caller then reads it from the start with ``FloatParsing``.
    @inlinable
    public static func scan(_ text: UnsafePointer<UInt8>, _ offset: inout Int, end: Int) -> Double? {
        guard offset < end else { return nil }
        let negative = text[offset] == 0x2d
        if negative || text[offset] == 0x2b { offset &+= 1 }
        var digits: UInt64 = 0
        let first = offset
        readDigits(text, &offset, end, &digits)
        var count = offset &- first
        var exponent = 0
        if offset < end, text[offset] == 0x2e {
            offset &+= 1
            let fraction = offset
            readDigits(text, &offset, end, &digits)
            exponent = fraction &- offset
            count &-= exponent
        }
        // Nineteen digits always fit in 64 bits.
        guard count > 0, count <= 19 else { return nil }
        if offset < end, text[offset] | 0x20 == 0x65 {
            guard let written = exponentPart(text, &offset, end) else { return nil }
            exponent &+= written
        }
        guard let magnitude = value(digits, exponent) else { return nil }
        return negative ? -magnitude : magnitude
    }

    @inlinable @inline(__always)
    static func readDigits(_ text: UnsafePointer<UInt8>, _ offset: inout Int, _ end: Int, _ digits: inout UInt64) {
        while offset < end {
            let digit = text[offset] &- 0x30
            guard digit < 10 else { return }
            digits = digits &* 10 &+ UInt64(digit)
            offset &+= 1
        }
    }

    /// `e`, an optional sign and one to three digits.
    @inlinable
    static func exponentPart(_ text: UnsafePointer<UInt8>, _ offset: inout Int, _ end: Int) -> Int? {
        offset &+= 1
        guard offset < end else { return nil }
        let negative = text[offset] == 0x2d
        if negative || text[offset] == 0x2b { offset &+= 1 }
        var digits: UInt64 = 0
        let first = offset
        readDigits(text, &offset, end, &digits)
        guard offset > first, offset &- first <= 3 else { return nil }
        return negative ? -Int(digits) : Int(digits)
    }

    /// `digits` × 10^`exponent`, exactly rounded, where that is easy.
    @inlinable
    static func value(_ digits: UInt64, _ exponent: Int) -> Double? {
        // Both factors are exact, so that the one rounding is the right one.
        if digits <= 1 << 53 {
            if exponent == 0 { return Double(digits) }
            if exponent > 0 { return exponent <= 22 ? Double(digits) * exactPowers[exponent] : (digits == 0 ? 0 : nil) }
            if exponent >= -22 { return Double(digits) / exactPowers[-exponent] }
            return digits == 0 ? 0 : nil
        }
        if exponent == 0 { return Double(digits) }
        return exponent < 0 && exponent >= -19 ? quotient(digits, -exponent) : nil
    }

    /// `digits` / 10^`power`: at least 62 bits of the quotient by one wide division, then rounded to even with the remainder as the tie-breaker.
    @inlinable
    static func quotient(_ digits: UInt64, _ power: Int) -> Double {
        let divisor = normalPowers[power]
        let shift = digits.leadingZeroBitCount
        let normal = digits &<< UInt64(shift)
        let (quotient, remainder) = divisor.dividingFullWidth((normal &>> 1, normal &<< 63))
        let spare = 64 &- 53 &- quotient.leadingZeroBitCount
        var significand = quotient &>> UInt64(spare)
        let rest = quotient & ((1 &<< UInt64(spare)) &- 1)
        let half: UInt64 = 1 &<< UInt64(spare &- 1)
        if rest > half || (rest == half && (remainder != 0 || significand & 1 == 1)) { significand &+= 1 }
        // The quotient stands for digits × 2^shift × 2^63 / (10^power × 2^(zeros of 10^power)).
        let divisorShift = Self.powerShift(power)
        return Double(sign: .plus, exponent: spare &- 63 &- shift &+ divisorShift, significand: Double(significand))
    }

    /// How far 10^`power` was shifted to set its highest bit: 63 − ⌊power × log₂ 10⌋.
    @inlinable
    static func powerShift(_ power: Int) -> Int { 63 &- (power &* 217706) &>> 16 }
}
