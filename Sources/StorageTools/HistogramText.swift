import Glibc
import Model

/// Native histograms as Prometheus writes them in text: `{count:5, sum:18.4, [-0.001,0.001]:1, (0.5,1]:4}`. Empty buckets are left out.
enum HistogramText {
    static func text(_ histogram: NativeHistogram) -> String {
        let all = histogram.fractions
        let count = all.count
        let negative = buckets(all.layout.negativeSpans, all.negativeCounts, all.layout).map { mirrored($0) }.reversed()
        let positive = buckets(all.layout.positiveSpans, all.positiveCounts, all.layout)
        var parts = ["count:\(number(count, histogram))", "sum:\(FloatFormat.general(all.sum))"] + negative.map { text($0, histogram) }
        if all.zeroCount != 0 {
            let zero = Bucket(lower: -all.layout.zeroThreshold, upper: all.layout.zeroThreshold, count: all.zeroCount, hasLower: true, hasUpper: true)
            parts.append(text(zero, histogram))
        }
        parts += positive.map { text($0, histogram) }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    private struct Bucket {
        var lower: Double
        var upper: Double
        var count: Double
        /// Whether the bounds belong to it.
        var hasLower: Bool
        var hasUpper: Bool
    }

    private static func buckets(_ spans: [BucketSpan], _ counts: [Double], _ layout: HistogramLayout) -> [Bucket] {
        zip(HistogramLayout.indices(spans), counts).compactMap { index, count in
            guard count != 0 else { return nil }
            let isFirst = layout.isCustom && index == 0
            return Bucket(lower: bound(index - 1, layout), upper: bound(index, layout), count: count, hasLower: isFirst, hasUpper: true)
        }
    }

    private static func mirrored(_ bucket: Bucket) -> Bucket {
        Bucket(lower: -bucket.upper, upper: -bucket.lower, count: bucket.count, hasLower: true, hasUpper: false)
    }

    /// Where a positive bucket ends.
    private static func bound(_ index: Int32, _ layout: HistogramLayout) -> Double {
        if layout.isCustom {
            if index < 0 { return -.infinity }
            return Int(index) < layout.customValues.count ? layout.customValues[Int(index)] : .infinity
        }
        return exp2(scalbn(Double(index), -Int(layout.schema)))
    }

    private static func text(_ bucket: Bucket, _ histogram: NativeHistogram) -> String {
        let bounds = FloatFormat.general(bucket.lower) + "," + FloatFormat.general(bucket.upper)
        return (bucket.hasLower ? "[" : "(") + bounds + (bucket.hasUpper ? "]" : ")") + ":" + number(bucket.count, histogram)
    }

    /// Whole counts have all their digits.
    private static func number(_ count: Double, _ histogram: NativeHistogram) -> String {
        guard case .whole = histogram, let whole = UInt64(exactly: count) else { return FloatFormat.general(count) }
        return String(whole)
    }
}
