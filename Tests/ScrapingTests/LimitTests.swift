import Model
import TSDB
import Testing

@testable import Scraping

/// Pages that are more than they may be, or than anything can be: they fail with a reason, and what is told of the scrape is stored.
@Suite("Pages beyond their limits")
struct LimitTests {
    private func line(labels: Int) -> String { "b{" + (0..<labels).map { "l\($0)=\"1\"" }.joined(separator: ",") + "} 1\n" }

    @Test(
        arguments: [
            (65_532, nil), (65_533, "label_limit exceeded (metric: b, number of labels: 65536, limit: 65535)"),
            (70_000, "a series with more than 65535 labels"),
        ] as [(Int, String?)])
    func labelsOfOneSeries(count: Int, error: String?) throws {
        let target = ScrapedTarget()
        try target.scrape("a 1\n", 1000)
        // The name, the job and the instance are labels too.
        let report = try target.scrape("a 2\n" + line(labels: count), 2000)
        #expect(report.error?.description == error)
        try target.scrape("a 3\n", 3000)
        #expect(try target.report("up") == "1@1000 \(error == nil ? 1 : 0)@2000 1@3000")
        #expect(try target.samples().first { $0.hasPrefix("a ") } == "a 1@1000 \(error == nil ? "2@2000 " : "")3@3000")
    }

    /// A status line, a header or a label may have thousands of bytes that come to the same.
    @Test func whatIsToldOfATargetIsBounded() {
        for (text, told) in [("short", "short"), (String(repeating: "é", count: 2048), nil), (String(repeating: "aé", count: 5000), nil)]
            as [(String, String?)]
        {
            let description = ScrapeError(text).description
            #expect(description.utf8.count <= ScrapeError.longest + 3)
            #expect(told == nil ? text.hasPrefix(description.prefix { $0 != "…" }) : description == told)
        }
    }

    @Test(arguments: [("b{x=\"VALUE\"} 1\n", "label_value_length_limit"), ("b{\"VALUE\"=\"x\"} 1\n", "label_name_length_limit")])
    func lengthOfALabel(line: String, limit: String) throws {
        let target = ScrapedTarget()
        let long = String(repeating: "v", count: 1 << 20)
        #expect(try target.scrape(line.replacing("VALUE", with: long), 1000).error == nil)
        let error = try target.scrape(line.replacing("VALUE", with: long + "v"), 2000).error
        #expect(error?.exceeds == .labels && error?.description.hasPrefix("\(limit) exceeded (metric: b, ") == true)
        #expect(error?.description.hasSuffix("length: 1048577, limit: 1048576)") == true)
        #expect(try target.report("up") == "1@1000 0@2000")
        // Who says how long they may be means it.
        let patient = ScrapedTarget {
            $0.limits.labelNameLength = 2 << 20
            $0.limits.labelValueLength = 2 << 20
        }
        #expect(try patient.scrape(line.replacing("VALUE", with: long + "v"), 1000).error == nil)
    }

    /// What a page has beyond its limit is counted to the end, but neither kept nor stored.
    @Test func samplesBeyondTheLimitAreOnlyCounted() throws {
        let target = ScrapedTarget { $0.limits.samples = 100 }
        let good = (0..<90).map { "a{x=\"\($0)\"} 1\n" }.joined()
        try target.scrape(good, 1000)
        let more = (0..<50_000).map { "b{x=\"\($0)\"} 1\n" }.joined()
        let report = try target.scrape(good + more, 2000)
        #expect(report.error?.description == "sample limit exceeded")
        #expect(report.tally.scraped == 50_090 && report.tally.kept == 50_090 && report.tally.added == 10)
        #expect(target.ingester.knownSeries == 90 && target.head.stats.series == 95)
        #expect(try target.scrape(good, 3000).tally.added == 0)
        #expect(try target.report("up") == "1@1000 0@2000 1@3000")
    }
}
