public import Model

/// A bucket of a native histogram with its place on the line of numbers.
public struct HistogramBucket: Sendable {
    public var lower: Double
    public var upper: Double
    public var count: Double
    public var includesLower: Bool
    public var includesUpper: Bool
}

extension FloatHistogram {
    /// The buckets that count something, ascending.
    public var filledBuckets: [HistogramBucket] { SparseHistogram(self).placedBuckets.filter { $0.count != 0 } }

    /// As Prometheus writes it: `{count:4, sum:5, [-0.001,0.001]:1, (0.5,1]:3}`.
    public var text: String { SparseHistogram(self).text }
}
