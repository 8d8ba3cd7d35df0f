/// Buckets of one side of a histogram on their way to fewer ones.
struct CompactBuckets<Count: Comparable & ExpressibleByIntegerLiteral> {
    private(set) var indices: [Int32]
    private(set) var counts: [Count]

    /// `spans` must have been checked, and have as many buckets as there are counts.
    init(_ spans: [BucketSpan], _ counts: [Count]) {
        indices = HistogramLayout.indices(spans)
        self.counts = counts
    }

    var spans: [BucketSpan] { HistogramLayout.spans(indices) }

    /// Takes out the empty buckets, but for those that are no more than `bridged` in a row between two others.
    mutating func compact(bridging bridged: Int) {
        var indices: [Int32] = []
        var counts: [Count] = []
        for (index, count) in zip(self.indices, self.counts) where count != 0 {
            if let last = indices.last, Int(index) - Int(last) <= bridged + 1 {
                for missing in (last + 1)..<index {
                    indices.append(missing)
                    counts.append(0)
                }
            }
            indices.append(index)
            counts.append(count)
        }
        (self.indices, self.counts) = (indices, counts)
    }

    /// Joins buckets into those of a schema that is lower by `steps`.
    mutating func widen(by steps: Int32, _ add: (Count, Count) -> Count) {
        var indices: [Int32] = []
        var counts: [Count] = []
        for (index, count) in zip(self.indices, self.counts) {
            let wide = Int32(truncatingIfNeeded: ((Int64(index) - 1) >> Int64(steps)) + 1)
            if wide == indices.last {
                counts[counts.count - 1] = add(counts[counts.count - 1], count)
            } else {
                indices.append(wide)
                counts.append(count)
            }
        }
        (self.indices, self.counts) = (indices, counts)
    }

    /// Whether ``compact(bridging:)`` with no bridges would leave spans and counts as they are.
    static func isCompact(_ spans: [BucketSpan], _ counts: some Sequence<Count>) -> Bool {
        for (position, span) in spans.enumerated() where span.length == 0 || (position > 0 && span.offset == 0) { return false }
        return counts.allSatisfy { $0 != 0 }
    }
}

extension Histogram {
    /// Without its empty buckets, but for those that are no more than `bridged` in a row between two others. It must have passed ``check()``.
    public func compacted(bridging bridged: Int = 0) -> Histogram {
        guard bridged > 0 || !isCompact(layout.positiveSpans, positiveDeltas) || !isCompact(layout.negativeSpans, negativeDeltas) else { return self }
        return mapped { $0.compact(bridging: bridged) }
    }

    /// With the wider buckets of a lower schema. It must have passed ``check()``, with powers of two for bounds.
    public func widened(to schema: Int32) -> Histogram {
        guard schema < layout.schema else { return self }
        var result = mapped { $0.widen(by: layout.schema - schema) { $0 &+ $1 } }
        result.layout.schema = schema
        return result
    }

    private func isCompact(_ spans: [BucketSpan], _ deltas: [Int64]) -> Bool {
        var count: Int64 = 0
        let counts = deltas.lazy.map { delta in
            count &+= delta
            return count
        }
        return CompactBuckets.isCompact(spans, counts)
    }

    private func mapped(_ change: (inout CompactBuckets<Int64>) -> Void) -> Histogram {
        var result = self
        var positive = CompactBuckets(layout.positiveSpans, positiveCounts)
        var negative = CompactBuckets(layout.negativeSpans, negativeCounts)
        change(&positive)
        change(&negative)
        (result.layout.positiveSpans, result.positiveDeltas) = (positive.spans, Self.deltas(positive.counts))
        (result.layout.negativeSpans, result.negativeDeltas) = (negative.spans, Self.deltas(negative.counts))
        return result
    }
}

extension FloatHistogram {
    /// Without its empty buckets. It must have passed ``check()``.
    public func compacted() -> FloatHistogram {
        let isCompact =
            CompactBuckets.isCompact(layout.positiveSpans, positiveCounts) && CompactBuckets.isCompact(layout.negativeSpans, negativeCounts)
        return isCompact ? self : mapped { $0.compact(bridging: 0) }
    }

    /// With the wider buckets of a lower schema. It must have passed ``check()``, with powers of two for bounds.
    public func widened(to schema: Int32) -> FloatHistogram {
        guard schema < layout.schema else { return self }
        var result = mapped { $0.widen(by: layout.schema - schema, +) }
        result.layout.schema = schema
        return result
    }

    private func mapped(_ change: (inout CompactBuckets<Double>) -> Void) -> FloatHistogram {
        var result = self
        var positive = CompactBuckets(layout.positiveSpans, positiveCounts)
        var negative = CompactBuckets(layout.negativeSpans, negativeCounts)
        change(&positive)
        change(&negative)
        (result.layout.positiveSpans, result.positiveCounts) = (positive.spans, positive.counts)
        (result.layout.negativeSpans, result.negativeCounts) = (negative.spans, negative.counts)
        return result
    }
}

extension NativeHistogram {
    public var layout: HistogramLayout {
        switch self {
        case .whole(let histogram): histogram.layout
        case .fractional(let histogram): histogram.layout
        }
    }

    /// With the wider buckets of a lower schema. It must have passed ``check()``, with powers of two for bounds.
    public func widened(to schema: Int32) -> NativeHistogram {
        switch self {
        case .whole(let histogram): .whole(histogram.widened(to: schema))
        case .fractional(let histogram): .fractional(histogram.widened(to: schema))
        }
    }
}
