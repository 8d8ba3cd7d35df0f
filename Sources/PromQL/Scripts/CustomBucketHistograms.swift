import Model

/// The histograms with bounds of their own that a script wants made of its classic ones.
struct CustomBucketHistograms {
    private struct Parts {
        var buckets: [(upper: Double, count: Double)] = []
        var count: Double?
        var sum: Double?
    }

    private var parts: [Labels: [Timestamp: Parts]] = [:]

    /// Takes in a series if it is part of a classic histogram.
    mutating func add(_ series: ArraySource.Series) {
        guard let name = series.labels.metricName else { return }
        for (suffix, kind) in [("_bucket", 0), ("_count", 1), ("_sum", 2)] where name.hasSuffix(suffix) {
            let bound = series.labels["le"].flatMap(FloatParsing.parse)
            if kind == 0, bound == nil { return }
            let labels = series.labels.dropping(["le"]).setting(Labels.metricName, String(name.dropLast(suffix.count)))
            for (time, value) in zip(series.times, series.values) where !StaleMarker.isStale(value) {
                var at = parts[labels, default: [:]][time] ?? Parts()
                switch kind {
                case 0: at.buckets.append((bound ?? .nan, value))
                case 1: at.count = value
                default: at.sum = value
                }
                parts[labels, default: [:]][time] = at
            }
        }
    }

    var series: [ArraySource.Series] {
        parts.compactMap { labels, byTime in
            var series = ArraySource.Series(labels: labels)
            for time in byTime.keys.sorted() {
                guard let histogram = byTime[time].flatMap(histogram) else { continue }
                series.histograms.append(HistogramSample(time: time, histogram: histogram.histogram))
            }
            return series.histograms.isEmpty ? nil : series
        }
    }

    /// Nil where buckets count less than those below them.
    private func histogram(_ parts: Parts) -> SparseHistogram? {
        var buckets = parts.buckets.sorted { $0.upper < $1.upper }
        guard let last = buckets.last else { return nil }
        let total = parts.count ?? last.count
        if last.upper != .infinity { buckets.append((.infinity, total)) }
        var result = SparseHistogram()
        result.schema = HistogramLayout.customSchema
        result.count = total
        result.sum = parts.sum ?? 0
        var below = 0.0
        for (at, bucket) in buckets.enumerated() {
            if bucket.upper != .infinity { result.bounds.append(bucket.upper) }
            guard bucket.count >= below else { return nil }
            result.positive.append(IndexedCount(index: Int32(at), count: bucket.count - below))
            below = bucket.count
        }
        return result
    }
}
