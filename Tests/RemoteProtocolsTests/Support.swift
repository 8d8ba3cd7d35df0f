import Model
import RemoteProtocols
import RemoteWriteFuzz
import Runtime
import TSDB
import TestKit

/// A receiver over a head of its own, in which time stands still.
struct Desk {
    static let now: Timestamp = 1_700_000_000_000
    static let types = ["application/x-protobuf", "application/x-protobuf;proto=io.prometheus.write.v2.Request"]

    let head: Head
    let registry = MetricsRegistry()
    let receiver: WriteReceiver

    init(
        batchLimit: Int = 1 << 17, exemplars: Int = 100, window: Int64 = 600_000, maxSamples: Int = 1_000_000, recordsMetadata: Bool = false,
        budget: SeriesBudget = SeriesBudget(), ingestsStarts: Bool = false
    ) {
        var options = HeadOptions()
        options.outOfOrderWindow = window
        options.maxExemplars = exemplars
        options.maxSamples = maxSamples
        options.recordsMetadata = recordsMetadata
        options.budget = budget
        head = Head(options: options, clock: ManualClock(Self.now))
        receiver = WriteReceiver(head, WriteMetrics(registry), ingestsStarts: ingestsStarts, batchLimit: batchLimit)
    }

    /// Sends series in one of the two versions.
    @discardableResult
    func send(_ series: [SentSeries], version: Int) -> WriteResult {
        store(version == 1 ? SentSeries.version1(series) : SentSeries.version2(series), version: version)
    }

    /// Sends the bytes of a message.
    func store(_ message: [UInt8], version: Int) -> WriteResult {
        receiver.store(plainSnappy(message), contentType: Self.types[version - 1], encoding: "snappy")
    }

    /// All floats, as text: `{labels} time=value …`.
    func stored() throws -> [String] {
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        let column = SampleColumn()
        return try (0..<set.count).compactMap { index in
            column.removeAll()
            try set.read(index, from: .min, through: .max, into: column)
            guard column.count > 0 else { return nil }
            return "\(set.labels(index)) " + (0..<column.count).map { "\(column.times[$0] - Self.now)=\(column.values[$0])" }.joined(separator: " ")
        }
    }

    func histograms() throws -> [String: [NativeHistogram]] {
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        var found: [String: [NativeHistogram]] = [:]
        for index in 0..<set.count {
            let column = HistogramColumn()
            try set.readHistograms(index, from: .min, through: .max, into: column)
            if column.count > 0 { found["\(set.labels(index))"] = column.histograms }
        }
        return found
    }

    func metric(_ name: String, _ label: String? = nil) -> Double {
        let points = registry.snapshot().first { $0.name == name }?.points ?? []
        guard case .number(let value)? = points.first(where: { label == nil || $0.labels.first?.value == label })?.value else { return -1 }
        return value
    }
}

/// Samples at times relative to `Desk.now`.
func series(_ labels: [(String, String)], _ samples: (Timestamp, Double)...) -> SentSeries {
    SentSeries(labels, samples.map { (time: Desk.now + $0.0, value: $0.1) })
}
