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
        // ⌊log₁₀⌋ of the distance to the next float, three quarters of it if it is lopsided: decimals with one digit fewer than this are too far apart, or
        // nearly so. 1262611 ÷ 2²² is log₁₀ 2, near enough for all powers that floats have; 524031 stands for the three quarters.
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
        // A digit less is tried first; of both that are as short, or if neither reads back, the closest of the longer ones is taken.
        let whole = value &>> 2
        if whole >= 10, let found = onlyOne(of: whole, unit: 10, lower, upper) { return (found / 10, exponent &+ 1) }
        if let found = onlyOne(of: whole, unit: 1, lower, upper) { return (found, exponent) }
        let half = whole &<< 2 &+ 2
        let isUp = value > half || value == half && whole & 1 == 1
        return (whole &+ (isUp ? 1 : 0), exponent)
    }

    /// Of the multiples of a unit next to a number, below and above it, the one that lies between the bounds, which are in quarters, if exactly one does.
    @inline(__always)
    private static func onlyOne(of number: UInt64, unit: UInt64, _ lower: UInt64, _ upper: UInt64) -> UInt64? {
        let below = number / unit &* unit
        let above = below &+ unit
        let (isBelowIn, isAboveIn) = (lower <= below &<< 2, above &<< 2 <= upper)
        return isBelowIn == isAboveIn ? nil : isAboveIn ? above : below
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
