import Model
import ProtobufFuzz
import Runtime
import Testing

@testable import Scraping
@testable import TSDB

@Suite("Native histograms on pages")
struct NativeHistogramScrapeTests {
    private static func histogram(_ positive: [Int32: Int64], _ negative: [Int32: Int64] = [:], schema: Int32 = 0) -> NativeHistogram {
        func side(_ counts: [Int32: Int64]) -> ([BucketSpan], [Int64]) {
            let indices = counts.keys.sorted()
            return (HistogramLayout.spans(indices), Histogram.deltas(indices.map { counts[$0] ?? 0 }))
        }
        let (spans, deltas) = side(positive)
        let (negativeSpans, negativeDeltas) = side(negative)
        let total = (Array(positive.values) + Array(negative.values)).reduce(0, +)
        let layout = HistogramLayout(schema: schema, positiveSpans: spans, negativeSpans: negativeSpans)
        return .whole(Histogram(layout: layout, count: UInt64(total), sum: 1, positiveDeltas: deltas, negativeDeltas: negativeDeltas))
    }

    private static func page(_ native: NativeHistogram, buckets: Bool = false, _ kind: MadePage.Kind = .histogram) -> [UInt8] {
        var metric = MadePage.Metric()
        metric.native = native
        if buckets { metric.points = [.init(1, 2)] }
        return MadePage([.init("h", kind, [metric])]).protobuf
    }

    private static let classic = [#"h_bucket{le="+Inf"} 5@1000"#, #"h_bucket{le="1.0"} 2@1000"#, "h_count 5@1000", "h_sum 1@1000"]

    /// Whether native ones are stored, classic ones too, and whether there are buckets of these.
    @Test(
        arguments: [
            (true, false, true, [], true), (true, true, true, classic, true), (true, true, false, [], true), (false, false, true, classic, false),
            (false, false, false, classic.filter { !$0.contains("1.0") }, false),
        ] as [(Bool, Bool, Bool, [String], Bool)])
    func whatIsStored(native: Bool, always: Bool, buckets: Bool, floats: [String], isStored: Bool) throws {
        let target = ScrapedTarget {
            $0.histograms.scrapeNative = native
            $0.histograms.alwaysScrapeClassic = always
        }
        let report = try target.scrape(Self.page(Self.histogram([0: 2, 3: 3]), buckets: buckets), 1000)
        #expect(report.error == nil && report.tally.kept == floats.count + (isStored ? 1 : 0))
        #expect(try target.floats().sorted() == floats.sorted())
        #expect(try target.histograms() == (isStored ? ["h 5/1 schema 0 +[0:2,3:3]@1000"] : []))
    }

    @Test("of all kinds, without their empty buckets")
    func kinds() throws {
        let target = ScrapedTarget { $0.histograms.scrapeNative = true }
        let whole = Self.histogram([-1: 0, 0: 2, 5: 0], [3: 1], schema: 2)
        try target.scrape(Self.page(whole), 1000)
        try target.scrape(Self.page(.fractional(whole.fractions)), 2000)
        try target.scrape(Self.page(whole, .gaugeHistogram), 3000)
        try target.scrape(Self.page(Self.histogram([:])), 4000)
        #expect(
            try target.histograms() == [
                "h 3/1 schema 2 +[0:2] -[3:1]@1000 ~3/1 schema 2 +[0:2] -[3:1]@2000 3/1 schema 2 gauge +[0:2] -[3:1]@3000 0/1 schema 0@4000"
            ])
    }

    @Test("one that contradicts itself makes the page fail, at its byte")
    func contradictions() throws {
        let target = ScrapedTarget { $0.histograms.scrapeNative = true }
        guard case .whole(var broken) = Self.histogram([0: 2]) else { return }
        broken.count = 3
        let report = try target.scrape(Self.page(.whole(broken)), 1000)
        #expect(report.error?.description == "byte 10: invalid histogram: the buckets hold 2, the count is 3")
        #expect(try target.histograms().isEmpty && target.report("up") == "0@1000")
    }

    @Test("a series that the head has forgotten is there again with its next sample, and needs no end")
    func forgotten() throws {
        let target = ScrapedTarget { $0.histograms.scrapeNative = true }
        try target.scrape(Self.page(Self.histogram([0: 2])), 1000)
        target.head.truncate(before: 5000)
        #expect(try target.histograms().isEmpty)
        #expect(try target.scrape(Self.page(Self.histogram([0: 3])), 6000).error == nil)
        #expect(try target.histograms() == ["h 3/1 schema 0 +[0:3]@6000"])
        target.head.truncate(before: 10_000)
        try target.ingester.end(at: 11_000)
        #expect(try target.histograms().isEmpty && target.samples(reports: true).isEmpty)
    }

