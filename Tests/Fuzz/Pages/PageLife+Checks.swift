import Model
import Scraping
import TSDB

extension PageLife {
    /// A page that nobody damaged says what its maker meant.
    func checkMeaning(_ meant: [PageMaker.Sample], _ plain: PlainPage) throws {
        var seen: Set<Labels> = []
        for sample in meant where seen.insert(sample.labels).inserted || options.honorTimestamps && sample.time != nil {
            let labels = sample.labels.setting("instance", "i")
            let time = options.honorTimestamps ? sample.time : nil
            let isThere = plain.samples.contains { $0.labels == labels && $0.time == time && $0.value.bitPattern == sample.value.bitPattern }
            guard isThere else { throw PageFuzz.Failure(description: "\(labels) \(sample.value) at \(time ?? 0) was not read") }
        }
    }

    /// What both heads hold at the end is the same, and is what the plain reader read. Returns how many samples that are.
    func checkEnd() throws -> Int {
        let (known, new) = (try Self.samples(head), try Self.samples(otherHead))
        try forEach(new) { labels, time, value in
            let mine = known[labels]?[time]
            guard mine == value || mine.map(Self.isStale) == true else { return "is stored otherwise by who knows the target" }
            return expected[labels]?[time] == value ? nil : "is stored, but is on no page like that"
        }
        try forEach(known) { labels, time, value in
            Self.isStale(value) || new[labels]?[time] == value ? nil : "is stored only by who knows the target"
        }
        // Other times may be too old, or not come yet.
        let times = Self.start..<Self.start + 160_000
        try forEach(expected) { labels, time, value in !times.contains(time) || new[labels]?[time] == value ? nil : "is not stored" }
        return new.values.reduce(0) { $0 + $1.count }
    }

    private func forEach(_ all: [Labels: [Timestamp: UInt64]], _ objection: (Labels, Timestamp, UInt64) -> String?) throws {
        for (labels, samples) in all where labels.metricName != "up" && labels.metricName?.hasPrefix("scrape_") != true {
            for (time, value) in samples {
                guard let text = objection(labels, time, value) else { continue }
                throw PageFuzz.Failure(description: "\(labels) \(Double(bitPattern: value)) at \(time) \(text)")
            }
        }
    }

    private static func isStale(_ value: UInt64) -> Bool { StaleMarker.isStale(Double(bitPattern: value)) }

    private static func samples(_ head: Head) throws -> [Labels: [Timestamp: UInt64]] {
        let column = SampleColumn()
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        var found: [Labels: [Timestamp: UInt64]] = [:]
        for index in 0..<set.count {
            column.removeAll()
            try set.read(index, from: .min, through: .max, into: column)
            for at in 0..<column.count { found[set.labels(index), default: [:]][column.times[at]] = column.values[at].bitPattern }
        }
        return found
    }
}
