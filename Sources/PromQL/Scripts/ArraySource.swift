public import Model
public import TSDB

/// Series held in plain arrays: what scripts load, and handy for tests.
public struct ArraySource: SeriesSource {
    public struct Series: Sendable {
        public var labels: Labels
        /// Rising.
        public var times: [Timestamp] = []
        public var values: [Double] = []
        /// Why the samples cannot be had, nil if they can.
        public var flaw: String?

        public init(labels: Labels, times: [Timestamp] = [], values: [Double] = [], flaw: String? = nil) {
            self.labels = labels
            self.times = times
            self.values = values
            self.flaw = flaw
        }
    }

    /// Thrown on reading samples that the source was given but cannot hold.
    public struct Unreadable: Error, CustomStringConvertible {
        public let description: String
    }

    private var series: [Labels: Series] = [:]

    public init(_ series: [Series] = []) {
        for one in series { add(one) }
    }

    /// Adds samples; those at times that the series already has replace the older ones.
    public mutating func add(_ more: Series) {
        var merged = series[more.labels] ?? Series(labels: more.labels)
        merged.flaw = merged.flaw ?? more.flaw
        if let last = merged.times.last, let first = more.times.first, first <= last {
            var samples: [Timestamp: Double] = [:]
            for (time, value) in zip(merged.times + more.times, merged.values + more.values) { samples[time] = value }
            merged.times = samples.keys.sorted()
            merged.values = merged.times.map { samples[$0] ?? .nan }
        } else {
            merged.times += more.times
            merged.values += more.values
        }
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
            guard let first = one.times.first, let last = one.times.last, first <= selection.through, last >= selection.from else { return false }
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
        if let flaw = one.flaw { throw ArraySource.Unreadable(description: flaw) }
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
