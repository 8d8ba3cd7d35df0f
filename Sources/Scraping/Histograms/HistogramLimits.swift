import Glibc
import Model

/// How many buckets a native histogram may have, and how narrow they may be.
struct HistogramLimits {
    /// 0: any number.
    private let buckets: Int
    /// Narrower ones are joined.
    private let schema: Int32

    init(_ options: HistogramOptions) {
        buckets = Int(options.bucketLimit)
        schema = Self.schema(options.minimumBucketFactor)
    }

    /// The narrowest schema whose buckets grow by the factor at least; nothing is narrower than the highest, and nothing wider than the lowest.
    static func schema(_ factor: Double) -> Int32 {
        let schemas = HistogramLayout.exponentialSchemas
        guard factor > 1 else { return schemas.upperBound }
        let wanted = (-log2(log2(factor))).rounded(.down)
        return Int32(max(Double(schemas.lowerBound), min(wanted, Double(schemas.upperBound))))
    }

    /// The histogram with buckets as wide as it takes; nil if it has too many of the widest. It must have passed its check.
    func fitted(_ histogram: NativeHistogram) -> NativeHistogram? {
        var histogram = histogram
        if !histogram.layout.isCustom, histogram.layout.schema > schema { histogram = histogram.widened(to: schema) }
        while buckets > 0, histogram.layout.positiveBuckets + histogram.layout.negativeBuckets > buckets {
            guard !histogram.layout.isCustom, histogram.layout.schema > HistogramLayout.exponentialSchemas.lowerBound else { return nil }
            histogram = histogram.widened(to: histogram.layout.schema - 1)
        }
        return histogram
    }
}
