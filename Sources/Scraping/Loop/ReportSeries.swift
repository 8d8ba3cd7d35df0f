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

    private struct One {
        let labels: Labels
        let value: (Values) -> Double
        var reference: SeriesRef?
        /// The number in the batch being appended, if it was added by labels.
        var inBatch: Int?
    }

    private var all: [One]

    /// `extra`: those of `extra_scrape_metrics` too.
    init(targetLabels: Labels, extra: Bool) {
        var values: [(String, (Values) -> Double)] = [
            ("up", { $0.up ? 1 : 0 }),
            ("scrape_duration_seconds", { $0.duration }),
            ("scrape_samples_scraped", { Double($0.tally.scraped) }),
            ("scrape_samples_post_metric_relabeling", { Double($0.tally.kept) }),
            ("scrape_series_added", { Double($0.tally.added) }),
        ]
        if extra {
            values += [
                ("scrape_timeout_seconds", { $0.timeout }),
                ("scrape_sample_limit", { $0.sampleLimit }),
                ("scrape_body_size_bytes", { $0.bodySize }),
            ]
        }
        all = values.map { name, value in
            One(labels: targetLabels.setting(Labels.metricName, name), value: value)
        }
    }

    mutating func add(_ values: Values, at time: Timestamp, to batch: inout AppendBatch, trusting: Bool) {
        for number in all.indices {
            let value = all[number].value(values)
            if trusting, let reference = all[number].reference {
                all[number].inBatch = nil
                batch.add(reference, time, value)
            } else {
                all[number].inBatch = batch.add(all[number].labels, time, value)
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
