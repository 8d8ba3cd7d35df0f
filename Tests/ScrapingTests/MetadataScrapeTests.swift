import Exposition
import Model
import TestKit
import Testing

@testable import Scraping
@testable import TSDB

/// What pages say about their series, in the log as its readers find it.
@Suite("Metadata of pages in the log")
struct MetadataScrapeTests {
    /// A data folder and one target; what is logged is told as `series: type unit help`.
    private final class Logged {
        let files = MemoryFileSystem()
        let database: Database
        private var ingester: TargetIngester

        init(records: Bool = true) throws {
            var options = DatabaseOptions()
            options.head.recordsMetadata = records
            options.walCompression = .none
            database = try Database.open(path: "data", options: options, files: files, clock: FixedClock(time: 1_000_000_000)) { _ in }
            ingester = Self.ingester(database.head)
        }

        private static func ingester(_ head: Head) -> TargetIngester {
            TargetIngester(head: head, targetLabels: .empty, options: TargetIngester.Options(), metadata: TargetMetadata())
        }

        func forgetPages() { ingester = Self.ingester(database.head) }

        @discardableResult
        func scrape(_ page: String, _ time: Timestamp, type: String = "text/plain") throws -> TargetIngester.Report {
            try ingester.ingest(.success(ScrapedPage(body: PageBuffer(page), contentType: type)), at: time) { 0 }
        }

        /// All records of metadata, in order, without those about the scrapes' own series, which come last.
        func records() throws -> [[String]] {
            try everything().map { $0.filter { !$0.hasPrefix("up|") && !$0.hasPrefix("scrape_") } }.filter { !$0.isEmpty }
        }

        func everything() throws -> [[String]] {
            let reader = try WALReader("data/wal", files)
            var names: [UInt64: String] = [:]
            var found: [[String]] = []
            while let record = try reader.next() {
                switch WALRecordKind(of: record) {
                case .series: try WALSeries.decode(record) { names[$0] = $1.description }
                case .metadata:
                    found.append(
                        try WALMetadata.decode(record).map { one in
                            [names[one.reference] ?? "?", one.metadata.type.rawValue, one.metadata.unit, one.metadata.help].joined(separator: "|")
                        })
                default: break
                }
            }
            return found
        }
    }

    private static let page = """
        # HELP requests_total Requests.
        # TYPE requests_total counter
        requests_total{path="/a"} 1
        requests_total{path="/b"} 1
        stray 1
        # TYPE latency histogram
        latency_bucket{le="+Inf"} 3
        latency_sum 1
        latency_count 3
        latency_other 1

        """

    private static let all = [
        #"requests_total{path="/a"}|counter||Requests."#, #"requests_total{path="/b"}|counter||Requests."#,
        #"latency_bucket{le="+Inf"}|histogram||"#, "latency_sum|histogram||", "latency_count|histogram||",
    ]

    @Test func eachSeriesOfAFamilyOnce() throws {
        let logged = try Logged()
        for time in [1000, 2000, 3000] as [Timestamp] { try logged.scrape(Self.page, time) }
        #expect(try logged.records() == [Self.all])
        // A start, or a reload, forgets the page, but not what has been written.
        logged.forgetPages()
        try logged.scrape(Self.page, 4000)
        #expect(try logged.records() == [Self.all])
    }

    @Test func whatChangesIsWrittenAgain() throws {
        let logged = try Logged()
        try logged.scrape(Self.page, 1000)
        try logged.scrape(Self.page.replacing("Requests.", with: "Requests\\nanswered."), 2000)
        try logged.scrape(Self.page.replacing("Requests.", with: "Requests\\nanswered.") + "requests_total 3\n# TYPE stray gauge\n", 3000)
        let changed = ["/a", "/b"].map { "requests_total{path=\"\($0)\"}|counter||Requests\nanswered." }
        #expect(try logged.records() == [Self.all, changed])
        // A broken page changes nothing.
        try logged.scrape(Self.page.replacing("Requests.", with: "Other.") + "7&-\n", 4000)
        #expect(try logged.records().count == 2)
    }

    @Test func openMetricsFamiliesHaveUnitsAndOtherNames() throws {
        let logged = try Logged()
        let page = """
            # TYPE wait_seconds counter
            # UNIT wait_seconds seconds
            # HELP wait_seconds Waiting, \\"all\\".
            wait_seconds_total 1
            # TYPE build info
            build_info{v="1"} 1
            # TYPE {"odd.name"} gauge
            {"odd.name",a="b"} 1
            # EOF

            """
        try logged.scrape(page.replacing("{\"odd.name\"} gauge", with: "\"odd.name\" gauge"), 1000, type: "application/openmetrics-text")
        #expect(
            try logged.records() == [
                [#"wait_seconds_total|counter|seconds|Waiting, "all"."#, #"build_info{v="1"}|info||"#, #"{"odd.name", a="b"}|gauge||"#]
            ])
    }

    @Test func aSeriesThatComesBackIsToldAgain() throws {
        let logged = try Logged()
        try logged.scrape(Self.page, 1000)
        try logged.database.delete([[]], TimeRange(from: .min, through: .max))
        #expect(logged.database.head.stats.series == 0)
        try logged.scrape(Self.page, 2000)
        #expect(try logged.records() == [Self.all, Self.all])
    }

    @Test func theScrapesOwnSeriesAreToldOfToo() throws {
        let logged = try Logged()
        for time in [1000, 2000] as [Timestamp] { try logged.scrape("a 1\n", time) }
        let found = try logged.everything()
        #expect(
            found.map { $0.map { $0.split(separator: "|").prefix(3).joined(separator: " ") } } == [
                [
                    "up gauge targets", "scrape_duration_seconds gauge seconds", "scrape_samples_scraped gauge samples",
                    "scrape_samples_post_metric_relabeling gauge samples", "scrape_series_added gauge series",
                ]
            ])
    }

    @Test func whoIsNotToldToWritesNone() throws {
        let logged = try Logged(records: false)
        try logged.scrape(Self.page, 1000)
        #expect(try logged.everything().isEmpty)
    }
}
