import Exposition
import Model
import TSDB
import Testing

@testable import Scraping

@Suite("Pages over time")
struct IngesterTests {
    @Test func seriesThatVanishAreMarked() throws {
        let target = ScrapedTarget()
        try target.scrape("a 1\nb{x=\"1\"} 2\nc NaN\n", 1000)
        try target.scrape("a 2\nc 5\nd 1\n", 2000)
        try target.scrape("a 3\nb{x=\"1\"} 7\nd 1\n", 3000)
        #expect(
            try target.samples() == [
                "a 1@1000 2@2000 3@3000", "b{x=\"1\"} 2@1000 stale@2000 7@3000", "c NaN@1000 5@2000 stale@3000", "d 1@2000 1@3000",
            ])
        #expect(try target.report("scrape_series_added") == "3@1000 1@2000 1@3000")
        #expect(try target.report("up") == "1@1000 1@2000 1@3000")
        #expect(try target.report("scrape_duration_seconds") == "1@1000 1@2000 1@3000")
    }

    @Test func aFailedScrapeEndsEverythingOnce() throws {
        let target = ScrapedTarget()
        try target.scrape("a 1\n", 1000)
        #expect(try target.fail(2000).error?.description == "connection refused")
        try target.fail(3000)
        try target.scrape("a 2\n", 4000)
        try target.scrape("", 5000)
        #expect(try target.samples() == ["a 1@1000 stale@2000 2@4000 stale@5000"])
        #expect(try target.report("up") == "1@1000 0@2000 0@3000 1@4000 1@5000")
        #expect(try target.report("scrape_series_added") == "1@1000 0@2000 0@3000 0@4000 0@5000")
    }

    /// Series that the page had before it broke off get no stale markers, once; those behind it do.
    @Test(arguments: [
        ("a 2\nnew 1\n7&-\n", "text/plain", true), ("a 2\nb{x=\"1\",x=\"2\"} 1\n", "text/plain", true), ("7&-\na 2\n", "text/plain", false),
        ("a 2\n", "application/openmetrics-text", true), ("a 2\n", "text/html", false),
        ("a 2\nb 1", "application/openmetrics-text; version=1.0.0", true),
    ])
    func aBrokenPageIsNotStoredInPart(page: String, type: String, isSpared: Bool) throws {
        let target = ScrapedTarget()
        try target.scrape("a 1\nz 1\n", 1000)
        let report = try target.scrape(page, 2000, type: type)
        #expect(report.error != nil)
        try target.scrape("a 3\n", 3000)
        #expect(try target.samples() == ["a 1@1000 \(isSpared ? "" : "stale@2000 ")3@3000", "z 1@1000 stale@2000"])
        #expect(try target.report("up") == "1@1000 0@2000 1@3000")
    }

    @Test func aFailureAfterABrokenPageEndsWhatWasSpared() throws {
        for isEmpty in [false, true] {
            let target = ScrapedTarget()
            try target.scrape("a 1\n", 1000)
            try target.scrape("a 2\n7&-\n", 2000)
            if isEmpty { try target.scrape("", 3000) } else { try target.fail(3000) }
            try target.fail(4000)
            #expect(try target.samples() == ["a 1@1000 stale@3000"])
        }
    }

    @Test func repeatedLinesKeepTheFirst() throws {
        let target = ScrapedTarget()
        for time in [1000, 2000] as [Timestamp] {
            let report = try target.scrape("a 1\na 2\nb 3\n", time)
            #expect(report.tally.duplicates == 1 && report.outcome.duplicate == 1)
        }
        #expect(try target.samples() == ["a 1@1000 1@2000", "b 3@1000 3@2000"])
        #expect(try target.report("scrape_samples_scraped") == "3@1000 3@2000")
        #expect(try target.report("scrape_samples_post_metric_relabeling") == "3@1000 3@2000")
    }

    @Test func explicitTimestampsGetNoMarkers() throws {
        let page = "a 1 500\nb 2\n"
        let plain = ScrapedTarget()
        try plain.scrape(page, 1000)
        try plain.scrape("c 1\n", 2000)
        #expect(try plain.samples() == ["a 1@500", "b 2@1000 stale@2000", "c 1@2000"])
        let tracking = ScrapedTarget { $0.trackTimestampsStaleness = true }
        try tracking.scrape(page, 1000)
        try tracking.scrape("c 1\n", 2000)
        #expect(try tracking.samples() == ["a 1@500 stale@2000", "b 2@1000 stale@2000", "c 1@2000"])
        let ignoring = ScrapedTarget { $0.honorTimestamps = false }
        try ignoring.scrape(page, 1000)
        #expect(try ignoring.samples() == ["a 1@1000", "b 2@1000"])
    }

    @Test func labelConflicts() throws {
        let page = "a{job=\"x\",exported_job=\"y\"} 1\n"
        let plain = ScrapedTarget()
        try plain.scrape(page, 1000)
        #expect(try plain.samples() == ["a{exported_exported_job=\"x\", exported_job=\"y\"} 1@1000"])
        let honoring = ScrapedTarget { $0.honorLabels = true }
        try honoring.scrape(page, 1000)
        let set = try honoring.head.select(Selection(matchers: [Matcher(name: "exported_job", equals: "y")], from: .min, through: .max))
        #expect(set.count == 1 && set.labels(0)["job"] == "x" && set.labels(0)["instance"] == "i")
    }

    /// Where the page's labels are honoured it may also say that a series has none of a name.
    @Test func labelsWithoutAValue() throws {
        let page = "a{instance=\"\"} 1\nb{x=\"\\\\\",job=\"\"} 2\nc{x=\"\"} 3\n{\"d\",\"instance\"=\"\"} 4\n"
        func stored(_ honors: Bool) throws -> [String] {
            let target = ScrapedTarget { $0.honorLabels = honors }
            try target.scrape(page, 1000)
            return try target.head.lines { !$0.isReport }
        }
        #expect(
            try stored(true) == [
                "a{job=\"j\"} 1@1000", "b{instance=\"i\", x=\"\\\\\"} 2@1000", "c{instance=\"i\", job=\"j\"} 3@1000", "d{job=\"j\"} 4@1000",
            ])
        #expect(
            try stored(false) == [
                "a{instance=\"i\", job=\"j\"} 1@1000", "b{instance=\"i\", job=\"j\", x=\"\\\\\"} 2@1000",
                "c{instance=\"i\", job=\"j\"} 3@1000", "d{instance=\"i\", job=\"j\"} 4@1000",
            ])
    }

    @Test func relabellingDropsAndMerges() throws {
        var drop = RelabelRule(regex: try LabelRegex("noise.*"))
        drop.action = .drop
        drop.sourceLabels = ["__name__"]
        var merge = RelabelRule(regex: try LabelRegex("id"))
        merge.action = .labeldrop
        let rules = [drop, merge]
        let target = ScrapedTarget { $0.rules = rules }
        try target.scrape("noise_a 1\na{id=\"1\"} 5\n", 1000)
        try target.scrape("noise_a 1\na{id=\"2\"} 6\n", 2000)
        try target.scrape("noise_a 1\na{id=\"2\"} 7\n", 3000)
        #expect(try target.samples() == ["a 5@1000 6@2000 7@3000"])
        #expect(try target.report("scrape_samples_scraped") == "2@1000 2@2000 2@3000")
        #expect(try target.report("scrape_samples_post_metric_relabeling") == "1@1000 1@2000 1@3000")
    }

    @Test func limitsRefuseTheWholePage() throws {
        let samples = ScrapedTarget { $0.limits.samples = 2 }
        #expect(try samples.scrape("a 1\nb 1\nc 1\n", 1000).error?.description == "sample limit exceeded")
        #expect(try samples.scrape("a 1\nb 1\n", 2000).error == nil)
        #expect(try samples.report("scrape_samples_scraped") == "3@1000 2@2000")
        let labels = ScrapedTarget { $0.limits.labels = 3 }
        #expect(
            try labels.scrape("a{b=\"1\"} 1\n", 1000).error?.description
                == "label_limit exceeded (metric: a, number of labels: 4, limit: 3)")
        let length = ScrapedTarget { $0.limits.labelValueLength = 4 }
        #expect(
            try length.scrape("a{b=\"12345\"} 1\n", 1000).error?.description
                == "label_value_length_limit exceeded (metric: a, label name: b, value: \"12345\", length: 5, limit: 4)")
    }

    /// As a Prometheus tells of them: of a page that came, its size; of its lines, those up to the one that is wrong, which counts if it can be read.
    @Test func whatIsToldOfPagesThatFail() throws {
        let target = ScrapedTarget { $0.extraMetrics = true }
        try target.scrape("a 1\n", 1000)
        try target.scrape("a 1\nb x\n", 2000)
        try target.scrape("a 1\nb{x=\"1\",x=\"2\"} 1\nc 1\n", 3000)
        var page = Array("a 1\nb{x=\"?\"} 1\n".utf8)
        page[9] = 0xff
        let buffer = PageBuffer()
        buffer.append(page)
        let report = try target.ingester.ingest(.success(ScrapedPage(body: buffer, contentType: "text/plain")), at: 4000) { 0 }
        #expect(report.error?.description == "a label is not valid UTF-8")
        try target.fail(5000)
        #expect(try target.report("up") == "1@1000 0@2000 0@3000 0@4000 0@5000")
        #expect(try target.report("scrape_body_size_bytes") == "4@1000 8@2000 25@3000 15@4000 0@5000")
        #expect(try target.report("scrape_samples_scraped") == "1@1000 1@2000 2@3000 1@4000 0@5000")
    }

    @Test func theEndOfATargetYieldsToNewerSamples() throws {
        let target = ScrapedTarget()
        try target.scrape("a 1\nb 1\n", 1000)
        var batch = AppendBatch()
        batch.add(Labels([(name: "__name__", value: "a"), (name: "job", value: "j"), (name: "instance", value: "i")]), 2500, 9)
        _ = try target.head.append(&batch)
        try target.ingester.end(at: 2000)
        #expect(try target.samples() == ["a 1@1000 9@2500", "b 1@1000 stale@2000"])
        #expect(try target.report("up") == "1@1000 stale@2000")
    }

    @Test func metadataFollowsThePage() throws {
        let target = ScrapedTarget()
        try target.scrape("# HELP a The a.\n# TYPE a counter\na 1\n", 1000)
        #expect(target.metadata["a"] == Metadata(type: .counter, help: "The a."))
        try target.scrape("# HELP a Another.\n# TYPE a counter\na 1\n", 2000)
        #expect(target.metadata["a"]?.help == "Another.")
        for round in 0..<12 { try target.scrape("b 1\n", 3000 + Timestamp(round) * 1000) }
        #expect(target.metadata["a"] == nil)
    }

    /// Whatever the pages were before, a page is stored as a plain reading of it would be.
    @Test func randomPagesAreStoredAsTheyAre() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SystemSeeded(seed)
        let target = ScrapedTarget()
        var expected: [String: [String]] = [:]
        var alive: Set<String> = []
        var lines = ["a", "b{x=\"1\"}", "b{x=\"2\"}", "c", "# HELP a text", "d", "e{y=\"z\"}", "f"]
        for round in 1...60 {
            let time = Timestamp(round) * 1000
            if random.next() % 3 == 0 { lines.shuffle(using: &random) }
            if random.next() % 3 == 0 { lines.append("s\(random.next() % 10)") }
            if random.next() % 3 == 0, !lines.isEmpty { lines.remove(at: Int(random.next() % UInt64(lines.count))) }
            let broken = random.next() % 8 == 0
            var present: Set<String> = []
            var reached: Set<String> = []
            var page = ""
            for line in lines {
                if line.hasPrefix("#") {
                    page += line + "\n"
                    continue
                }
                let value = random.next() % 5 == 0 ? "NaN" : "\(random.next() % 1000)"
                page += "\(line) \(value)\n"
                reached.insert(line)
                if present.insert(line).inserted, !broken { expected[line, default: []].append("\(value)@\(time)") }
            }
            for gone in alive.subtracting(reached) { expected[gone, default: []].append("stale@\(time)") }
            alive = broken ? alive.intersection(reached) : present
            try target.scrape(page + (broken ? "!\n" : ""), time)
        }
        let wanted = expected.map { ([$0.key] + $0.value).joined(separator: " ") }.sorted(by: precedes)
        #expect(try target.samples().sorted(by: precedes) == wanted)
    }

    @Test func steadyStateSpeed() throws {
        var page = ""
        for family in 0..<50 {
            page += "# HELP node_metric_\(family)_seconds_total Seconds spent.\n# TYPE node_metric_\(family)_seconds_total counter\n"
            for line in 0..<20 {
                let labels = "cpu=\"\(line)\",mode=\"idle\",device=\"sda\""
                page += "node_metric_\(family)_seconds_total{\(labels)} \(family * 100 + line).\(line + 10)\n"
            }
        }
        let buffer = PageBuffer(page)
        let target = ScrapedTarget()
        try target.scrape(page, 1000)
        let clock = ContinuousClock()
        #if DEBUG
            let rounds = 5
        #else
            let rounds = 2000
        #endif
        let whole = try clock.measure {
            for round in 0..<rounds {
                _ = try target.ingester.ingest(
                    .success(ScrapedPage(body: buffer, contentType: "text/plain")), at: 2000 + Timestamp(round)
                ) { 0 }
            }
        }
        print("ingest with append: \(whole / (rounds * 1000)) per sample")
        try Self.readOnly(buffer, rounds, target)
    }

    /// The page cache alone: keys compared and numbers read, samples put into a batch that goes nowhere.
    private static func readOnly(_ buffer: PageBuffer, _ rounds: Int, _ target: ScrapedTarget) throws {
        var batch = AppendBatch()
        batch.add(Labels([(name: "__name__", value: "any")]), 1, 1)
        _ = try target.head.append(&batch)
        guard let reference = batch.reference(ofNew: 0) else { return }
        var cache = PageCache()
        var sink = PageSink()
        func read() throws {
            try buffer.withUnsafeBytes { page in
                sink.batch.removeAll()
                sink.tally = PageTally()
                var cursor = ExpositionCursor(page, format: .text)
                cache.begin(.text, trusting: true)
                reading: while true {
                    cache.takeKnownLines(&cursor, into: &sink)
                    let start = cursor.position
                    switch try cursor.next() {
                    case .end: break reading
                    case .series(let line):
                        let number = cache.addSeries(LineKey(cursor[line.key]), isDropped: false)
                        cache.track(number)
                        cache.setReference(reference, of: number)
                    default: cache.addComment(cursor[start..<cursor.position], at: start)
                    }
                }
                cache.end()
                _ = cache.commit()
            }
        }
        try read()
        var best = Double.infinity
        for _ in 0..<5 {
            let start = PageCosts.now()
            for _ in 0..<rounds { try read() }
            best = min(best, PageCosts.now() - start)
        }
        #expect(sink.tally.scraped == 1000)
        print("page cache and numbers: \(best * 1e9 / Double(rounds * 1000)) ns a line")
    }
}

/// A repeatable source of randomness.
struct SystemSeeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return (state ^ (state >> 29)).multipliedFullWidth(by: 0xbf58_476d_1ce4_e5b9).high ^ state
    }
}
