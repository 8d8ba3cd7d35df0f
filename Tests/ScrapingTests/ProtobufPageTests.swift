import Exposition
import Model
import ProtobufFuzz
import TSDB
import TestKit
import Testing

@testable import Scraping

@Suite("Pages of protobuf")
struct ProtobufPageTests {
    private typealias Metric = MadePage.Metric

    /// A message behind its length.
    private static func page(_ message: [UInt8]) -> [UInt8] { [UInt8(message.count)] + message }

    // MARK: Bytes

    /// Bytes put together by hand, and what is stored of them at 1000.
    @Test(
        arguments: [
            ([], []),
            // name "a", type gauge, metric { gauge { value 1 } }
            (page([0x0a, 1, 0x61, 0x18, 1, 0x22, 11, 0x12, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]), ["a 1@1000"]),
            // No type is a counter, no counter is 0; the name comes last.
            (page([0x22, 0, 0x0a, 1, 0x61]), ["a 0@1000"]),
            // Of two names the later one; an unknown field 15; label { name "l" value "v" }.
            (page([0x0a, 1, 0x62, 0x7a, 1, 0, 0x0a, 1, 0x61, 0x22, 8, 0x0a, 6, 0x0a, 1, 0x6c, 0x12, 1, 0x76]), [#"a{l="v"} 0@1000"#]),
            // A label without a value is none; timestamp_ms 5.
            (page([0x0a, 1, 0x61, 0x22, 7, 0x0a, 3, 0x0a, 1, 0x6c, 0x30, 5]), ["a 0@5"]),
            // A family without metrics, even without a name.
            (page([0x12, 1, 0x68]) + page([0x0a, 1, 0x61, 0x18, 3, 0x22, 0]), ["a 0@1000"]),
            // A summary and a histogram of nothing.
            (page([0x0a, 1, 0x61, 0x18, 2, 0x22, 0]), ["a_count 0@1000", "a_sum 0@1000"]),
            (page([0x0a, 1, 0x61, 0x18, 4, 0x22, 0]), [#"a_bucket{le="+Inf"} 0@1000"#, "a_count 0@1000", "a_sum 0@1000"]),
            // Two histogram messages are one: counts 3, then a bucket up to 0 with 2.
            (
                page([0x0a, 1, 0x61, 0x18, 4, 0x22, 10, 0x3a, 2, 0x08, 3, 0x3a, 4, 0x1a, 2, 0x08, 2]),
                [#"a_bucket{le="+Inf"} 3@1000"#, #"a_bucket{le="0.0"} 2@1000"#, "a_count 3@1000", "a_sum 0@1000"]
            ),
        ] as [([UInt8], [String])])
    func bytes(page: [UInt8], stored: [String]) throws {
        let target = ScrapedTarget()
        let report = try target.scrape(page, 1000)
        #expect(report.error == nil)
        #expect(try target.floats().sorted() == stored.sorted())
    }

    @Test(
        arguments: [
            ([5], "byte 0: a length beyond the end of the message"),
            ([0x80], "byte 0: the message ends within a value"),
            (page([0x22, 0]), "byte 1: a metric family without a name"),
            (page([0x0a, 1, 0xff, 0x22, 0]), "byte 3: the name of a metric family is not valid UTF-8"),
            (page([0x0a, 1, 0x61, 0x12, 1, 0xff, 0x22, 0]), "byte 6: the help of \"a\" is not valid UTF-8"),
            (page([0x0a, 1, 0x61, 0x18, 6, 0x22, 0]), "byte 0: unknown metric type 6 of \"a\""),
            (page([0x0a, 1, 0x61, 0x22, 0, 0x2a, 1, 0x73]), "byte 8: unit \"s\" is not a suffix of \"a\""),
            (page([0x0a, 1, 0x61, 0x0b, 0x0c, 0x22, 0]), "byte 4: a field of an unknown kind, or a group"),
            (page([0x0a, 1, 0x61, 0x08, 1, 0x22, 0]), "byte 5: field 1 is not of its type"),
            (page([0x0a, 1, 0x61, 0x22, 2, 0x0a, 0]), "byte 8: an empty label name"),
            (page([0x0a, 1, 0x61, 0x22, 5, 0x0a, 3, 0x0a, 1, 0xff]), "byte 8: a label is not valid UTF-8"),
            (page([0x0a, 1, 0x61, 0x22, 10, 0x0a, 3, 0x0a, 1, 0x6c, 0x0a, 3, 0x0a, 1, 0x6c]), "byte 13: label name \"l\" is not unique"),
            (page([0x0a, 1, 0x61, 0x22, 2, 0x12, 9]), "byte 7: a length beyond the end of the message"),
        ] as [([UInt8], String)])
    func refused(page: [UInt8], error: String) throws {
        let target = ScrapedTarget()
        #expect(try target.scrape(page, 1000).error?.description == error)
        #expect(try target.floats().isEmpty)
        #expect(try target.report("up") == "0@1000")
    }

    @Test("a small histogram behind a large one takes no more room than alone")
    func roomOfHistograms() throws {
        let metrics = [60_000, 2, 2].map { count in
            var metric = Metric()
            let layout = HistogramLayout(positiveSpans: [BucketSpan(offset: 0, length: UInt32(count))])
            metric.native = .whole(Histogram(layout: layout, count: UInt64(count), positiveDeltas: [1] + Array(repeating: 0, count: count - 1)))
            return metric
        }
        try MadePage([.init("h", .histogram, metrics)]).protobuf.withUnsafeBytes { page in
            var cursor = MetricFamilyCursor(page)
            var metric = ProtobufMetric()
            _ = try cursor.nextFamily()
            var kept: [NativeHistogram] = []
            while try cursor.nextMetric(into: &metric) { kept.append(try metric.histogram.native(.unknown)) }
            #expect(kept.map(\.fractions.count) == [60_000, 2, 2])
            for case .whole(let small) in kept.dropFirst() {
                #expect(small.positiveDeltas.capacity < 100 && small.layout.positiveSpans.capacity < 100)
            }
        }
    }

    // MARK: As text

    /// What text can say, protobuf says as well, page after page, with series that come and go.
    @Test func pagesAreStoredAsTheirTextIs() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var (random, maker) = (SeededRandom(seed), PageMaker(seed: seed, isPlain: true))
        let (proto, text) = (ScrapedTarget(), ScrapedTarget())
        var page = maker.page()
        for round in 0..<mutationRounds(usual: 300) {
            if random.below(3) == 0 { page = maker.page() }
            if random.below(4) == 0, !page.families.isEmpty { page.families.remove(at: random.below(page.families.count)) }
            if random.below(8) == 0 { page.families.reverse() }
            // Families without metrics have no text, and no text is no page.
            guard !page.text.isEmpty else { continue }
            let time = Timestamp(1000 + round * 1000)
            let one = try proto.scrape(page.protobuf, time)
            let other = try text.scrape(page.text, time)
            try #require(one.error == nil && one.tally == other.tally, "seed \(seed), round \(round): \(one), \(other)")
            try #require(one.outcome.refused == other.outcome.refused, "seed \(seed), round \(round)")
        }
        #expect(try proto.floats().sorted() == text.floats().sorted(), "seed \(seed)")
        func metadata(_ target: ScrapedTarget) -> [String: Metadata] { Dictionary(target.metadata.all()) { first, _ in first } }
        #expect(metadata(proto) == metadata(text), "seed \(seed)")
    }

    @Test("made and damaged pages are stored as a simple reader reads them, or refused by both")
    func damagedPages() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var fuzz = ProtobufFuzz(seed: seed)
        for round in 0..<mutationRounds(usual: 800) {
            let (bytes, isDamaged) = fuzz.next()
            do { try fuzz.check(bytes, isDamaged: isDamaged) } catch {
                Issue.record("seed \(seed), page \(round), \(bytes.map { String($0, radix: 16) }.joined(separator: " ")): \(error)")
                return
            }
        }
        #expect(fuzz.taken > 100 && fuzz.refused > 100 && fuzz.compared > 500)
    }

    // MARK: From page to page

    @Test("a page that is like the one before costs no work about labels")
    func steadyState() throws {
        let target = ScrapedTarget { $0.histograms.scrapeNative = true }
        var maker = PageMaker(seed: 7, isPlain: false)
        let page = MadePage(
            (0..<5).flatMap { round in
                maker.page().families.map {
                    var one = $0; one.name = "r\(round)_" + one.name; return one
                }
            })
        let first = try target.scrape(page.protobuf, 1_000_000)
        #expect(first.error == nil && first.tally.added > 20)
        for time in 1...3 {
            let again = try target.scrape(page.protobuf, 1_000_000 + Timestamp(time) * 1000)
            #expect(again.tally.added == 0 && again.tally.kept == first.tally.kept)
            // Nothing about any series had to be looked up, or to be marked.
            #expect(!target.ingester.cache.marking)
        }
    }

    @Test("what is gone from a page ends, and what comes back goes on")
    func ends() throws {
        let target = ScrapedTarget { $0.histograms.scrapeNative = true }
        let native = NativeHistogram.whole(
            Histogram(layout: HistogramLayout(positiveSpans: [BucketSpan(offset: 0, length: 1)]), count: 2, sum: 3, positiveDeltas: [2]))
        var metric = Metric()
        metric.native = native
        let whole = MadePage([.init("g", .gauge, [Metric([("a", "1")], 1), Metric([("a", "2")], 2)]), .init("h", .histogram, [metric])])
        let part = MadePage([.init("g", .gauge, [Metric([("a", "2")], 2)])])
        for (time, page) in [(1000, whole), (2000, part), (3000, whole)] { try target.scrape(page.protobuf, Timestamp(time)) }
        try target.scrape([1], 4000)
        try target.scrape(whole.protobuf, 5000)
        try target.ingester.end(at: 6000)
        #expect(
            try target.floats() == [
                #"g{a="1"} 1@1000 stale@2000 1@3000 stale@4000 1@5000 stale@6000"#, #"g{a="2"} 2@1000 2@2000 2@3000 stale@4000 2@5000 stale@6000"#,
            ])
        let h = "2/3 schema 0 +[0:2]"
        #expect(try target.histograms() == ["h \(h)@1000 stale@2000 \(h)@3000 stale@4000 \(h)@5000 stale@6000"])
    }

    @Test("of one page in two formats all series are the same")
    func formatsByTurns() throws {
        let target = ScrapedTarget()
        let page = MadePage([.init("g", .gauge, help: "H.", [Metric([("a", "1")], 1)])])
        for time in [1000, 3000] {
            try target.scrape(page.protobuf, Timestamp(time))
            try target.scrape(page.text, Timestamp(time + 1000))
        }
        #expect(try target.floats() == [#"g{a="1"} 1@1000 1@2000 1@3000 1@4000"#])
        #expect(target.head.stats.series == 6)
    }

    @Test("exemplars with their times, or that of the sample; of native histograms those with times, by time")
    func exemplars() throws {
        let target = ScrapedTarget { $0.histograms.scrapeNative = true }
        var counter = Metric([], 1)
        counter.exemplars = [.init(labels: [("t", "c")], value: 1)]
        var classic = Metric()
        classic.points = [.init(1, 2, .init(labels: [("t", "b")], value: 0.5, time: 70)), .init(2, 2)]
        classic.count = 2
        var native = Metric()
        native.native = .whole(Histogram(layout: HistogramLayout(positiveSpans: [BucketSpan(offset: 0, length: 1)]), count: 2, positiveDeltas: [2]))
        native.points = classic.points
        var own = native
        own.labels = [("own", "1")]
        own.exemplars = [
            .init(labels: [("t", "n3")], value: 3, time: 90), .init(labels: [("t", "n1")], value: 1, time: 80),
            .init(labels: [("t", "no")], value: 1),
            .init(labels: [("t", "n2")], value: 2, time: 80),
        ]
        let page = MadePage([.init("c", .counter, [counter]), .init("h", .histogram, [classic]), .init("n", .histogram, [native, own])])
        #expect(try target.scrape(page.protobuf, 1000).error == nil)
        #expect(
            target.exemplars.sorted() == [
                #"c: {t="c"} 1@1000"#, #"h_bucket{le="1.0"}: {t="b"} 0.5@70"#, #"n: {t="b"} 0.5@70"#,
                #"n{own="1"}: {t="n1"} 1@80 {t="n2"} 2@80 {t="n3"} 3@90"#,
            ])
    }
}
