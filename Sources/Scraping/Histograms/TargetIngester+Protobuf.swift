import Exposition
import Model
import TSDB

/// Pages of protobuf.
extension TargetIngester {
    func readProtobuf(_ page: UnsafeRawBufferPointer) throws {
        var cursor = MetricFamilyCursor(page)
        var metric = ProtobufMetric()
        while let family = try cursor.nextFamily() {
            let place = ProtobufPlace(page, family)
            cache.takeHeader(place.header)
            while try cursor.nextMetric(into: &metric) { try take(metric, place) }
        }
    }

    private func take(_ metric: ProtobufMetric, _ place: ProtobufPlace) throws {
        let one = MetricAtHand(metric: metric, place: place, key: place.key(metric), start: options.ingestsStarts ? metric.created : nil)
        switch place.family.kind {
        case .counter, .gauge, .untyped: try take(.value, metric.value, of: one, metric.exemplar)
        case .summary: try takeSummary(one)
        case .histogram, .gaugeHistogram: try takeHistogram(one)
        }
    }

    private struct MetricAtHand {
        let metric: ProtobufMetric
        let place: ProtobufPlace
        let key: LineKey
        /// Where a zero is wanted.
        let start: Timestamp?
    }

    private func take(_ series: ProtobufSeries, _ value: Double, of one: MetricAtHand, _ exemplar: ProtobufExemplar? = nil) throws {
        try take(
            PageSample(value: .float(value), timestamp: one.metric.timestamp, start: one.start, exemplars: exposed(exemplar, one)), series, of: one)
    }

    private func take(_ sample: PageSample, _ series: ProtobufSeries, of one: MetricAtHand) throws {
        try take(sample, one.place.key(series, of: one.key)) { try one.place.labels(series, of: one.metric) }
    }

    private func takeSummary(_ one: MetricAtHand) throws {
        try take(.count, Double(one.metric.histogram.count), of: one)
        try take(.sum, one.metric.histogram.sum, of: one)
        for point in one.metric.points { try take(.quantile(point.bound), point.value, of: one) }
    }

    // MARK: Histograms

    private func takeHistogram(_ one: MetricAtHand) throws {
        let options = options.histograms
        if options.scrapeNative, one.metric.histogram.isNative {
            try takeNative(one)
            if options.alwaysScrapeClassic, !one.metric.points.isEmpty { try takeClassic(one) }
        } else if converter != nil, one.place.family.kind == .histogram {
            if options.alwaysScrapeClassic { try takeClassic(one) }
            try takeConverted(one)
        } else {
            try takeClassic(one)
        }
    }

    private func takeClassic(_ one: MetricAtHand) throws {
        let histogram = one.metric.histogram
        try take(.count, histogram.total, of: one)
        try take(.sum, histogram.sum, of: one)
        for point in buckets(one) { try take(.bucket(point.bound), point.value, of: one, point.exemplar) }
    }

    /// Up to the one without an end, which is made if the page leaves it out.
    private func buckets(_ one: MetricAtHand) -> [ProtobufMetric.Point] {
        let points = one.metric.points
        if let last = points.firstIndex(where: { $0.bound == .infinity }) { return last == points.count - 1 ? points : Array(points[...last]) }
        return points + [ProtobufMetric.Point(bound: .infinity, value: one.metric.histogram.total)]
    }

    private func takeNative(_ one: MetricAtHand) throws {
        let histogram: NativeHistogram
        do {
            histogram = try one.metric.histogram.native(one.place.family.kind == .gaugeHistogram ? .gauge : .unknown)
        } catch {
            throw ProtobufError("\(error)", at: one.metric.range.lowerBound)
        }
        let own = one.metric.histogram.exemplars
        let exemplars = timed(own.isEmpty ? one.metric.points.compactMap(\.exemplar) : own, one)
        try take(
            PageSample(value: .histogram(histogram), timestamp: one.metric.timestamp, start: one.start, exemplars: exemplars), .histogram, of: one)
    }

    private func takeConverted(_ one: MetricAtHand) throws {
        var collector = ClassicCollector()
        collector.setCount(one.metric.histogram.total)
        collector.setSum(one.metric.histogram.sum)
        let buckets = buckets(one)
        for point in buckets where !point.bound.isNaN { collector.addBucket(point.bound, point.value) }
        guard let histogram = collector.histogram() else { return }
        let exemplars = timed(buckets.compactMap(\.exemplar), one)
        try take(
            PageSample(value: .histogram(histogram), timestamp: one.metric.timestamp, start: one.start, exemplars: exemplars), .histogram, of: one)
    }

    // MARK: Exemplars

    /// One that makes no sense does not make the page fail.
    private func exposed(_ exemplar: ProtobufExemplar?, _ one: MetricAtHand) -> [ExposedExemplar] {
        guard let exemplar, sink.keepsExemplars, let found = try? exemplar.exposed(one.place.page) else { return [] }
        return [found]
    }

    /// Histograms have exemplars with times of their own only.
    private func timed(_ exemplars: [ProtobufExemplar], _ one: MetricAtHand) -> [ExposedExemplar] {
        guard !exemplars.isEmpty, sink.keepsExemplars else { return [] }
        return ordered(exemplars.flatMap { $0.timestamp == nil ? [] : exposed($0, one) })
    }
}
