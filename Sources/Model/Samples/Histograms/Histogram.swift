/// What is known about a histogram's relation to the one before it in its series. The numbers stand in logs.
public enum CounterResetHint: UInt8, Sendable, CaseIterable {
    /// Comparing the two must show.
    case unknown = 0
    /// The counters began anew.
    case reset = 1
    case noReset = 2
    /// It does not count up: there is no such thing as a reset.
    case gauge = 3
}

/// A native histogram with whole counts.
public struct Histogram: Sendable {
    public var hint: CounterResetHint
    public var layout: HistogramLayout
    public var count: UInt64
    public var zeroCount: UInt64
    /// Of all observations; `StaleMarker.value` makes the histogram a stale marker.
    public var sum: Double
    /// For each bucket of `layout` how many more it counts than the bucket before; the first one's count itself.
    public var positiveDeltas: [Int64]
    public var negativeDeltas: [Int64]

    public init(
        hint: CounterResetHint = .unknown, layout: HistogramLayout = HistogramLayout(), count: UInt64 = 0, zeroCount: UInt64 = 0, sum: Double = 0,
        positiveDeltas: [Int64] = [], negativeDeltas: [Int64] = []
    ) {
        self.hint = hint
        self.layout = layout
        self.count = count
        self.zeroCount = zeroCount
        self.sum = sum
        self.positiveDeltas = positiveDeltas
        self.negativeDeltas = negativeDeltas
    }

    /// Ends a series of histograms.
    public static let staleMarker = Histogram(sum: StaleMarker.value)

    public var isStale: Bool { StaleMarker.isStale(sum) }

    /// Bucket by bucket; wraps around for histograms that `check` refuses.
    public var positiveCounts: [Int64] { Self.counts(positiveDeltas) }
    public var negativeCounts: [Int64] { Self.counts(negativeDeltas) }

    public static func counts(_ deltas: [Int64]) -> [Int64] {
        var count: Int64 = 0
        return deltas.map { delta in
            count &+= delta
            return count
        }
    }

    public static func deltas(_ counts: [Int64]) -> [Int64] {
        var before: Int64 = 0
        return counts.map { count in
            defer { before = count }
            return count &- before
        }
    }

    /// Refuses a histogram from outside that contradicts itself: buckets and spans that do not match, negative counts, buckets that hold more
    /// than `count`, or less although no observation can have been NaN. Of stale markers only the sum matters.
    public func check() throws(InvalidHistogram) {
        if isStale { return }
        try layout.check()
        try checkBucketNumbers(layout, positiveDeltas.count, negativeDeltas.count)
        let positive = try Self.total(positiveDeltas, "positive")
        let negative = try Self.total(negativeDeltas, "negative")
        if layout.isCustom, zeroCount != 0 { throw InvalidHistogram("with bounds of its own there is no zero bucket") }
        let (sides, tooMany) = positive.addingReportingOverflow(negative)
        let (total, overflow) = sides.addingReportingOverflow(zeroCount)
        // A NaN is counted, but lies in no bucket, and makes the sum NaN.
        guard !tooMany, !overflow, sum.isNaN ? total <= count : total == count else {
            throw InvalidHistogram("the buckets hold \(overflow || tooMany ? "more than can be counted" : "\(total)"), the count is \(count)")
        }
    }

    private static func total(_ deltas: [Int64], _ side: String) throws(InvalidHistogram) -> UInt64 {
        var count: Int64 = 0
        var total: UInt64 = 0
        for (position, delta) in deltas.enumerated() {
            let (next, wrapped) = count.addingReportingOverflow(delta)
            guard !wrapped, next >= 0 else { throw InvalidHistogram("\(side) bucket \(position + 1) has a count below zero or beyond 64 bits") }
            let (sum, overflow) = total.addingReportingOverflow(UInt64(next))
            if overflow { throw InvalidHistogram("the \(side) buckets hold more than can be counted") }
            count = next
            total = sum
        }
        return total
    }

    /// Whether both are the same sample, to the bit, whatever their hints say: a hint depends on where a sample lies in its chunk.
    public func isSameSample(as other: Histogram) -> Bool {
        if isStale || other.isStale { return isStale && other.isStale }
        return count == other.count && zeroCount == other.zeroCount && sum.bitPattern == other.sum.bitPattern && layout == other.layout
            && positiveDeltas == other.positiveDeltas && negativeDeltas == other.negativeDeltas
    }
}

extension Histogram: Equatable {
    /// To the bit.
    public static func == (a: Histogram, b: Histogram) -> Bool {
        a.hint == b.hint && a.count == b.count && a.zeroCount == b.zeroCount && a.sum.bitPattern == b.sum.bitPattern && a.layout == b.layout
            && a.positiveDeltas == b.positiveDeltas && a.negativeDeltas == b.negativeDeltas
    }
}

func checkBucketNumbers(_ layout: HistogramLayout, _ positive: Int, _ negative: Int) throws(InvalidHistogram) {
    for (side, spans, buckets) in [("positive", layout.positiveBuckets, positive), ("negative", layout.negativeBuckets, negative)]
    where spans != buckets {
        throw InvalidHistogram("the \(side) spans are for \(spans) buckets, but there are \(buckets)")
    }
}
