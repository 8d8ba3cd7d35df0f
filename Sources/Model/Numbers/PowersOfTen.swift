/// 10^-292 … 10^324 as 128 bits whose first is set, rounded up; what no float needs is left out.
final class PowersOfTen: @unchecked Sendable {
    // Written in the initialiser only.
    let powers: UnsafeMutablePointer<Power>

    static let shared = PowersOfTen()
    private static let exponents = -292...324

    struct Power {
        let high: UInt64
        let low: UInt64

        /// The first 64 bits of `factor` × the power, which has 192; the last of them is also set if any of those behind it are.
        ///
        /// As the power is rounded up, 1 in the middle may be no more than that rounding.
        @inline(__always)
        func scaled(_ factor: UInt64) -> UInt64 {
            let carry = low.multipliedFullWidth(by: factor).high
            let product = high.multipliedFullWidth(by: factor)
            let (middle, isOver) = product.low.addingReportingOverflow(carry)
            return product.high &+ (isOver ? 1 : 0) | (middle > 1 ? 1 : 0)
        }
    }

    /// ⌊log₂ 10^exponent⌋, for all exponents of the table: 1741647 ÷ 2¹⁹ is log₂ 10, near enough.
    @inline(__always)
    static func floorOfLog2(_ exponent: Int) -> Int { (exponent &* 1_741_647) &>> 19 }

    @inline(__always)
    static func index(_ exponent: Int) -> Int { exponent &- exponents.lowerBound }

    private init() {
        powers = .allocate(capacity: Self.exponents.count)
        var tens = BigNumber(1)
        for exponent in 0...324 {
            (powers + Self.index(exponent)).initialize(to: tens.leading())
            if exponent > 0, exponent <= 292 { (powers + Self.index(-exponent)).initialize(to: tens.reciprocal()) }
            tens.multiply(by: 10)
        }
    }
}

/// A whole number of any size, just good enough to make a table with.
private struct BigNumber {
    /// The lowest first, the highest not zero.
    private var words: [UInt64]

    init(_ value: UInt64) { words = [value] }

    mutating func multiply(by factor: UInt64) {
        var carry: UInt64 = 0
        for at in words.indices {
            let product = words[at].multipliedFullWidth(by: factor)
            let (low, isOver) = product.low.addingReportingOverflow(carry)
            words[at] = low
            carry = product.high + (isOver ? 1 : 0)
        }
        if carry > 0 { words.append(carry) }
    }

    private var bitWidth: Int { words.count * 64 - words[words.count - 1].leadingZeroBitCount }

    private func bit(_ place: Int) -> UInt64 { place < 0 ? 0 : words[place / 64] >> UInt64(place % 64) & 1 }

    /// The first 128 bits, rounded up.
    func leading() -> PowersOfTen.Power {
        let end = bitWidth - 128
        var value: UInt128 = 0
        for place in (end..<bitWidth).reversed() { value = value << 1 | UInt128(bit(place)) }
        let isExact = end <= 0 || (0..<end).allSatisfy { bit($0) == 0 }
        return .init(isExact ? value : value + 1)
    }

    /// The first 128 bits of 1 ÷ this number, which is no power of two, rounded up.
    func reciprocal() -> PowersOfTen.Power {
        // 2^bitWidth is the first power of two that the number goes into; from there on a bit a step.
        var rest = BigNumber(0)
        rest.words = [UInt64](repeating: 0, count: words.count + 1)
        rest.words[bitWidth / 64] = 1 << UInt64(bitWidth % 64)
        var value: UInt128 = 0
        for step in 0..<128 {
            if step > 0 { rest.double() }
            value <<= 1
            if rest.subtract(self) { value |= 1 }
        }
        return .init(value + 1)
    }

    private mutating func double() {
        var carry: UInt64 = 0
        for at in words.indices { (words[at], carry) = (words[at] << 1 | carry, words[at] >> 63) }
    }

    /// Takes a number off, unless that is larger; tells whether it did. There must be more words here than there.
    private mutating func subtract(_ other: BigNumber) -> Bool {
        var difference = words
        var borrow: UInt64 = 0
        for at in words.indices {
            let (first, isUnder) = words[at].subtractingReportingOverflow(at < other.words.count ? other.words[at] : 0)
            let (second, isUnderAgain) = first.subtractingReportingOverflow(borrow)
            difference[at] = second
            borrow = isUnder || isUnderAgain ? 1 : 0
        }
        if borrow == 0 { words = difference }
        return borrow == 0
    }
}

extension PowersOfTen.Power {
    fileprivate init(_ bits: UInt128) { self.init(high: UInt64(bits >> 64), low: UInt64(truncatingIfNeeded: bits)) }
}
