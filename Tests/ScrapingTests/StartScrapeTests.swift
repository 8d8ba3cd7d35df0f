import Model
import TSDB
import TestKit
import Testing

@testable import Scraping

/// Starts that OpenMetrics pages tell.
@Suite("Starts of series on pages")
struct StartScrapeTests {
    private static let type = "application/openmetrics-text; version=1.0.0"

    private func target(_ ingests: Bool = true) -> ScrapedTarget { ScrapedTarget { $0.ingestsStarts = ingests } }

    private func page(_ value: Int, start: String = "0.5") -> String {
        """
        # TYPE c counter
        c_total{x="1"} \(value)
        c_created{x="1"} \(start)
        c_total{x="2"} \(value)
        c_created{x="2"} 0.25
        # TYPE g gauge
        g \(value)
        g_created 0.5
        # TYPE h histogram
        h_bucket{le="1.0"} \(value)
        h_bucket{le="+Inf"} \(value)
        h_count \(value)
        h_sum \(value)
        h_created 0.75
        # TYPE s summary
        s{quantile="0.5"} \(value)
        s_count \(value)
        s_sum \(value)
        s_created 0.75
        # EOF

        """
    }

    @Test("they are zeros before the first samples, and lines with them no series")
    func zeros() throws {
        let target = target()
        for round in 1...3 {
            let report = try target.scrape(page(round), Timestamp(round) * 1000, type: Self.type)
            #expect(report.error == nil && report.tally.scraped == 11 && report.outcome.refused == 0)
            #expect(report.outcome.startsAppended == (round == 1 ? 9 : 0))
        }
        #expect(
            try Set(target.samples()) == [
                "c_total{x=\"1\"} 0@500 1@1000 2@2000 3@3000", "c_total{x=\"2\"} 0@250 1@1000 2@2000 3@3000", "g 1@1000 2@2000 3@3000",
                "g_created 0.5@1000 0.5@2000 0.5@3000", "h_bucket{le=\"1.0\"} 0@750 1@1000 2@2000 3@3000",
                "h_bucket{le=\"+Inf\"} 0@750 1@1000 2@2000 3@3000", "h_count 0@750 1@1000 2@2000 3@3000", "h_sum 0@750 1@1000 2@2000 3@3000",
                "s{quantile=\"0.5\"} 0@750 1@1000 2@2000 3@3000", "s_count 0@750 1@1000 2@2000 3@3000", "s_sum 0@750 1@1000 2@2000 3@3000",
            ])
        #expect(try target.report("scrape_samples_scraped") == "11@1000 11@2000 11@3000")
    }

    @Test("those of protobuf are, too, for each series of their metric; only where they are wanted", arguments: [true, false])
    func protobuf(ingests: Bool) throws {
        func page(_ value: Double) -> [UInt8] {
            func started(_ message: inout WireMaker, _ field: UInt64) {
                message.message(field) { $0.integer(2, UInt64(500_000_000)) }
            }
            var families = WireMaker()
            var counter = WireMaker()
            counter.text(1, "c_total")
            counter.message(4) { metric in
                metric.message(3) {
                    $0.double(1, value)
                    started(&$0, 3)
                }
            }
            var summary = WireMaker()
            summary.text(1, "s")
            summary.integer(3, UInt64(2))
            summary.message(4) { metric in
                metric.message(4) {
                    $0.integer(1, UInt64(value))
                    $0.double(2, value)
                    started(&$0, 4)
                }
            }
            for family in [counter, summary] {
                families.varint(UInt64(family.bytes.count))
                family.bytes.forEach { families.raw($0) }
            }
            return families.bytes
        }
        let target = target(ingests)
        for round in 1...3 { #expect(try target.scrape(page(Double(round)), Timestamp(round) * 1000).error == nil) }
        let zero = ingests ? "0@500 " : ""
        #expect(try Set(target.samples()) == Set(["c_total", "s_count", "s_sum"].map { "\($0) \(zero)1@1000 2@2000 3@3000" }))
    }

    @Test("a new start is a zero between two samples; one of the future becomes one when it is past")
    func resets() throws {
        let target = target()
        try target.scrape(page(5), 1000, type: Self.type)
        try target.scrape(page(1, start: "1.5"), 2000, type: Self.type)
        try target.scrape(page(2, start: "3.5"), 3000, type: Self.type)
        try target.scrape(page(3, start: "3.5"), 4000, type: Self.type)
        try target.scrape(page(4, start: "3.5"), 5000, type: Self.type)
        #expect(try target.samples().first { $0.contains("x=\"1\"") } == "c_total{x=\"1\"} 0@500 5@1000 0@1500 1@2000 2@3000 0@3500 3@4000 4@5000")
        #expect(try target.samples().first { $0.contains("x=\"2\"") } == "c_total{x=\"2\"} 0@250 5@1000 1@2000 2@3000 3@4000 4@5000")
    }

    @Test("without the feature lines with starts are series like others")
    func off() throws {
        let target = target(false)
        #expect(try target.scrape(page(1), 1000, type: Self.type).tally.scraped == 15)
        #expect(try target.samples().contains("c_created{x=\"1\"} 0.5@1000"))
        #expect(try target.samples().contains("c_total{x=\"1\"} 1@1000"))
    }

    @Test("a start is that of the lines before it, as far as another one, and of its labels")
    func whose() throws {
        let target = target()
        let text = """
            # TYPE c counter
            c_total{x="1"} 1
            c_total{x="2"} 1
            c_created{x="2"} 0.5
            c_created{x="1"} 0.5
            # TYPE d counter
            d_created 0.5
            d_total 1
            # TYPE e counter
            e_total{b="1",a="2"} 1
            e_created{a="2",b="1"} 0.5
            # EOF

            """
        try target.scrape(text, 1000, type: Self.type)
        #expect(
            try Set(target.samples()) == [
                "c_total{x=\"1\"} 1@1000", "c_total{x=\"2\"} 0@500 1@1000", "d_total 1@1000", "e_total{a=\"2\", b=\"1\"} 0@500 1@1000",
            ])
    }

    @Test("relabelled series, those with times of their own and moved lines have their starts too; dropped and failed ones nothing")
    func others() throws {
        var drop = RelabelRule(regex: try LabelRegex("d_total"))
        drop.action = .drop
        drop.sourceLabels = ["__name__"]
        let target = ScrapedTarget {
            $0.ingestsStarts = true
            $0.rules = [drop]
        }
        let c = "# TYPE c counter\nc_total 1 1.5\nc_created 1.25\n"
        let d = "# TYPE d counter\nd_total 1\nd_created 0.5\n"
        #expect(try target.scrape(c + d, 1000, type: Self.type).error != nil)
        try target.scrape(c + d + "# EOF\n", 2000, type: Self.type)
        try target.scrape(d.replacing("0.5", with: "0.75") + c + "# EOF\n", 3000, type: Self.type)
        try target.scrape(d + "# TYPE c counter\nc_total 1 3.5\nc_created 3.25\n# EOF\n", 4000, type: Self.type)
        #expect(try target.samples() == ["c_total 0@1250 1@1500 0@3250 1@3500"])
    }

    @Test("what is no time is passed over", arguments: ["NaN", "+Inf", "-1", "0", "1e300", "-1e300"])
    func odd(start: String) throws {
        let target = target()
        for round in 1...2 {
            let text = "# TYPE c counter\nc_total \(round)\nc_created \(start)\n# EOF\n"
            let report = try target.scrape(text, Timestamp(round) * 1000, type: Self.type)
            #expect(report.error == nil && report.tally.scraped == 1)
        }
        #expect(try target.samples() == ["c_total 1@1000 2@2000"])
    }
}
