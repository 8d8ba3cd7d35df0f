/// A bucket's number and what it counts.
public struct IndexedCount: BitwiseCopyable, Sendable {
    public var index: Int32
    public var count: Double

    public init(index: Int32, count: Double) {
        self.index = index
        self.count = count
    }
}

/// A native histogram as queries calculate with it: the buckets of each side by ascending index, with gaps.
public struct SparseHistogram: Sendable {
    public var hint = CounterResetHint.unknown
    public var schema: Int32 = 0
    public var zeroThreshold = 0.0
    /// The bounds of schema -53.
    public var bounds: [Double] = []
    public var count = 0.0
    public var sum = 0.0
    public var zeroCount = 0.0
    public var positive: [IndexedCount] = []
    public var negative: [IndexedCount] = []

    public var isCustom: Bool { schema == HistogramLayout.customSchema }
    public var isGauge: Bool { hint == .gauge }

    public init() {}

    public init(_ histogram: FloatHistogram) {
        hint = histogram.hint
        schema = histogram.layout.schema
        zeroThreshold = histogram.layout.zeroThreshold
        bounds = histogram.layout.customValues
        count = histogram.count
        sum = histogram.sum
        zeroCount = histogram.zeroCount
        positive = Self.side(histogram.layout.positiveSpans, histogram.positiveCounts)
        negative = Self.side(histogram.layout.negativeSpans, histogram.negativeCounts)
    }

    private static func side(_ spans: [BucketSpan], _ counts: [Double]) -> [IndexedCount] {
        zip(HistogramLayout.indices(spans), counts).map { IndexedCount(index: $0, count: $1) }
    }

    /// In the form that leaves the engine; empty buckets go.
    public var histogram: FloatHistogram {
        let compact = compacted()
        let layout = HistogramLayout(
            schema: schema, zeroThreshold: zeroThreshold, positiveSpans: HistogramLayout.spans(compact.positive.map(\.index)),
            negativeSpans: HistogramLayout.spans(compact.negative.map(\.index)), customValues: bounds)
        return FloatHistogram(
            hint: hint, layout: layout, count: count, zeroCount: zeroCount, sum: sum, positiveCounts: compact.positive.map(\.count),
            negativeCounts: compact.negative.map(\.count))
    }

    /// Without the buckets that count nothing.
    public func compacted() -> SparseHistogram {
        var compact = self
        compact.positive.removeAll { $0.count == 0 }
        compact.negative.removeAll { $0.count == 0 }
        return compact
    }

    /// Count, sum and schema alone.
    public var withoutBuckets: SparseHistogram {
        var bare = SparseHistogram()
        (bare.hint, bare.schema, bare.count, bare.sum) = (hint, schema, count, sum)
        return bare
    }

    /// About how many samples it weighs, of sixteen bytes each.
    public var weight: Int { 6 + bounds.count / 2 + positive.count + negative.count }

    /// Whether every part of it is the same, for the operators `==` and `!=` and for `changes`.
    public func equals(_ other: SparseHistogram) -> Bool {
        schema == other.schema && count == other.count && sameNumber(sum, other.sum) && zeroCount == other.zeroCount
            && (isCustom || zeroThreshold == other.zeroThreshold) && bounds == other.bounds && Self.same(positive, other.positive)
            && Self.same(negative, other.negative)
    }

    private func sameNumber(_ a: Double, _ b: Double) -> Bool { a.bitPattern == b.bitPattern }

    private static func same(_ a: [IndexedCount], _ b: [IndexedCount]) -> Bool {
        a.elementsEqual(b) { $0.index == $1.index && $0.count.bitPattern == $1.count.bitPattern }
    }
}

/// Arithmetic with a number.
extension SparseHistogram {
    public func scaled(by factor: Double) -> SparseHistogram { mapped(isNegative: factor < 0) { $0 * factor } }

    /// Divided by zero it has no buckets left to tell of.
    public func divided(by divisor: Double) -> SparseHistogram {
        var result = mapped(isNegative: divisor < 0) { $0 / divisor }
        if divisor == 0 {
            result.positive = []
            result.negative = []
        }
        return result
    }

    /// A histogram that counts down is a gauge.
    private func mapped(isNegative: Bool, _ change: (Double) -> Double) -> SparseHistogram {
        var result = self
        if isNegative { result.hint = .gauge }
        result.count = change(count)
        result.sum = change(sum)
        result.zeroCount = change(zeroCount)
        for i in positive.indices { result.positive[i].count = change(positive[i].count) }
        for i in negative.indices { result.negative[i].count = change(negative[i].count) }
        return result
    }
}

/// Bringing histograms to one scale.
extension SparseHistogram {
    /// With the wider buckets of a lower schema.
    public func reduced(to schema: Int32) -> SparseHistogram {
        guard !isCustom, schema < self.schema else { return self }
        var result = self
        result.schema = schema
        let shift = self.schema - schema
        result.positive = Self.joined(positive) { (($0 - 1) >> shift) + 1 }
        result.negative = Self.joined(negative) { (($0 - 1) >> shift) + 1 }
        return result
    }

    /// With the zero bucket at least so wide; where the new edge would cut a bucket that counts something, the bucket's far end becomes the edge.
    public func widened(to threshold: Double) -> SparseHistogram {
        guard threshold > zeroThreshold else { return self }
        var edge = threshold
        while true {
            let wider = farthestCut(positive, edge) ?? farthestCut(negative, edge)
            guard let wider, wider > edge else { break }
            edge = wider
        }
        var result = self
        result.zeroThreshold = edge
        for bucket in positive + negative where lowerBound(bucket.index) < edge { result.zeroCount += bucket.count }
        result.positive = positive.filter { lowerBound($0.index) >= edge }
        result.negative = negative.filter { lowerBound($0.index) >= edge }
        return result
    }

    private func farthestCut(_ side: [IndexedCount], _ edge: Double) -> Double? {
        for bucket in side where bucket.count != 0 && lowerBound(bucket.index) < edge && upperBound(bucket.index) > edge {
            return upperBound(bucket.index)
        }
        return nil
    }

    /// With the bounds of its own that are among `kept` alone.
    public func coarsened(to kept: [Double]) -> SparseHistogram {
        guard bounds != kept else { return self }
        var result = self
        result.bounds = kept
        result.positive = Self.joined(positive) { index in
            let upper = upperBound(index)
            return Int32(kept.firstIndex { $0 >= upper } ?? kept.count)
        }
        return result
    }

    private static func joined(_ side: [IndexedCount], _ target: (Int32) -> Int32) -> [IndexedCount] {
        var result: [IndexedCount] = []
        for bucket in side {
            let index = target(bucket.index)
            if let last = result.last, last.index == index {
                result[result.count - 1].count += bucket.count
            } else {
                result.append(IndexedCount(index: index, count: bucket.count))
            }
        }
        return result
    }

    /// The bounds that two histograms with bounds of their own have in common.
    public static func commonBounds(_ a: [Double], _ b: [Double]) -> [Double] {
        let other = Set(b)
        return a.filter(other.contains)
    }
}

/// Where buckets lie.
extension SparseHistogram {
    /// The end of a bucket, of the positive side.
    public func upperBound(_ index: Int32) -> Double {
        isCustom ? customBound(index) : BucketBounds.exponential(index, schema)
    }

    public func lowerBound(_ index: Int32) -> Double {
        isCustom ? customBound(index - 1) : BucketBounds.exponential(index - 1, schema)
    }

    private func customBound(_ index: Int32) -> Double {
        index < 0 ? -.infinity : Int(index) < bounds.count ? bounds[Int(index)] : .infinity
    }
}
