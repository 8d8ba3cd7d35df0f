import Exposition
import Model
import Runtime
import Synchronization
import TSDB
import Testing

@testable import Scraping

/// Pages with more series than the head has room for.
@Suite("Pages beyond the head's budget")
struct OverrunTests {
    private func page(_ count: Int, _ value: Int, from first: Int = 0) -> String {
        (first..<first + count).map { "m\($0 % 3){id=\"\($0)\"} \(value)\n" }.joined()
    }

    @Test("what there is room for is stored, the scrape succeeds, and its report tells of it all")
    func partly() throws {
        let target = ScrapedTarget()
        target.head.setSeriesBudget(SeriesBudget(series: 10))
        let report = try target.scrape(page(20, 1), 1000)
        #expect(report.error == nil)
        #expect(report.overrun.series == 10)
        #expect(report.overrun.metrics.map { "\($0.metric)=\($0.count)" }.sorted() == ["m0=3", "m1=4", "m2=3"])
        #expect(report.overrun.metrics.first?.count == 4)
        try target.scrape(page(20, 2), 2000)
        #expect(try target.samples().count == 10)
        #expect(try target.samples().allSatisfy { $0.hasSuffix("1@1000 2@2000") })
        // The server's own series need no room, and count what is on the page.
        #expect(try target.report("up") == "1@1000 1@2000")
        #expect(try target.report("scrape_samples_scraped") == "20@1000 20@2000")
        #expect(try target.report("scrape_samples_post_metric_relabeling") == "20@1000 20@2000")
        #expect(try target.report("scrape_series_added") == "20@1000 0@2000")
    }

    /// The head counts each series that it is asked for in vain: on a page that repeats it is asked for none.
    @Test("refused lines are not asked for again while there is no room, wherever they stand")
    func once() throws {
        let target = ScrapedTarget()
        target.head.setSeriesBudget(SeriesBudget(series: 10))
        try target.scrape(page(50, 1), 1000)
        #expect(target.head.stats.seriesRefused == 40)
        for round in 2...20 {
            let report = try target.scrape(page(50, round), Timestamp(round) * 1000)
            #expect(report.overrun.series == 40 && report.tally.refused == 40 && report.tally.kept == 50)
            #expect(report.outcome.overBudget == 0)
        }
        #expect(target.head.stats.seriesRefused == 40)
        // Some lines go, one comes, the others move: only the one that comes is asked for.
        let moved = page(20, 21, from: 25) + page(1, 21, from: 99) + page(22, 21)
        let report = try target.scrape(moved, 21_000)
        #expect(target.head.stats.seriesRefused == 41 && report.overrun.series == 33)
        #expect(report.overrun.metrics.map(\.count).reduce(0, +) == 33)
        #expect(try target.scrape(moved, 22_000).tally.refused == 33)
        #expect(target.head.stats.seriesRefused == 41)
    }

    @Test("when there is room again they are asked for on the next page, and then go on")
    func again() throws {
        let target = ScrapedTarget()
        target.head.setSeriesBudget(SeriesBudget(series: 10))
        try target.scrape(page(20, 1), 1000)
        target.head.setSeriesBudget(SeriesBudget(series: 20))
        let some = try target.scrape(page(20, 2), 2000)
        // Ten of the page, five about the scrape.
        #expect(some.overrun.series == 5 && target.head.stats.series == 20)
        target.head.setSeriesBudget(SeriesBudget())
        let all = try target.scrape(page(20, 3), 3000)
        #expect(all.overrun.series == 0 && all.overrun.metrics.isEmpty)
        try target.scrape(page(20, 4), 4000)
        let counts = try target.samples().map { $0.split(separator: " ").count - 1 }
        #expect(counts.sorted() == [2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4])
        // Those that came late end like the others.
        try target.scrape("", 5000)
        #expect(try target.samples().allSatisfy { $0.hasSuffix("stale@5000") })
    }

