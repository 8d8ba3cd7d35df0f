/// A native histogram whose counts may be fractions, as rates and sums of histograms are.
public struct FloatHistogram: Sendable {
    public var hint: CounterResetHint
    public var layout: HistogramLayout
    public var count: Double
    public var zeroCount: Double
    /// Of all observations; `StaleMarker.value` makes the histogram a stale marker.
    public var sum: Double
    /// The count of each bucket of `layout` itself, unlike `Histogram`'s deltas.
    public var positiveCounts: [Double]
    public var negativeCounts: [Double]

    public init(
        hint: CounterResetHint = .unknown, layout: HistogramLayout = HistogramLayout(), count: Double = 0, zeroCount: Double = 0, sum: Double = 0,
        positiveCounts: [Double] = [], negativeCounts: [Double] = []
    ) {
        self.hint = hint
        self.layout = layout
        self.count = count
        self.zeroCount = zeroCount
        self.sum = sum
        self.positiveCounts = positiveCounts
        self.negativeCounts = negativeCounts
    }

    /// Counts beyond 2⁵³ are rounded.
    public init(_ histogram: Histogram) {
        self.init(
            hint: histogram.hint, layout: histogram.layout, count: Double(histogram.count), zeroCount: Double(histogram.zeroCount),
            sum: histogram.sum, positiveCounts: histogram.positiveCounts.map(Double.init), negativeCounts: histogram.negativeCounts.map(Double.init))
    }

    /// Ends a series of histograms.
    public static let staleMarker = FloatHistogram(sum: StaleMarker.value)

    public var isStale: Bool { StaleMarker.isStale(sum) }

    /// Refuses a histogram from outside that contradicts itself: buckets and spans that do not match, or negative counts. Whether the buckets add
    /// up to `count` is not asked, because sums of fractions are rounded. Of stale markers only the sum matters.
    public func check() throws(InvalidHistogram) {
        if isStale { return }
        try layout.check()
        try checkBucketNumbers(layout, positiveCounts.count, negativeCounts.count)
        guard count >= 0, zeroCount >= 0 else { throw InvalidHistogram("counts \(count) and, for zero, \(zeroCount)") }
        if layout.isCustom, zeroCount != 0 { throw InvalidHistogram("with bounds of its own there is no zero bucket") }
        for (side, counts) in [("positive", positiveCounts), ("negative", negativeCounts)] {
            guard let position = counts.firstIndex(where: { !($0 >= 0) }) else { continue }
            throw InvalidHistogram("\(side) bucket \(position + 1) counts \(counts[position])")
        }
    }

    /// Whether both are the same sample, to the bit, whatever their hints say: a hint depends on where a sample lies in its chunk.
    public func isSameSample(as other: FloatHistogram) -> Bool {
        if isStale || other.isStale { return isStale && other.isStale }
        return sameBits([count, zeroCount, sum], [other.count, other.zeroCount, other.sum]) && layout == other.layout
            && sameBits(positiveCounts, other.positiveCounts) && sameBits(negativeCounts, other.negativeCounts)
    }
}

extension FloatHistogram: Equatable {
    /// To the bit.
    public static func == (a: FloatHistogram, b: FloatHistogram) -> Bool {
        a.hint == b.hint && sameBits([a.count, a.zeroCount, a.sum], [b.count, b.zeroCount, b.sum]) && a.layout == b.layout
            && sameBits(a.positiveCounts, b.positiveCounts) && sameBits(a.negativeCounts, b.negativeCounts)
    }
}
