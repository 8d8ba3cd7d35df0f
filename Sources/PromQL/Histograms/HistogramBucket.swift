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

extension SparseHistogram {
    /// All buckets by their place, empty ones included; the zero bucket is among them if it counts more than nothing.
    var placedBuckets: [HistogramBucket] {
        var buckets: [HistogramBucket] = []
        buckets.reserveCapacity(negative.count + positive.count + 1)
        for bucket in negative.reversed() {
            let (lower, upper) = (-upperBound(bucket.index), -lowerBound(bucket.index))
            buckets.append(HistogramBucket(lower: lower, upper: upper, count: bucket.count, includesLower: true, includesUpper: false))
        }
        if zeroCount > 0 {
            buckets.append(
                HistogramBucket(lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount, includesLower: true, includesUpper: true))
        }
        for bucket in positive {
            let (lower, upper) = (lowerBound(bucket.index), upperBound(bucket.index))
            buckets.append(
                HistogramBucket(lower: lower, upper: upper, count: bucket.count, includesLower: isCustom && bucket.index == 0, includesUpper: true))
        }
        return buckets
    }
}
