import Model

/// How the buckets of one side of a histogram go together with those that a chunk has.
struct LayoutFit {
    /// The buckets of both.
    let spans: [BucketSpan]
    /// Whether the chunk, or the histogram, lacks some of them.
    let chunkGrows: Bool
    let histogramGrows: Bool
    private let all: [Int32]

    init(chunk: [BucketSpan], histogram: [BucketSpan]) {
        let old = HistogramLayout.indices(chunk)
        let new = HistogramLayout.indices(histogram)
        all = Self.union(old, new)
        chunkGrows = all.count > old.count
        histogramGrows = all.count > new.count
        spans = !chunkGrows ? chunk : !histogramGrows ? histogram : HistogramLayout.spans(all)
    }

    private static func union(_ a: [Int32], _ b: [Int32]) -> [Int32] {
        if a == b { return a }
        var result: [Int32] = []
        result.reserveCapacity(a.count + b.count)
        var i = 0
        var j = 0
        while i < a.count || j < b.count {
            let next = j == b.count || (i < a.count && a[i] <= b[j]) ? a[i] : b[j]
            if i < a.count, a[i] == next { i += 1 }
            if j < b.count, b[j] == next { j += 1 }
            result.append(next)
        }
        return result
    }

    /// The counts of buckets in the layout of both, with zeros for the buckets that were not there.
    func spread<Bucket: AdditiveArithmetic>(_ counts: [Bucket], of spans: [BucketSpan]) -> [Bucket] {
        let indices = HistogramLayout.indices(spans)
        if indices.count == all.count { return counts }
        var next = 0
        return all.map { index in
            guard next < indices.count, indices[next] == index else { return .zero }
            next += 1
            return counts[next - 1]
        }
    }
}

/// A histogram's relation to the one before it in its series.
enum HistogramRelation {
    /// It goes into the same chunk, once both have the buckets of both.
    case fits(positive: LayoutFit, negative: LayoutFit)
    /// It begins a new chunk, whose flags say so.
    case begins(CounterResetHint)

    /// By the rules of Prometheus: a chunk has one schema, zero threshold and set of bounds, gauges or counters, and within a chunk of counters
    /// nothing decreases; behind a stale marker come only stale markers.
    static func between<H: ChunkHistogram>(_ before: H, isGauge: Bool, _ next: H) -> HistogramRelation {
        if next.hint == .reset { return .begins(.reset) }
        if next.isStale { return fit(before.layout, before.layout) }
        guard (next.hint == .gauge) == isGauge else { return .begins(isGauge ? .unknown : .gauge) }
        let otherwise: CounterResetHint = isGauge ? .gauge : .unknown
        if before.isStale { return .begins(otherwise) }
        if !isGauge, next.countsLess(than: before) { return .begins(.reset) }
        guard before.layout.hasSameScale(as: next.layout) else {
            let onlyBoundsDiffer = before.layout.schema == next.layout.schema && !before.layout.hasSameBounds(as: next.layout)
            return .begins(onlyBoundsDiffer && !isGauge ? .reset : otherwise)
        }
        if !isGauge, decreases(before, next) { return .begins(.reset) }
        return fit(before.layout, next.layout)
    }

    private static func fit(_ chunk: HistogramLayout, _ histogram: HistogramLayout) -> HistogramRelation {
        .fits(
            positive: LayoutFit(chunk: chunk.positiveSpans, histogram: histogram.positiveSpans),
            negative: LayoutFit(chunk: chunk.negativeSpans, histogram: histogram.negativeSpans))
    }

    private static func decreases<H: ChunkHistogram>(_ before: H, _ next: H) -> Bool {
        next.countsLessAroundZero(than: before)
            || decreases(before.layout.positiveSpans, before.positiveCounts, next.layout.positiveSpans, next.positiveCounts)
            || decreases(before.layout.negativeSpans, before.negativeCounts, next.layout.negativeSpans, next.negativeCounts)
    }

    /// Whether any bucket counts less than before; one that is no longer there counts zero.
    private static func decreases<Bucket: Comparable & AdditiveArithmetic>(
        _ oldSpans: [BucketSpan], _ old: [Bucket], _ newSpans: [BucketSpan], _ new: [Bucket]
    ) -> Bool {
        if oldSpans == newSpans { return zip(old, new).contains { $0 > $1 } }
        let oldIndices = HistogramLayout.indices(oldSpans)
        let newIndices = HistogramLayout.indices(newSpans)
        var j = 0
        for (i, index) in oldIndices.enumerated() {
            while j < newIndices.count, newIndices[j] < index { j += 1 }
            let now = j < newIndices.count && newIndices[j] == index ? new[j] : .zero
            if old[i] > now { return true }
        }
        return false
    }
}
