import Model
import TSDB

/// Counters of a year as the default policy keeps them: hours, then 23 days of five minutes, then a week of samples. All have the same data.
final class YearSource: SeriesSource {
    private let set: YearSet

    init(series: Int, now: Timestamp) { set = YearSet(count: series, now: now) }

    func select(_ selection: Selection) throws -> any SeriesSet { set }
    func labelNames(_ selection: Selection) throws -> [String] { [] }
    func labelValues(_ name: String, _ selection: Selection) throws -> [String] { [] }
}

private final class YearSet: TieredSeriesSet, @unchecked Sendable {
    // Nothing changes after `init`.
    let count: Int
    private let windows = AggregateColumn()
    private let samples = SampleColumn()
    private let known: TierSpans

    private static let day: Int64 = 86_400_000

    init(count: Int, now: Timestamp) {
        self.count = count
        let (raw, fine) = (now - 7 * Self.day, now - 30 * Self.day)
        known = TierSpans([TierSpan(start: .min, end: fine, tier: .hour), TierSpan(start: fine, end: raw, tier: .fiveMinutes)])
        var time = now - 366 * Self.day
        while time < raw {
            time += time < fine ? Tier.hour.resolution : Tier.fiveMinutes.resolution
            windows.append(Self.window(time, time <= fine ? .hour : .fiveMinutes))
        }
        for time in stride(from: raw + 7_000, through: now, by: 15_000) { samples.append(time, Self.value(time)) }
    }

    /// Two a second, with a reset every ten days.
    private static func value(_ time: Timestamp) -> Double { Double(time % (10 * day)) / 500 }

    private static func window(_ end: Timestamp, _ tier: Tier) -> Aggregate {
        var window = Aggregate(Sample(time: end - 8_000, value: value(end - 8_000)))
        window.end = end
        window.count = tier.resolution / 15_000
        window.firstTime = end - tier.resolution + 7_000
        window.first = value(window.firstTime)
        (window.minimum, window.maximum) = (window.first, window.last)
        window.sum = (window.first + window.last) / 2 * Double(window.count)
        return window
    }

    func labels(_ index: Int) -> Labels { Labels([(name: "__name__", value: "m_total"), (name: "n", value: "\(100 + index)")]) }
    func spans(_ index: Int) -> TierSpans { known }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let places = first(samples.times, samples.count, from)..<first(samples.times, samples.count, through + 1)
        column.reserve(places.count)
        (column.times + column.count).update(from: samples.times + places.lowerBound, count: places.count)
        (column.values + column.count).update(from: samples.values + places.lowerBound, count: places.count)
        column.count += places.count
    }

    func readWindows(
        _ index: Int, from: Timestamp, through: Timestamp, _ parts: AggregateParts, into column: AggregateColumn, tail: SampleColumn
    ) throws {
        let places = first(windows.ends, windows.count, from)..<min(windows.count, first(windows.ends, windows.count, through) + 1)
        column.reserve(places.count)
        copy(places, \.ends, to: column)
        copy(places, \.counts, to: column)
        copy(places, \.firstTimes, to: column)
        copy(places, \.firsts, to: column)
        copy(places, \.lastTimes, to: column)
        copy(places, \.lasts, to: column)
        copy(places, \.staleTimes, to: column)
        if parts.contains(.sum) { copy(places, \.sums, to: column) }
        if parts.contains(.extremes) {
            copy(places, \.minima, to: column)
            copy(places, \.maxima, to: column)
        }
        if parts.contains(.resets) {
            copy(places, \.lost, to: column)
            copy(places, \.resets, to: column)
        }
        column.count += places.count
        try read(index, from: from, through: through, into: tail)
    }

    func readHistogramWindows(_ index: Int, from: Timestamp, through: Timestamp, into windows: inout [HistogramAggregate]) throws {}

    private func copy<Element: BitwiseCopyable>(
        _ places: Range<Int>, _ part: KeyPath<AggregateColumn, UnsafeMutablePointer<Element>>, to column: AggregateColumn
    ) {
        (column[keyPath: part] + column.count).update(from: windows[keyPath: part] + places.lowerBound, count: places.count)
    }

    /// The first place that is not before a time.
    private func first(_ times: UnsafeMutablePointer<Timestamp>, _ count: Int, _ time: Timestamp) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] >= time { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
