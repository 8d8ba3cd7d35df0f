public import Model
public import TSDB

/// Series held in plain arrays: what scripts load, and handy for tests.
public struct ArraySource: SeriesSource {
    public struct Series: Sendable {
        public var labels: Labels
        /// Rising.
        public var times: [Timestamp] = []
        public var values: [Double] = []
        /// Rising.
        public var histograms: [HistogramSample] = []
        /// When what the samples count was started, by the samples' times.
        public var startTimes: [Timestamp: Timestamp] = [:]

        public init(labels: Labels, times: [Timestamp] = [], values: [Double] = [], histograms: [HistogramSample] = []) {
            self.labels = labels
            self.times = times
            self.values = values
            self.histograms = histograms
        }
    }

    private var series: [Labels: Series] = [:]

    public init(_ series: [Series] = []) {
        for one in series { add(one) }
    }

    /// Adds samples; those at times that the series already has replace the older ones.
    public mutating func add(_ more: Series) {
        var merged = series[more.labels] ?? Series(labels: more.labels)
        if let last = merged.times.last, let first = more.times.first, first <= last {
            var samples: [Timestamp: Double] = [:]
            for (time, value) in zip(merged.times + more.times, merged.values + more.values) { samples[time] = value }
            merged.times = samples.keys.sorted()
            merged.values = merged.times.map { samples[$0] ?? .nan }
        } else {
            merged.times += more.times
            merged.values += more.values
        }
        let replaced = Set(more.histograms.map(\.time))
        merged.histograms = (merged.histograms.filter { !replaced.contains($0.time) } + more.histograms).sorted { $0.time < $1.time }
        merged.startTimes.merge(more.startTimes) { $1 }
        series[more.labels] = merged
    }

    public func select(_ selection: Selection) throws -> any SeriesSet {
        ArraySet(matching(selection).sorted { $0.labels < $1.labels })
    }

    public func labelNames(_ selection: Selection) throws -> [String] {
        sorted(matching(selection).flatMap { $0.labels.map(\.name) })
    }

    public func labelValues(_ name: String, _ selection: Selection) throws -> [String] {
        sorted(matching(selection).compactMap { $0.labels[name] })
    }

    private func matching(_ selection: Selection) -> [Series] {
        series.values.filter { one in
            guard let first = [one.times.first, one.histograms.first?.time].compactMap({ $0 }).min(),
                let last = [one.times.last, one.histograms.last?.time].compactMap({ $0 }).max(), first <= selection.through, last >= selection.from
            else { return false }
            return selection.matchers.allSatisfy { $0.matches(one.labels[$0.name] ?? "") }
        }
    }

    private func sorted(_ texts: [String]) -> [String] {
        let unique = Set(texts.map { Array($0.utf8) })
        return unique.map { String(decoding: $0, as: UTF8.self) }.sorted(by: precedes)
    }
}

private final class ArraySet: SeriesSet {
    private let series: [ArraySource.Series]

    init(_ series: [ArraySource.Series]) { self.series = series }

    var count: Int { series.count }

    func labels(_ index: Int) -> Labels { series[index].labels }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let one = series[index]
        let start = one.times.partitioningIndex { $0 >= from }
        let end = one.times.partitioningIndex { $0 > through }
        guard start < end else { return }
        column.reserve(end - start)
        one.times.withUnsafeBufferPointer { times in
            guard let base = times.baseAddress else { return }
            (column.times + column.count).update(from: base + start, count: end - start)
        }
        one.values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            (column.values + column.count).update(from: base + start, count: end - start)
        }
        column.count += end - start
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        for sample in series[index].histograms where sample.time >= from && sample.time <= through {
            column.append(sample.time, .fractional(sample.histogram))
        }
    }
}

extension ArraySet {
    func readStartTimes(_ index: Int, from: Timestamp, through: Timestamp, into starts: inout [Timestamp: Timestamp]) {
        let known = series[index].startTimes
        if !known.isEmpty { starts = known.filter { $0.key >= from && $0.key <= through } }
    }
}

extension Array {
    /// The first position at which `belongs` holds, given that it holds at all later ones too.
    fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
