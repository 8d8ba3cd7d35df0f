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

        fileprivate subscript(kind: Kind) -> Double {
            switch kind {
            case .up: up ? 1 : 0
            case .duration: duration
            case .scraped: Double(tally.scraped)
            case .kept: Double(tally.kept)
            case .added: Double(tally.added)
            case .timeout: timeout
            case .sampleLimit: sampleLimit
            case .bodySize: bodySize
            }
        }
    }

    /// In the order of the series.
    fileprivate enum Kind: Int, CaseIterable {
        case up, duration, scraped, kept, added
        /// Those of `extra_scrape_metrics`.
        case timeout, sampleLimit, bodySize

        static let usual: [Kind] = [.up, .duration, .scraped, .kept, .added]

        var name: String {
            switch self {
            case .up: "up"
            case .duration: "scrape_duration_seconds"
            case .scraped: "scrape_samples_scraped"
            case .kept: "scrape_samples_post_metric_relabeling"
            case .added: "scrape_series_added"
            case .timeout: "scrape_timeout_seconds"
            case .sampleLimit: "scrape_sample_limit"
            case .bodySize: "scrape_body_size_bytes"
            }
        }

        var metadata: Metadata {
            switch self {
            case .up: gauge("targets", "Whether the last scrape of the target succeeded: 1 if it did, 0 if not.")
            case .duration: gauge("seconds", "How long the last scrape took.")
            case .scraped: gauge("samples", "Samples on the last page.")
            case .kept: gauge("samples", "Samples of the last page that relabelling left.")
            case .added: gauge("series", "Series of the last page that the one before did not have.")
            case .timeout: gauge("seconds", "How long a scrape of the target may take.")
            case .sampleLimit: gauge("samples", "How many samples a page of the target may have; 0: any number.")
            case .bodySize: gauge("bytes", "The size of the last page, unpacked; -1 if it was beyond the limit, 0 after other failures.")
            }
        }

        private func gauge(_ unit: String, _ help: String) -> Metadata { Metadata(type: .gauge, help: help, unit: unit) }
    }

    private struct One {
        let kind: Kind
        let labels: Labels
        var reference: SeriesRef?
        /// The number in the batch being appended, if it was added by labels.
        var inBatch: Int?
    }

    private var all: [One]

    /// `extra`: those of `extra_scrape_metrics` too.
    init(targetLabels: Labels, extra: Bool) {
        all = (extra ? Kind.allCases : Kind.usual).map { One(kind: $0, labels: targetLabels.setting(Labels.metricName, $0.name)) }
    }

    /// `withMetadata`: those that the batch has by labels come with what they are.
    mutating func add(_ values: Values, at time: Timestamp, to batch: inout AppendBatch, trusting: Bool, withMetadata: Bool) {
        for number in all.indices {
            let kind = all[number].kind
            if trusting, let reference = all[number].reference {
                all[number].inBatch = nil
                batch.add(reference, time, values[kind])
            } else {
                let inBatch = batch.add(all[number].labels, time, values[kind])
                all[number].inBatch = inBatch
                if withMetadata { batch.add(kind.metadata, toNew: inBatch) }
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
