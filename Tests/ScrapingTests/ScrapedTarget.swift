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
    let head: Head
    let metadata = TargetMetadata()
    let ingester: TargetIngester

    init(_ change: (inout TargetIngester.Options) -> Void = { _ in }) {
        var keeping = HeadOptions()
        keeping.maxExemplars = 1000
        keeping.recordsMetadata = true
        head = Head(options: keeping, clock: FixedClock(time: 1_000_000_000))
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

    /// All samples without the target's labels, those about the scrapes or the others (see ``Head/lines(hiding:where:)``).
    func samples(reports: Bool = false) throws -> [String] {
        try head.lines(hiding: ["job", "instance"]) { $0.isReport == reports }
    }

    func report(_ name: String) throws -> String? {
        try samples(reports: true).first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
