import Model
import TSDB

@testable import PromQL

/// Series of which tiers answer in some spans, each window folded from its samples as the words say, and as slowly.
struct TieredSource: SeriesSource {
    let series: [TieredSeries]

    init(_ series: [ArraySource.Series], _ spans: [TierSpan], isMerged: Bool = false) {
        self.series = series.map { TieredSeries($0, TierSpans(spans), isMerged: isMerged) }.sorted { $0.labels < $1.labels }
    }

    func select(_ selection: Selection) throws -> any SeriesSet {
        TieredSet(
            series.filter { one in
                selection.matchers.allSatisfy { $0.matches(one.labels[$0.name] ?? "") }
            })
    }

    func labelNames(_ selection: Selection) throws -> [String] { [] }
    func labelValues(_ name: String, _ selection: Selection) throws -> [String] { [] }
}

/// One series, folded.
struct TieredSeries: Sendable {
    let labels: Labels
    let spans: TierSpans
    /// Windows, and raw samples between spans as windows of one, with the lengths of those that they are in.
    private(set) var windows: [(window: Aggregate, length: Int64)] = []
    private(set) var histograms: [(window: HistogramAggregate, length: Int64)] = []
    private(set) var tail: [Sample] = []

    /// - Parameter isMerged: whether late samples were merged into the windows of tiers.
    init(_ one: ArraySource.Series, _ spans: TierSpans, isMerged: Bool = false) {
        labels = one.labels
        self.spans = spans
        let end = spans.spans.last?.end ?? .min
        var samples = zip(one.times, one.values).map { Sample(time: $0, value: $1) }[...]
        while let first = samples.first, first.time <= end {
            let group = samples.prefix { Self.sameWindow($0.time, first.time, spans) }
            samples = samples.dropFirst(group.count)
            let length = spans.tier(at: first.time)?.resolution ?? 0
            var window = Aggregate(folding: Array(group), end: Self.end(first.time, length))
            window.isMerged = isMerged && length > 0
            windows.append((window, length))
        }
        tail = Array(samples)
        var rest = one.histograms[...]
        while let first = rest.first {
            let group = rest.prefix { Self.sameWindow($0.time, first.time, spans) }
            rest = rest.dropFirst(group.count)
            let length = spans.tier(at: first.time)?.resolution ?? 0
            histograms.append((HistogramAggregate(folding: Array(group), end: Self.end(first.time, length)), length))
        }
    }

    private static func sameWindow(_ a: Timestamp, _ b: Timestamp, _ spans: TierSpans) -> Bool {
        guard let tier = spans.tier(at: a), tier == spans.tier(at: b) else { return a == b }
        return end(a, tier.resolution) == end(b, tier.resolution)
    }

    private static func end(_ time: Timestamp, _ length: Int64) -> Timestamp {
        guard length > 0 else { return time }
        let remainder = ((time % length) + length) % length
        return remainder == 0 ? time : time - remainder + length
    }
}

extension Aggregate {
    /// - Parameter samples: at least one, stale markers among them.
    init(folding samples: [Sample], end: Timestamp) {
        let known = samples.filter { !StaleMarker.isStale($0.value) }
        let last = samples[samples.count - 1]
        guard let first = known.first, let newest = known.last else {
            self.init(end: end, staleTime: last.time)
            return
        }
        self.init(first)
        self.end = end
        count = Int64(known.count)
        (lastTime, self.last) = (newest.time, newest.value)
        var total = CompensatedSum()
        for sample in known { total.add(sample.value) }
        sum = total.value
        let numbers = known.map(\.value).filter { !$0.isNaN }
        minimum = numbers.min() ?? .nan
        maximum = numbers.max() ?? .nan
        for (before, now) in zip(known, known.dropFirst()) where now.value < before.value {
            lost += before.value
            resets += 1
        }
        staleTime = StaleMarker.isStale(last.value) ? last.time : nil
    }
}

extension HistogramAggregate {
    init(folding samples: [HistogramSample], end: Timestamp) {
        let known = samples.filter { !$0.histogram.isStale }
        let last = samples[samples.count - 1]
        let first = known.first ?? last
        self.init(time: first.time, .fractional(first.histogram))
        self.end = end
        count = Int64(known.count)
        staleTime = last.histogram.isStale ? last.time : nil
        guard let newest = known.last else { return }
        (lastTime, self.last) = (newest.time, .fractional(newest.histogram))
        if known.count > 1 { sum = Self.sum(known.map(\.histogram)) }
        var before: [FloatHistogram] = []
        for (earlier, now) in zip(known, known.dropFirst())
        where SparseHistogram(now.histogram).isReset(after: SparseHistogram(earlier.histogram)) { before.append(earlier.histogram) }
        resets = Int64(before.count)
        lost = before.isEmpty ? nil : Self.sum(before)
    }

    private static func sum(_ histograms: [FloatHistogram]) -> FloatHistogram? {
        var sum = HistogramSum(SparseHistogram(histograms[0]))
        for histogram in histograms.dropFirst() {
            do { try sum.add(SparseHistogram(histogram)) } catch { return nil }
        }
        return sum.result().histogram
    }
}

private final class TieredSet: TieredSeriesSet {
    private let series: [TieredSeries]

    init(_ series: [TieredSeries]) { self.series = series }

    var count: Int { series.count }
    func labels(_ index: Int) -> Labels { series[index].labels }
    func spans(_ index: Int) -> TierSpans { series[index].spans }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        for (window, _) in series[index].windows {
            if window.count > 0, window.lastTime >= from, window.lastTime <= through { column.append(window.lastTime, window.last) }
            if let time = window.staleTime, time >= from, time <= through { column.append(time, StaleMarker.value) }
        }
        for sample in series[index].tail where sample.time >= from && sample.time <= through { column.append(sample.time, sample.value) }
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        for (window, _) in series[index].histograms {
            if window.count > 0, window.lastTime >= from, window.lastTime <= through { column.append(window.lastTime, window.last) }
            if let time = window.staleTime, time >= from, time <= through { column.append(time, .fractional(.staleMarker)) }
        }
    }

    func readWindows(
        _ index: Int, from: Timestamp, through: Timestamp, _ parts: AggregateParts, into column: AggregateColumn, tail: SampleColumn
    ) throws {
        for (window, length) in series[index].windows
        where window.end >= from && (length == 0 ? window.end <= through : window.end - length < through) {
            column.append(window.with(parts))
        }
        for sample in series[index].tail where sample.time >= from && sample.time <= through { tail.append(sample.time, sample.value) }
    }

    func readHistogramWindows(_ index: Int, from: Timestamp, through: Timestamp, into windows: inout [HistogramAggregate]) throws {
        for (window, length) in series[index].histograms
        where window.end >= from && (length == 0 ? window.end <= through : window.end - length < through) { windows.append(window) }
    }
}

extension Aggregate {
    /// What was not asked for is rubbish.
    fileprivate func with(_ parts: AggregateParts) -> Aggregate {
        var some = self
        let rubbish = 1.2345e77
        if !parts.contains(.first) { (some.firstTime, some.first) = (77, rubbish) }
        if !parts.contains(.sum) { some.sum = rubbish }
        if !parts.contains(.extremes) { (some.minimum, some.maximum) = (rubbish, rubbish) }
        if !parts.contains(.resets) { (some.lost, some.resets) = (rubbish, 77) }
        return some
    }
}
