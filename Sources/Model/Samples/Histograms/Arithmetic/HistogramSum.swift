/// Native histograms that cannot be added: bounds of their own on one side, powers of two on the other.
public struct MixedSchemas: Error {
    public init() {}
}

/// Adds up native histograms, each part with its rounding error carried along.
public struct HistogramSum: Sendable {
    public private(set) var total: SparseHistogram
    /// The errors of what `total` has at the same places.
    private var error: SparseHistogram
    /// Whether bounds of their own differed, and those that all have in common were taken.
    public private(set) var reconciled = false
    private var sawReset: Bool
    private var sawNoReset: Bool

    public init(_ first: SparseHistogram) {
        total = first
        error = Self.zero(like: first)
        sawReset = first.hint == .reset
        sawNoReset = first.hint == .noReset
    }

    /// Whether some of them began anew and others are known not to have.
    public var hasConflictingResets: Bool { sawReset && sawNoReset }

    private static func zero(like histogram: SparseHistogram) -> SparseHistogram {
        var zero = histogram
        (zero.count, zero.sum, zero.zeroCount) = (0, 0, 0)
        for i in zero.positive.indices { zero.positive[i].count = 0 }
        for i in zero.negative.indices { zero.negative[i].count = 0 }
        return zero
    }

    /// Adds a histogram, or with `sign` -1 takes it away.
    public mutating func add(_ other: SparseHistogram, sign: Double = 1) throws(MixedSchemas) {
        guard total.isCustom == other.isCustom else { throw MixedSchemas() }
        sawReset = sawReset || other.hint == .reset
        sawNoReset = sawNoReset || other.hint == .noReset
        total.hint = sign < 0 ? .gauge : Self.hint(total.hint, other.hint)
        let other = total.isCustom ? reconcileBounds(other) : reconcileScale(other)
        Self.add(sign * other.count, &total.count, &error.count)
        Self.add(sign * other.sum, &total.sum, &error.sum)
        Self.add(sign * other.zeroCount, &total.zeroCount, &error.zeroCount)
        Self.merge(other.positive, sign, &total.positive, &error.positive)
        Self.merge(other.negative, sign, &total.negative, &error.negative)
    }

    /// A gauge makes the sum one; what is not known of one is not known of the sum.
    private static func hint(_ a: CounterResetHint, _ b: CounterResetHint) -> CounterResetHint {
        if a == b { return a }
        return a == .gauge || b == .gauge ? .gauge : .unknown
    }

    private mutating func reconcileBounds(_ other: SparseHistogram) -> SparseHistogram {
        guard total.bounds != other.bounds else { return other }
        reconciled = true
        let common = SparseHistogram.commonBounds(total.bounds, other.bounds)
        total = total.coarsened(to: common)
        error = error.coarsened(to: common)
        return other.coarsened(to: common)
    }

    private mutating func reconcileScale(_ other: SparseHistogram) -> SparseHistogram {
        var other = other
        while other.zeroThreshold != total.zeroThreshold {
            let edge = max(other.zeroThreshold, total.zeroThreshold)
            other = other.widened(to: edge)
            widen(to: max(edge, other.zeroThreshold))
        }
        let schema = min(other.schema, total.schema)
        total = total.reduced(to: schema)
        error = error.reduced(to: schema)
        return other.reduced(to: schema)
    }

    private mutating func widen(to edge: Double) {
        let wider = total.widened(to: edge)
        guard wider.zeroThreshold != total.zeroThreshold else { return }
        // What moved to the zero bucket takes its errors with it.
        for bucket in error.positive + error.negative where error.lowerBound(bucket.index) < wider.zeroThreshold { error.zeroCount += bucket.count }
        error.zeroThreshold = wider.zeroThreshold
        error.positive = error.positive.filter { total.lowerBound($0.index) >= wider.zeroThreshold }
        error.negative = error.negative.filter { total.lowerBound($0.index) >= wider.zeroThreshold }
        total = wider
    }

    private static func add(_ value: Double, _ sum: inout Double, _ error: inout Double) {
        var compensated = CompensatedSum(sum: sum, compensation: error)
        compensated.add(value)
        (sum, error) = (compensated.sum, compensated.compensation)
    }

    private static func merge(_ other: [IndexedCount], _ sign: Double, _ counts: inout [IndexedCount], _ errors: inout [IndexedCount]) {
        if other.elementsEqual(counts, by: { $0.index == $1.index }) {
            for i in other.indices { add(sign * other[i].count, &counts[i].count, &errors[i].count) }
            return
        }
        var (newCounts, newErrors): ([IndexedCount], [IndexedCount]) = ([], [])
        newCounts.reserveCapacity(counts.count + other.count)
        newErrors.reserveCapacity(counts.count + other.count)
        var (mine, its) = (0, 0)
        while mine < counts.count || its < other.count {
            let takesMine = its == other.count || (mine < counts.count && counts[mine].index <= other[its].index)
            let takesOther = mine == counts.count || (its < other.count && other[its].index <= counts[mine].index)
            var bucket = takesMine ? counts[mine] : IndexedCount(index: other[its].index, count: 0)
            var lost = takesMine ? errors[mine] : IndexedCount(index: bucket.index, count: 0)
            if takesOther {
                add(sign * other[its].count, &bucket.count, &lost.count)
                its += 1
            }
            if takesMine { mine += 1 }
            newCounts.append(bucket)
            newErrors.append(lost)
        }
        (counts, errors) = (newCounts, newErrors)
    }

    public mutating func scale(by factor: Double) {
        total = total.scaled(by: factor)
        error = error.scaled(by: factor)
    }

    /// Whether something in it has become infinite.
    public var isInfinite: Bool {
        total.count.isInfinite || total.sum.isInfinite || total.zeroCount.isInfinite || total.positive.contains { $0.count.isInfinite }
            || total.negative.contains { $0.count.isInfinite }
    }

    /// The sum divided by a number.
    public func result(divisor: Double = 1) -> SparseHistogram {
        func exact(_ sum: Double, _ error: Double) -> Double { sum.isInfinite ? sum / divisor : sum / divisor + error / divisor }
        var result = total
        result.count = exact(total.count, error.count)
        result.sum = exact(total.sum, error.sum)
        result.zeroCount = exact(total.zeroCount, error.zeroCount)
        for i in result.positive.indices { result.positive[i].count = exact(total.positive[i].count, error.positive[i].count) }
        for i in result.negative.indices { result.negative[i].count = exact(total.negative[i].count, error.negative[i].count) }
        return result.compacted()
    }
}
