import Model

/// Makes one native histogram, with bounds of its own, of the series of a classic one.
struct ClassicCollector {
    private typealias Bucket = (bound: Double, count: Double)

    /// More than can be stored.
    private static let mostBuckets = 1 << 16

    private var buckets: [Bucket] = []
    private var isOrdered = true
    private var count: Double?
    private var sum = 0.0
    /// What has come makes no histogram.
    private var isBroken = false

    mutating func setSum(_ value: Double) { sum = value }

    mutating func setCount(_ value: Double) {
        if value < 0 { isBroken = true }
        count = value
    }

    /// `value` counts all observations up to the bound. Buckets may come in any order; of two with one bound the first holds.
    mutating func addBucket(_ bound: Double, _ value: Double) {
        guard !isBroken else { return }
        guard !(value < 0), buckets.count < Self.mostBuckets else { return isBroken = true }
        if let last = buckets.last, last.bound >= bound { isOrdered = false }
        buckets.append((bound, value))
    }

    private var ordered: [Bucket] {
        guard !isOrdered else { return buckets }
        let sorted = buckets.enumerated().sorted { ($0.element.bound, $0.offset) < ($1.element.bound, $1.offset) }.map(\.element)
        return zip(sorted.indices, sorted).filter { $0 == 0 || sorted[$0 - 1].bound < $1.bound }.map(\.1)
    }

    /// Nil if the series contradict each other, or say too little.
    func histogram() -> NativeHistogram? {
        var buckets = ordered
        guard !isBroken, let total = count ?? buckets.last?.count, zip(buckets, buckets.dropFirst()).allSatisfy({ !($1.count < $0.count) })
        else { return nil }
        if buckets.last?.bound != .infinity { buckets.append((.infinity, total)) }
        guard total == buckets.last?.count else { return nil }
        let bounds = buckets.dropLast().map(\.bound)
        let layout = HistogramLayout(
            schema: HistogramLayout.customSchema, positiveSpans: [BucketSpan(offset: 0, length: UInt32(buckets.count))], customValues: bounds)
        let histogram = whole(buckets.map(\.count), total, layout) ?? fractional(buckets.map(\.count), total, layout)
        guard (try? histogram.check()) != nil else { return nil }
        switch histogram {
        // Two empty buckets take less room than another span.
        case .whole(let histogram): return .whole(histogram.compacted(bridging: 2))
        case .fractional(let histogram): return .fractional(histogram.compacted())
        }
    }

    /// Nil if a count is no whole number.
    private func whole(_ counts: [Double], _ total: Double, _ layout: HistogramLayout) -> NativeHistogram? {
        let exact = counts.compactMap { Int64(exactly: $0) }
        guard exact.count == counts.count, let total = UInt64(exactly: total) else { return nil }
        // As much more than the bucket before as that has more than the one before it.
        let deltas = Histogram.deltas(Histogram.deltas(exact))
        return .whole(Histogram(layout: layout, count: total, sum: sum, positiveDeltas: deltas))
    }

    private func fractional(_ counts: [Double], _ total: Double, _ layout: HistogramLayout) -> NativeHistogram {
        let each = zip(counts, [0] + counts).map { $0 - $1 }
        return .fractional(FloatHistogram(layout: layout, count: total, sum: sum, positiveCounts: each))
    }
}
