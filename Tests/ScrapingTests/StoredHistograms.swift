import Exposition
import Model
import TSDB

@testable import Scraping

extension ScrapedTarget {
    static let protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    @discardableResult
    func scrape(_ page: [UInt8], _ time: Timestamp) throws -> TargetIngester.Report {
        let body = PageBuffer()
        body.append(page)
        return try ingester.ingest(.success(ScrapedPage(body: body, contentType: Self.protobuf)), at: time) { 1_000_000_000 }
    }

    /// As ``samples(reports:)``, without series that have histograms alone.
    func floats() throws -> [String] { try samples().filter { $0.contains("@") } }

    /// All native histograms without the target's labels, as `name{labels} histogram@time …`.
    func histograms() throws -> [String] {
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        let column = HistogramColumn()
        return try (0..<set.count).compactMap { index in
            column.removeAll()
            try set.readHistograms(index, from: .min, through: .max, into: column)
            guard column.count > 0 else { return nil }
            let points = (0..<column.count).map { "\(column.histograms[$0].short)@\(column.times[$0])" }
            return ([set.labels(index).dropping(["job", "instance"]).description] + points).joined(separator: " ")
        }
    }

    /// `series: {labels} value@time …`
    var exemplars: [String] {
        head.exemplars([[]], from: .min, through: .max).map { series in
            series.labels.dropping(["job", "instance"]).description + ":"
                + series.exemplars.map { " \($0.labels) \(FloatFormat.general($0.value))@\($0.time)" }.joined()
        }
    }
}

extension NativeHistogram {
    /// Such as `3/6.5 schema 2 zero 1 +[0:2]`: the count and the sum, and each bucket with what it counts, empty ones too. `~` marks fractions, `gauge` a
    /// gauge, and bounds of its own stand in the place of a schema.
    var short: String {
        if isStale { return "stale" }
        let (fractions, layout) = (fractions, layout)
        func side(_ sign: String, _ spans: [BucketSpan], _ counts: [Double]) -> String {
            let buckets = zip(HistogramLayout.indices(spans), counts).map { "\($0):\(FloatFormat.general($1))" }
            return buckets.isEmpty ? "" : " \(sign)[\(buckets.joined(separator: ","))]"
        }
        let isWhole = if case .whole = self { true } else { false }
        let bounds = layout.customValues.map { FloatFormat.general($0) }.joined(separator: ",")
        return "\(isWhole ? "" : "~")\(FloatFormat.general(fractions.count))/\(FloatFormat.general(fractions.sum))"
            + (layout.isCustom ? " bounds \(bounds)" : " schema \(layout.schema)")
            + (fractions.zeroCount == 0 ? "" : " zero \(FloatFormat.general(fractions.zeroCount))") + (hint == .gauge ? " gauge" : "")
            + side("+", layout.positiveSpans, fractions.positiveCounts) + side("-", layout.negativeSpans, fractions.negativeCounts)
    }
}
