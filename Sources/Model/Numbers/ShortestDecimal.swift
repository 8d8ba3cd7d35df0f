/// The fewest decimal digits that read back as a float, of equally many those closest to it, by R. Giulietti's method ("The Schubfach way to render
/// doubles", 2021): three multiplications with a power of ten of 128 bits tell which decimals lie between the float's neighbours.
struct ShortestDecimal {
    /// Without trailing zeros; at most 17 digits.
    let digits: UInt64
    /// The value is `digits` × 10^exponent.
    let exponent: Int

    /// - Parameter value: positive and finite.
    @inline(__always)
    init(_ value: Double, _ powers: UnsafePointer<PowersOfTen.Power>) {
        let fraction = value.significandBitPattern
        let field = Int(truncatingIfNeeded: value.exponentBitPattern)
        let isSubnormal = field == 0
        let significand = isSubnormal ? fraction : fraction | 1 &<< 52
        let power = (isSubnormal ? 1 : field) &- 1075
        // Below a power of two the floats are twice as close.
        let isLopsided = fraction == 0 && field > 1
        let (digits, exponent) = Self.nearest(significand, power, isLopsided, powers)
        (self.digits, self.exponent) = Self.withoutTrailingZeros(digits, exponent)
    }

    /// The value is `significand` × 2^power.
    @inline(__always)
    private static func nearest(
        _ significand: UInt64, _ power: Int, _ isLopsided: Bool, _ powers: UnsafePointer<PowersOfTen.Power>
    ) -> (digits: UInt64, exponent: Int) {
        // ⌊log₁₀⌋ of the distance to the next float: decimals with one digit fewer than this are too far apart, or nearly so.
        let exponent = (power &* 1_262_611 &- (isLopsided ? 524_031 : 0)) &>> 22
        let shift = UInt64(truncatingIfNeeded: power &+ PowersOfTen.floorOfLog2(-exponent) &+ 1)
        let scale = powers[PowersOfTen.index(-exponent)]
        // In quarters, so that the middle between two floats is a whole number too.
        let middle = significand &<< 2
        let value = scale.scaled(middle &<< shift)
        var lower = scale.scaled((middle &- (isLopsided ? 1 : 2)) &<< shift)
        var upper = scale.scaled((middle &+ 2) &<< shift)
        // What lies in the middle is read as the even neighbour.
        let isOdd = significand & 1
        lower &+= isOdd
        upper &-= isOdd
        let whole = value &>> 2
        if whole >= 10 {
            let tens = whole / 10
            let isBelowIn = lower <= 40 &* tens
            let isAboveIn = 40 &* tens &+ 40 <= upper
            if isBelowIn != isAboveIn { return (tens &+ (isAboveIn ? 1 : 0), exponent &+ 1) }
        }
        let isBelowIn = lower <= whole &<< 2
        let isAboveIn = whole &<< 2 &+ 4 <= upper
        if isBelowIn != isAboveIn { return (whole &+ (isAboveIn ? 1 : 0), exponent) }
        let half = whole &<< 2 &+ 2
        let isUp = value > half || value == half && whole & 1 == 1
        return (whole &+ (isUp ? 1 : 0), exponent)
    }

    @inline(__always)
    private static func withoutTrailingZeros(_ digits: UInt64, _ exponent: Int) -> (UInt64, Int) {
        digits % 10 == 0 ? dropTrailingZeros(digits, exponent) : (digits, exponent)
    }

    @inline(never)
    private static func dropTrailingZeros(_ all: UInt64, _ start: Int) -> (UInt64, Int) {
        var (digits, exponent) = (all, start)
        while digits % 10_000 == 0 { (digits, exponent) = (digits / 10_000, exponent &+ 4) }
        while digits % 10 == 0 { (digits, exponent) = (digits / 10, exponent &+ 1) }
        return (digits, exponent)
    }
}

/// 10^-292 … 10^324 as 128 bits whose first is set, rounded up; what no float needs is left out.
final class PowersOfTen: @unchecked Sendable {
    // Written in the initialiser only.
    let powers: UnsafeMutablePointer<Power>

    static let shared = PowersOfTen()
    private static let exponents = -292...324

    struct Power {
        let high: UInt64
        let low: UInt64

        /// `factor` × the power, without its last 128 bits but one, of which only is kept whether any is set.
        @inline(__always)
        func scaled(_ factor: UInt64) -> UInt64 {
            let carry = low.multipliedFullWidth(by: factor).high
            let product = high.multipliedFullWidth(by: factor)
            let (middle, isOver) = product.low.addingReportingOverflow(carry)
            return product.high &+ (isOver ? 1 : 0) | (middle > 1 ? 1 : 0)
        }
    }

    /// ⌊log₂ 10^exponent⌋.
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

    deinit { powers.deallocate() }
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
