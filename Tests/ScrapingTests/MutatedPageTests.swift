import Exposition
import Model
import TSDB
import TestKit
import Testing

@testable import Scraping

@Suite("Broken pages")
struct MutatedPageTests {
    private static let pages: [(type: String, text: String)] = [
        (
            "text/plain; version=0.0.4",
            """
            # HELP http_requests_total Requests, \\\\ and \\n escaped.
            # TYPE http_requests_total counter
            http_requests_total{code="200",path="/a\\"b"} 1027 999000
            http_requests_total{code="500"} 3
            # TYPE latency_seconds histogram
            latency_seconds_bucket{le="0.5"} 2
            latency_seconds_bucket{le="+Inf"} 4
            latency_seconds_sum 3.5e0
            latency_seconds_count 4
            temperature{room="kitchen"} NaN
            {"utf8.name",a="ü"} 0.25

            """
        ),
        (
            "application/openmetrics-text; version=1.0.0",
            """
            # TYPE http_requests counter
            # UNIT http_requests requests
            # HELP http_requests Requests.
            http_requests_total{code="200"} 1027 999.5 # {trace_id="abc"} 1.5 999.4
            http_requests_created{code="200"} 900
            # TYPE temperature gauge
            temperature{room="kitchen"} 21.5
            # EOF

            """
        ),
    ]

    /// One target gets good and mutated pages by turns: a page is stored whole or not at all, and the good ones always are.
    @Test func mutatedPagesAreWholeOrNothing() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SystemSeeded(seed)
        let rounds = mutationRounds(usual: 500)
        let target = ScrapedTarget {
            $0.trackTimestampsStaleness = true
            $0.fallbackProtocol = .text004
        }
        var refused = 0
        for round in 0..<rounds {
            let page = Self.pages[round % 2]
            let time = Timestamp(1_000_000 + round * 1000)
            let mutated = Mutation.apply(to: Array(page.text.utf8), using: &random)
            let buffer = PageBuffer()
            buffer.append(mutated)
            let report = try target.ingester.ingest(.success(ScrapedPage(body: buffer, contentType: page.type)), at: time) { 0 }
            if report.error != nil { refused += 1 }
            let good = try target.scrape(page.text, time + 500, type: page.type)
            #expect(good.error == nil, "seed \(seed), round \(round)")
        }
        print("\(refused) of \(rounds) mutated pages refused")
        #expect(try target.report("up")?.split(separator: " ").count == rounds * 2)
        #expect(try target.report("up")?.split(separator: " ").filter { $0.hasPrefix("0@") }.count == refused)
        #expect(refused > 0 && refused < rounds)
        let exemplars = target.head.exemplars([[]], from: .min, through: .max).flatMap(\.exemplars)
        #expect(exemplars.count > 0 && exemplars.allSatisfy(\.isShortEnough))
    }

    /// Good and mutated pages by turns are stored, or refused, as by one who has never seen a page of the target before.
    @Test func mutatedPagesAreReadAsIfTheyWereTheFirst() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SystemSeeded(seed)
        let target = ScrapedTarget { $0.fallbackProtocol = .text004 }
        let forgetful = ScrapedTarget()
        var options = TargetIngester.Options()
        options.fallbackProtocol = .text004
        for round in 0..<mutationRounds(usual: 500) {
            let page = Self.pages[round / 8 % 2]
            let bytes = round % 2 == 0 ? Array(page.text.utf8) : Mutation.apply(to: Array(page.text.utf8), using: &random)
            let buffer = PageBuffer()
            buffer.append(bytes)
            // No timestamp on a page is that of a scrape.
            let time = Timestamp(1_000_001 + round * 1000)
            let scraped = Result<ScrapedPage, ScrapeError>.success(ScrapedPage(body: buffer, contentType: page.type))
            let report = try target.ingester.ingest(scraped, at: time) { 0 }
            let labels = Labels([(name: "job", value: "j"), (name: "instance", value: "i")])
            let newcomer = TargetIngester(head: forgetful.head, targetLabels: labels, options: options, metadata: TargetMetadata())
            let other = try newcomer.ingest(scraped, at: time) { 0 }
            try #require(report.error == other.error, "seed \(seed), round \(round)")
            try #require(report.tally.scraped == other.tally.scraped && report.tally.kept == other.tally.kept, "seed \(seed), round \(round)")
            try #require(report.tally.duplicates == other.tally.duplicates, "seed \(seed), round \(round)")
        }
        func withoutEnds(_ target: ScrapedTarget) throws -> [String] {
            try target.samples().map { $0.split(separator: " ").filter { !$0.hasPrefix("stale@") }.joined(separator: " ") }
        }
        #expect(try withoutEnds(target) == withoutEnds(forgetful), "seed \(seed)")
        let everything: [[Matcher]] = [[]]
        #expect(
            target.head.exemplars(everything, from: .min, through: .max).map(\.exemplars)
                == forgetful.head.exemplars(everything, from: .min, through: .max).map(\.exemplars), "seed \(seed)")
    }
}