    @Test("a refused series that goes leaves no marker, and a page that fails changes nothing")
    func ends() throws {
        let target = ScrapedTarget()
        target.head.setSeriesBudget(SeriesBudget(series: 10))
        try target.scrape(page(15, 1), 1000)
        #expect(try target.scrape(page(15, 1) + "broken{\n", 2000).error != nil)
        #expect(try target.scrape(page(15, 2), 3000).overrun.series == 5)
        #expect(try target.scrape(page(10, 3), 4000).overrun.series == 0)
        try target.fail(5000)
        #expect(target.head.stats.series == 15 && target.head.stats.seriesRefused == 5)
    }

    @Test("what is refused counts for the limit of samples")
    func sampleLimit() throws {
        let target = ScrapedTarget { $0.limits.samples = 20 }
        target.head.setSeriesBudget(SeriesBudget(series: 10))
        #expect(try target.scrape(page(20, 1), 1000).error == nil)
        #expect(try target.scrape(page(20, 1), 2000).error == nil)
        #expect(try target.scrape(page(21, 1), 3000).error == ScrapeError.sampleLimit)
    }

    @Test("lines with timestamps and exemplars are passed over too")
    func timestamps() throws {
        let target = ScrapedTarget()
        target.head.setSeriesBudget(SeriesBudget(series: 1))
        for round in 1...3 {
            let text = "# TYPE a counter\na_total 1\na_total{x=\"1\"} 1 \(round) # {t=\"1\"} 1\na_total{x=\"2\"} 1 # {t=\"2\"} 1\n# EOF\n"
            let report = try target.scrape(text, Timestamp(round) * 1000, type: "application/openmetrics-text; version=1.0.0")
            #expect(report.error == nil && report.overrun.series == 2 && report.tally.kept == 3)
        }
        #expect(target.head.stats.seriesRefused == 2 && target.head.exemplarStats.kept == 0)
    }

    @Test("only the ten metrics with the most are told, and made-up names do not fill the memory")
    func names() throws {
        let target = ScrapedTarget()
        target.head.setSeriesBudget(SeriesBudget(series: 1))
        let some = (0..<12).flatMap { n in (0...n).map { "m\(n){id=\"\($0)\"} 1\n" } }
        let report = try target.scrape("first 1\n" + some.joined() + (0..<3000).map { "other\($0) 1\n" }.joined(), 1000)
        #expect(report.overrun.series == 78 + 3000)
        #expect(report.overrun.metrics.map(\.metric) == (2..<12).reversed().map { "m\($0)" })
        #expect(report.overrun.metrics.map(\.count) == (3...12).reversed())
    }

    @Test("the log tells of a target once a minute, and the metrics and the target's status always")
    func told() async throws {
        let events = Mutex<[StorageEvent]>([])
        let server = SimulatedServer(report: { event in events.withLock { $0.append(event) } })
        server.head.setSeriesBudget(SeriesBudget(series: 6))
        server.transport.answer(.page(page(9, 1)))
        server.manager.apply([.simulated()])
        await server.time.settle()
        for _ in 0..<8 { await server.tick() }
        let target = try #require(server.manager.activeTargets().first)
        #expect(target.health == .up && target.page.overrun.series == 3 && target.page.size == page(9, 1).utf8.count)
        #expect(target.page.tally.scraped == 9 && target.page.packedSize == target.page.size)
        await server.manager.shutDown()
        let told = events.withLock { $0 }.filter { $0.message.contains("budget") }
        // At 0 s and at 60 s.
        #expect(told.count == 2)
        #expect(told.first?.fields.contains { $0.name == "series" && $0.value == "3" } == true)
        #expect(told.first?.fields.contains { $0.name == "metrics" && $0.value.contains("m0 (1)") } == true)
        #expect(events.withLock { $0.count } == 2)
        let points = server.registry.snapshot().first { $0.name == "martlet_head_series_refused_total" }?.points
        #expect(points?.first?.labels == [MetricLabel("scrape_job", "j")])
        guard case .number(let count)? = points?.first?.value else { throw ScrapeError("no number") }
        #expect(count == 24)
    }
}
