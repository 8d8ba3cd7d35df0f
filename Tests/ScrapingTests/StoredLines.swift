import Model
import TSDB

extension Head {
    /// All samples, as `name{labels} value@time …`, without the labels in `hidden`; stale markers are written `stale`,
    /// times count from `origin`.
    func lines(hiding hidden: [String] = [], since origin: Timestamp = 0, where isWanted: (Labels) -> Bool = { _ in true }) throws -> [String] {
        let column = SampleColumn()
        let set = try select(Selection(matchers: [], from: .min, through: .max))
        return try (0..<set.count).compactMap { index in
            let labels = set.labels(index)
            guard isWanted(labels) else { return nil }
            column.removeAll()
            try set.read(index, from: .min, through: .max, into: column)
            let points = (0..<column.count).map { at in
                let value = StaleMarker.isStale(column.values[at]) ? "stale" : FloatFormat.general(column.values[at])
                return "\(value)@\(column.times[at] - origin)"
            }
            return ([labels.dropping(hidden).description] + points).joined(separator: " ")
        }
    }
}

extension Labels {
    /// Whether the series tells about a scrape.
    var isReport: Bool { metricName == "up" || metricName?.hasPrefix("scrape_") == true }
}
