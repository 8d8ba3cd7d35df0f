import Model
import ProtobufFuzz
import TSDB
import Testing

@testable import Scraping

@Suite("Native histograms made of classic ones")
struct ConvertedHistogramTests {
    private static func target(keeping: Bool = false) -> ScrapedTarget {
        ScrapedTarget {
            $0.histograms.convertClassicToCustomBuckets = true
            $0.histograms.alwaysScrapeClassic = keeping
        }
    }

    /// Lines of a histogram `h` without that name, and what is made of them; nil: nothing.
    @Test(
        arguments: [
            ([#"_bucket{le="1"} 2"#, #"_bucket{le="2"} 5"#, #"_bucket{le="+Inf"} 6"#, "_sum 7", "_count 6"], "6/7 bounds 1,2 +[0:2,1:3,2:1]"),
            // In any order, with the last bucket made, or the count.
            (["_count 6", #"_bucket{le="2"} 5"#, #"_bucket{le="1"} 2"#, "_sum 7"], "6/7 bounds 1,2 +[0:2,1:3,2:1]"),
            ([#"_bucket{le="1"} 2"#, #"_bucket{le="+Inf"} 2"#], "2/0 bounds 1 +[0:2]"), (["_count 3", "_sum 1"], "3/1 bounds  +[0:3]"),
            ([#"_bucket{le="1"} 2"#], "2/0 bounds 1 +[0:2]"), (["_count 0"], "0/0 bounds "),
            // Two empty buckets stay where they are, three do not.
            (
                [#"_bucket{le="1"} 1"#, #"_bucket{le="2"} 1"#, #"_bucket{le="3"} 1"#, #"_bucket{le="4"} 2"#, "_count 2"],
                "2/0 bounds 1,2,3,4 +[0:1,1:0,2:0,3:1]"
            ),
            (
                [#"_bucket{le="1"} 1"#, #"_bucket{le="2"} 1"#, #"_bucket{le="3"} 1"#, #"_bucket{le="4"} 1"#, #"_bucket{le="5"} 2"#, "_count 2"],
                "2/0 bounds 1,2,3,4,5 +[0:1,4:1]"
            ),
            // Fractions.
            ([#"_bucket{le="1"} 0.5"#, #"_bucket{le="2"} 0.5"#, "_count 1.5", "_sum NaN"], "~1.5/NaN bounds 1,2 +[0:0.5,2:1]"),
            // Of two buckets with one bound the first.
            ([#"_bucket{le="1"} 1"#, #"_bucket{le="1.0"} 9"#, "_count 1"], "1/0 bounds 1 +[0:1]"),
            // What contradicts itself or says nothing.
            (["_sum 1"], nil), ([#"_bucket{le="1"} 3"#, #"_bucket{le="2"} 2"#, "_count 3"], nil),
            ([#"_bucket{le="2"} 2"#, #"_bucket{le="1"} 3"#], nil),
            ([#"_bucket{le="1"} 3"#, "_count 2"], nil), ([#"_bucket{le="+Inf"} 3"#, "_count 2"], nil), ([#"_bucket{le="1"} -1"#, "_count 1"], nil),
            (["_count -1"], nil), ([#"_bucket{le="1"} NaN"#, "_count NaN"], nil),
            ([#"_bucket{le="1"} 1"#, "_count 1e300"], "~1e+300/0 bounds 1 +[0:1,1:1e+300]"),
        ] as [([String], String?)])
    func rules(lines: [String], made: String?) throws {
        let target = Self.target()
        let report = try target.scrape("# TYPE h histogram\n" + lines.map { "h\($0)\n" }.joined(), 1000)
        #expect(report.error == nil)
        #expect(report.tally.scraped == (made == nil ? 0 : 1))
        #expect(try target.histograms() == (made.map { ["h \($0)@1000"] } ?? []))
        #expect(try target.floats().isEmpty)
    }

    @Test("more buckets than can be stored make no histogram, and cost no more than others", arguments: [65_536, 70_000])
    func manyBuckets(count: Int) throws {
        let target = Self.target()
        // From the last to the first.
        let lines = (0..<count).reversed().map { "h_bucket{le=\"\($0)\"} 1\n" }.joined()
        #expect(try target.scrape("# TYPE h histogram\n" + lines + "h_count 1\ng 1\n", 1000).error == nil)
        #expect(try target.floats() == ["g 1@1000"])
        #expect(try target.histograms().isEmpty)
    }

    @Test("what is no part of a histogram stays as it is")
    func others() throws {
        let target = Self.target()
        let page = """
            # TYPE h histogram
            h_bucket{a="1",le="1"} 2
            h_count{a="1"} 3
            h_bucket{a="2",le="1"} 4
            h_sum{a="2"} 1
            h_created{a="2"} 5
            h_bucket{a="3"} 6
            h_bucket{a="3",le="x"} 7
            other_count 8
            # TYPE s summary
            s_count 9
            # HELP g_count is between two histograms
            # TYPE k histogram
            k_count 1
            # a comment
            g_count 2

            """
        for time in [1000, 2000] { #expect(try target.scrape(page, Timestamp(time)).tally.scraped == 9) }
        let samples = [
            #"g_count 2"#, #"h_bucket{a="3", le="x"} 7"#, #"h_bucket{a="3"} 6"#, #"h_created{a="2"} 5"#, "other_count 8", "s_count 9",
        ]
        func twice(_ line: String) -> String {
            let at = line.lastIndex(of: " ") ?? line.endIndex
            return "\(line)@1000\(line[at...])@2000"
        }
        #expect(try target.floats().sorted() == samples.map(twice).sorted())
        #expect(
            try target.histograms()
                == [#"h{a="1"} 3/0 bounds 1 +[0:2,1:1]"#, #"h{a="2"} 4/1 bounds 1 +[0:4]"#, "k 1/0 bounds  +[0:1]"].map {
                    let at = $0.firstIndex(of: " ") ?? $0.endIndex
                    return "\($0[..<at])\($0[at...])@1000\($0[at...])@2000"
                })
    }

    @Test("classic ones may stay beside them; a repeated page asks for no labels, and what is gone ends")
    func keeping() throws {
        let target = Self.target(keeping: true)
        let page = "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_count 2\nh_sum 1\ng 1\n"
        #expect(try target.scrape(page, 1000).tally.added == 5)
        #expect(try target.scrape(page, 2000).tally.added == 0)
        try target.scrape("g 1\n", 3000)
        #expect(
            try target.floats() == [
                "g 1@1000 1@2000 1@3000", #"h_bucket{le="1.0"} 2@1000 2@2000 stale@3000"#, "h_count 2@1000 2@2000 stale@3000",
                "h_sum 1@1000 1@2000 stale@3000",
            ])
        #expect(try target.histograms() == ["h 2/1 bounds 1 +[0:2]@1000 2/1 bounds 1 +[0:2]@2000 stale@3000"])
        #expect(target.metadata["h"]?.type == .histogram)
    }

    @Test("times and exemplars come along, from every format")
    func formats() throws {
        let lines = "h_bucket{le=\"1\"} 2TIME # {t=\"x\"} 0.5 0.2\nh_bucket{le=\"+Inf\"} 3TIME # {t=\"y\"} 2\nh_sum 4TIME\nh_count 3TIME\n"
        let open = Self.target()
        let page = "# TYPE h histogram\n" + lines.replacing("TIME", with: " 0.9") + "# EOF\n"
        #expect(try open.scrape(page, 1000, type: "application/openmetrics-text; version=1.0.0").error == nil)
        var metric = MadePage.Metric()
        metric.points = [.init(1, 2, .init(labels: [("t", "x")], value: 0.5, time: 200)), .init(.infinity, 3, .init(labels: [("t", "y")], value: 2))]
        (metric.count, metric.sum, metric.time) = (3, 4, 900)
        let proto = Self.target()
        #expect(try proto.scrape(MadePage([.init("h", .histogram, [metric])]).protobuf, 1000).error == nil)
        for target in [open, proto] {
            #expect(try target.histograms() == ["h 3/4 bounds 1 +[0:2,1:1]@900"])
            #expect(target.exemplars == [#"h: {t="x"} 0.5@200"#])
            #expect(try target.floats().isEmpty)
        }
    }

    /// Classic histograms of random pages become the same, whether they come as text or as protobuf.
    @Test func textAndProtobufAreConvertedAlike() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        for keeping in [false, true] {
            var maker = PageMaker(seed: seed, isPlain: true)
            let (proto, text) = (Self.target(keeping: keeping), Self.target(keeping: keeping))
            for round in 0..<150 {
                let page = maker.page()
                guard !page.text.isEmpty else { continue }
                let time = Timestamp(1000 + round * 1000)
                for again in [0, 500] {
                    let one = try proto.scrape(page.protobuf, time + Timestamp(again))
                    let other = try text.scrape(page.text, time + Timestamp(again))
                    try #require(one.error == nil && one.tally == other.tally, "seed \(seed), round \(round): \(one.tally), \(other.tally)")
                }
            }
            #expect(try proto.floats().sorted() == text.floats().sorted(), "seed \(seed)")
            #expect(try proto.histograms().sorted() == text.histograms().sorted(), "seed \(seed)")
        }
    }
}
