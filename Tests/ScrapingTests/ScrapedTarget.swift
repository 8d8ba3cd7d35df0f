import Exposition
import Model
import Runtime
import TSDB

@testable import Scraping

struct FixedClock: Clock {
    let time: Timestamp
    func now() -> Timestamp { time }
    func monotonic() -> Int64 { time * 1_000_000 }
}

/// A target whose pages are given by hand, and the head that stores them.
final class ScrapedTarget {
    let head = Head(options: HeadOptions(), clock: FixedClock(time: 10_000_000))
    let metadata = TargetMetadata()
    let ingester: TargetIngester

    init(_ change: (inout TargetIngester.Options) -> Void = { _ in }) {
        var options = TargetIngester.Options()
        change(&options)
        let labels = Labels([(name: "job", value: "j"), (name: "instance", value: "i")])
        ingester = TargetIngester(head: head, targetLabels: labels, options: options, metadata: metadata)
    }

    @discardableResult
    func scrape(_ page: String, _ time: Timestamp, type: String? = "text/plain") throws -> TargetIngester.Report {
        try ingester.ingest(.success(ScrapedPage(body: PageBuffer(page), contentType: type)), at: time) { 1_000_000_000 }
    }

    @discardableResult
    func fail(_ time: Timestamp) throws -> TargetIngester.Report {
        try ingester.ingest(.failure(ScrapeError("connection refused")), at: time) { 0 }
    }

    /// All samples, as `name{labels} value@time …` without the target's labels; stale markers are written `stale`.
    func samples(reports: Bool = false) throws -> [String] {
        let column = SampleColumn()
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        return try (0..<set.count).compactMap { index in
            let labels = set.labels(index)
            let name = labels.metricName ?? ""
            let isReport = name == "up" || name.hasPrefix("scrape_")
            guard isReport == reports else { return nil }
            column.removeAll()
            try set.read(index, from: .min, through: .max, into: column)
            let points = (0..<column.count).map { at in
                let value = StaleMarker.isStale(column.values[at]) ? "stale" : FloatFormat.general(column.values[at])
                return "\(value)@\(column.times[at])"
            }
            return ([labels.dropping(["job", "instance"]).description] + points).joined(separator: " ")
        }
    }

    func report(_ name: String) throws -> String? {
        try samples(reports: true).first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
