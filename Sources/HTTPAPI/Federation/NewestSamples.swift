import Model
import TSDB

/// A series' newest sample.
struct FederatedSample: Sendable {
    let name: String
    let labels: Labels
    let time: Timestamp
    let value: Double
}

/// Reads the newest sample of each of many series.
struct NewestSamples {
    private let from: Timestamp
    private let through: Timestamp
    private let column = SampleColumn(capacity: 256)
    private let histograms = HistogramColumn()

    /// Of the series that one of `selectors` matches, each once, sorted by name and then by labels. Both times are included.
    ///
    /// Left out are series that have ended, those without a name, and those whose newest sample is a native histogram, for which the text format has
    /// no form.
    static func of(
        _ selectors: [[Matcher]], in source: any SeriesSource, from: Timestamp, through: Timestamp, check: () throws -> Void
    ) throws -> [FederatedSample] {
        let reader = NewestSamples(from: from, through: through)
        var found: [FederatedSample] = []
        for matchers in selectors { try reader.read(matchers, in: source, into: &found, check) }
        return inOrder(found)
    }

    private init(from: Timestamp, through: Timestamp) {
        self.from = from
        self.through = through
    }

    private func read(_ matchers: [Matcher], in source: any SeriesSource, into found: inout [FederatedSample], _ check: () throws -> Void) throws {
        let window = QueryWindows(first: through, stride: 0, count: 1, length: through - from + 1)
        let set = try source.select(Selection(matchers: matchers, from: from, through: through, windows: window))
        for index in 0..<set.count {
            if index & 1023 == 0 { try check() }
            guard let newest = try newest(index, in: set) else { continue }
            let labels = set.labels(index)
            guard let name = labels.metricName else { continue }
            found.append(FederatedSample(name: name, labels: labels, time: newest.time, value: newest.value))
        }
    }

    private func newest(_ index: Int, in set: any SeriesSet) throws -> (time: Timestamp, value: Double)? {
        column.removeAll()
        try set.read(index, from: from, through: through, into: column)
        guard column.count > 0 else { return nil }
        let (time, value) = (column.times[column.count - 1], column.values[column.count - 1])
        if StaleMarker.isStale(value) { return nil }
        histograms.removeAll()
        try set.readHistograms(index, from: from, through: through, into: histograms)
        if let other = histograms.times.last, other > time { return nil }
        return (time, value)
    }

    private static func inOrder(_ samples: [FederatedSample]) -> [FederatedSample] {
        let sorted = samples.sorted { a, b in
            if sameBytes(a.name, b.name) { return a.labels < b.labels }
            return precedes(a.name, b.name)
        }
        var out: [FederatedSample] = []
        out.reserveCapacity(sorted.count)
        for sample in sorted where out.last?.labels != sample.labels { out.append(sample) }
        return out
    }
}
