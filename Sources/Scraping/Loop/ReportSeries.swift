import Model
import TSDB

/// The series about the scrape itself: `up` and the others.
struct ReportSeries {
    struct Values {
        let up: Bool
        /// Seconds.
        let duration: Double
        let tally: PageTally
        /// Seconds.
        let timeout: Double
        let sampleLimit: Double
        let bodySize: Double
    }

    private struct Kind: Sendable {
        let name: String
        let unit: String
        let help: String
        let value: @Sendable (Values) -> Double

        init(_ name: String, unit: String, _ help: String, _ value: @escaping @Sendable (Values) -> Double) {
            self.name = name
            self.unit = unit
            self.help = help
            self.value = value
        }
    }

    /// In the order of the series.
    private static let kinds = [
        Kind("up", unit: "targets", "Whether the last scrape of the target succeeded: 1 if it did, 0 if not.") { $0.up ? 1 : 0 },
        Kind("scrape_duration_seconds", unit: "seconds", "How long the last scrape took.") { $0.duration },
        Kind("scrape_samples_scraped", unit: "samples", "Samples on the last page.") { Double($0.tally.scraped) },
        Kind("scrape_samples_post_metric_relabeling", unit: "samples", "Samples of the last page that relabelling left.") { Double($0.tally.kept) },
        Kind("scrape_series_added", unit: "series", "Series of the last page that the one before did not have.") { Double($0.tally.added) },
        // Those of `extra_scrape_metrics`.
        Kind("scrape_timeout_seconds", unit: "seconds", "How long a scrape of the target may take.") { $0.timeout },
        Kind("scrape_sample_limit", unit: "samples", "How many samples a page of the target may have; 0: any number.") { $0.sampleLimit },
        Kind("scrape_body_size_bytes", unit: "bytes", "The size of the last page, unpacked; -1 if it was beyond the limit, 0 after other failures.") {
            $0.bodySize
        },
    ]

    private static let usualCount = 5

    private struct One {
        let labels: Labels
        var reference: SeriesRef?
        /// The number in the batch being appended, if it was added by labels.
        var inBatch: Int?
    }

    private var all: [One]

    /// `extra`: those of `extra_scrape_metrics` too.
    init(targetLabels: Labels, extra: Bool) {
        all = Self.kinds.prefix(extra ? Self.kinds.count : Self.usualCount).map { One(labels: targetLabels.setting(Labels.metricName, $0.name)) }
    }

    /// `withMetadata`: those that the batch has by labels come with what they are.
    mutating func add(_ values: Values, at time: Timestamp, to batch: inout AppendBatch, trusting: Bool, withMetadata: Bool) {
        for number in all.indices {
            let kind = Self.kinds[number]
            let value = kind.value(values)
            if trusting, let reference = all[number].reference {
                all[number].inBatch = nil
                batch.add(reference, time, value)
            } else {
                let inBatch = batch.add(all[number].labels, time, value)
                all[number].inBatch = inBatch
                if withMetadata { batch.add(Metadata(type: .gauge, help: kind.help, unit: kind.unit), toNew: inBatch) }
            }
        }
    }

    /// How many series there are.
    var count: Int { all.count }
    var references: [SeriesRef] { all.compactMap(\.reference) }

    mutating func takeReferences(from batch: AppendBatch) {
        for number in all.indices {
            if let inBatch = all[number].inBatch { all[number].reference = batch.reference(ofNew: inBatch) }
            all[number].inBatch = nil
        }
    }
}