    // MARK: Limits

    /// A histogram, the limit of its buckets and their least growth, and what is stored; nil if the page fails.
    @Test(
        arguments: [
            (histogram([1: 1, 2: 2, 3: 3, 4: 4], schema: 2), 4, 0, "10/1 schema 2 +[1:1,2:2,3:3,4:4]"),
            (histogram([1: 1, 2: 2, 3: 3, 4: 4], schema: 2), 3, 0, "10/1 schema 1 +[1:3,2:7]"),
            (histogram([1: 1, 2: 2, 3: 3, 4: 4], schema: 2), 1, 0, "10/1 schema 0 +[1:10]"),
            (histogram([-3: 1, 0: 2, 1: 4], [-3: 1, 0: 2, 1: 4], schema: 2), 4, 0, "14/1 schema 0 +[0:3,1:4] -[0:3,1:4]"),
            (histogram([1: 1], [1: 1], schema: 2), 1, 0, nil), (histogram([0: 1, 1: 1], schema: -4), 1, 0, nil),
            (histogram([8: 1, 9: 1], schema: 3), 0, 1.0905, "2/1 schema 3 +[8:1,9:1]"),
            (histogram([8: 1, 9: 1], schema: 3), 0, 1.1, "2/1 schema 2 +[4:1,5:1]"),
            (histogram([8: 1, 9: 1], schema: 3), 0, 2, "2/1 schema 0 +[1:1,2:1]"),
            (histogram([8: 1, 9: 1], schema: 3), 1, 1e9, "2/1 schema -4 +[1:2]"),
            (histogram([1: 1], schema: -2), 0, 1.1, "1/1 schema -2 +[1:1]"),
        ] as [(NativeHistogram, Int64, Double, String?)])
    func buckets(native: NativeHistogram, limit: Int64, factor: Double, stored: String?) throws {
        let target = ScrapedTarget {
            $0.histograms.scrapeNative = true
            $0.histograms.bucketLimit = limit
            $0.histograms.minimumBucketFactor = factor
        }
        let report = try target.scrape(Self.page(native), 1000)
        #expect(report.error == (stored == nil ? ScrapeError.bucketLimit : nil) && report.tally.kept == 1)
        #expect(try target.histograms() == (stored.map { ["h \($0)@1000"] } ?? []))
        #expect(try target.report("up") == (stored == nil ? "0@1000" : "1@1000"))
        let counters = ScrapeCounters()
        counters.count(report, pool: "j")
        #expect(counters.bucketLimitExceeded.value == (stored == nil ? 1 : 0))
    }

    @Test(
        "the narrowest schema whose buckets grow so much",
        arguments: [
            (0, 8), (1, 8), (1.001, 8), (1.0027, 8), (1.00271, 8), (1.0028, 7), (1.1, 2), (1.5, 0), (2, 0), (2.1, -1), (4, -1), (65_536, -4),
            (1e300, -4), (.infinity, -4),
        ] as [(Double, Int32)])
    func schemas(factor: Double, schema: Int32) { #expect(HistogramLimits.schema(factor) == schema) }

    @Test("histograms count as samples do")
    func sampleLimit() throws {
        func page(_ count: Int) -> [UInt8] {
            MadePage([
                .init(
                    "h", .histogram,
                    (0..<count).map { number in
                        var metric = MadePage.Metric([("n", "\(number)")], 0)
                        metric.native = Self.histogram([0: 1])
                        return metric
                    }), .init("g", .gauge, [MadePage.Metric([], 1)]),
            ]).protobuf
        }
        let target = ScrapedTarget {
            $0.histograms.scrapeNative = true
            $0.limits.samples = 3
        }
        #expect(try target.scrape(page(2), 1000).error == nil)
        let report = try target.scrape(page(3), 2000)
        #expect(report.error == .sampleLimit && report.tally.scraped == 4 && report.tally.kept == 4)
        #expect(try target.scrape(page(2), 3000).tally.added == 0)
        #expect(try target.histograms().allSatisfy { $0.hasSuffix(" 1/1 schema 0 +[0:1]@3000") })
    }
}
