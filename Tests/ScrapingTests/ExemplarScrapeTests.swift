import Exposition
import Model
import TSDB
import Testing

@testable import Scraping

/// A target of OpenMetrics pages whose exemplars, or whose comments, are kept.
private final class OpenTarget {
    let head: Head
    let ingester: TargetIngester

    init(exemplars: Int = 100, rules: [RelabelRule] = []) {
        var options = HeadOptions()
        options.maxExemplars = exemplars
        head = Head(options: options, clock: FixedClock(time: 1_000_000_000))
        var ingesting = TargetIngester.Options()
        ingesting.rules = rules
        ingester = TargetIngester(head: head, targetLabels: Labels([(name: "job", value: "j")]), options: ingesting, metadata: TargetMetadata())
    }

    @discardableResult
    func scrape(_ page: String, _ time: Timestamp, type: String = "application/openmetrics-text; version=1.0.0") throws -> TargetIngester.Report {
        try ingester.ingest(.success(ScrapedPage(body: PageBuffer(page), contentType: type)), at: time) { 0 }
    }

    /// `series: {labels} value@time …`
    var exemplars: [String] {
        head.exemplars([[]], from: .min, through: .max).map { series in
            series.labels.dropping(["job"]).description + ":"
                + series.exemplars.map { " \($0.labels) \(FloatFormat.general($0.value))@\($0.time)" }.joined()
        }
    }
}

@Suite("Exemplars on pages")
struct ExemplarScrapeTests {
    /// A line, and what is kept of its exemplar at 1000; its sample is stored whatever becomes of that.
    @Test(
        arguments: [
            ("a_total 1 # {trace_id=\"x\"} 0.67", " {trace_id=\"x\"} 0.67@1000"),
            ("a_total 1 # {trace_id=\"x\"} 0.67 0.5", " {trace_id=\"x\"} 0.67@500"),
            ("a_total 1 0.9 # {trace_id=\"x\"} 0.67", " {trace_id=\"x\"} 0.67@900"), ("a_total 1 0.9 # {} -1 0.9", " {} -1@900"),
            ("a_total 1 # {a=\"q\\\"\\n\\\\\",b=\"\"} NaN 0.5", " {a=\"q\\\"\\n\\\\\"} NaN@500"),
            ("a_total 1 # {z=\"1\",a=\"2\"} 1e3", " {a=\"2\", z=\"1\"} 1000@1000"),
            ("a_total 1", nil), ("a_total 1 # {a=\"1\",a=\"2\"} 1", nil), ("a_total 1 # {a=\"\(String(repeating: "é", count: 128))\"} 1", nil),
        ] as [(String, String?)])
    func oneLine(line: String, kept: String?) throws {
        let target = OpenTarget()
        let report = try target.scrape("\(line)\n# EOF\n", 1000)
        #expect(report.error == nil && report.tally.kept == 1 && report.outcome.refused == 0)
        #expect(target.exemplars == (kept.map { ["a_total:" + $0] } ?? []))
    }

    @Test func pagesRepeatThemUntilThereAreOthers() throws {
        let target = OpenTarget()
        func page(_ count: Int, _ trace: String) -> String {
            """
            # TYPE h histogram
            h_bucket{le="1.0"} \(count) # {trace_id="\(trace)"} 0.5
            h_bucket{le="+Inf"} \(count) # {trace_id="\(trace)"} 7 \(trace.utf8.count)
            h_sum 1.0
            h_count \(count)
            # EOF

            """
        }
        for (at, trace) in ["x", "x", "yy", "yy", "yy"].enumerated() { try target.scrape(page(at + 1, trace), Timestamp(at + 1) * 10_000) }
        #expect(
            target.exemplars == [
                #"h_bucket{le="+Inf"}: {trace_id="x"} 7@1000 {trace_id="yy"} 7@2000"#,
                #"h_bucket{le="1.0"}: {trace_id="x"} 0.5@10000 {trace_id="yy"} 0.5@30000"#,
            ])
        #expect(target.head.exemplarStats.outOfOrder == 0)
        #expect(try target.head.lines(hiding: ["job"]) { !$0.isReport }.allSatisfy { $0.split(separator: " ").count == 6 })
    }

    @Test func lateRepeatedAndDroppedOnesAreLeftOut() throws {
        var drop = RelabelRule(regex: try LabelRegex("b_total"))
        drop.action = .drop
        drop.sourceLabels = ["__name__"]
        let target = OpenTarget(rules: [drop])
        try target.scrape("a_total 1 # {t=\"1\"} 1 5\nb_total 1 # {t=\"1\"} 1 5\n# EOF\n", 10_000)
        let late = try target.scrape("a_total 2 # {t=\"2\"} 1 4\n# EOF\n", 20_000)
        #expect(late.outcome.exemplarsOutOfOrder == 1 && late.outcome.refused == 0)
        // The sample comes late and is refused, its exemplar is news.
        try target.scrape("a_total 3 1 # {t=\"3\"} 1 6\n# EOF\n", 30_000)
        #expect(target.exemplars == [#"a_total: {t="1"} 1@5000 {t="3"} 1@6000"#])
        #expect(target.head.exemplarStats.outOfOrder == 1)
    }

    @Test func whoKeepsNoneReadsNone() throws {
        let target = OpenTarget(exemplars: 0)
        #expect(try target.scrape("a_total 1 # {t=\"1\"} 1 5\n# EOF\n", 1000).error == nil)
        #expect(target.exemplars.isEmpty)
        // From now on they are kept.
        target.head.setExemplarLimit(1)
        try target.scrape("a_total 1 # {t=\"1\"} 1 5\n# EOF\n", 2000)
        #expect(target.exemplars == [#"a_total: {t="1"} 1@5000"#])
        try target.scrape("a_total 1 # {t=\"1\"} 1\n", 3000, type: "text/plain")
        #expect(target.exemplars == [#"a_total: {t="1"} 1@5000"#])
    }
}
