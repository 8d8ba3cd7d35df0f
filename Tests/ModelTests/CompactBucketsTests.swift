import Model
import Testing

@Suite("Histograms with fewer buckets")
struct CompactBucketsTests {
    private static func histogram(_ spans: [(Int32, UInt32)], _ counts: [Int64]) -> Histogram {
        let layout = HistogramLayout(schema: 3, positiveSpans: spans.map { BucketSpan(offset: $0.0, length: $0.1) })
        return Histogram(layout: layout, count: UInt64(counts.reduce(0, +)), positiveDeltas: Histogram.deltas(counts))
    }

    private static func text(_ histogram: Histogram) -> String {
        let spans = histogram.layout.positiveSpans.map { "\($0.offset)+\($0.length)" }.joined(separator: " ")
        return "\(spans): \(histogram.positiveCounts.map(String.init).joined(separator: " "))"
    }

    /// Spans and counts, how many empty buckets may stay between two, and what is left.
    @Test(
        arguments: [
            ([], [], 0, ": "), ([(0, 0)], [], 0, ": "), ([(5, 2)], [0, 0], 0, ": "), ([(5, 2)], [0, 0], 2, ": "),
            ([(-2, 2)], [1, 2], 0, "-2+2: 1 2"),
            ([(1, 3)], [0, 1, 0], 0, "2+1: 1"), ([(1, 3)], [1, 0, 2], 0, "1+1 1+1: 1 2"), ([(1, 3)], [1, 0, 2], 1, "1+3: 1 0 2"),
            ([(1, 1), (0, 1)], [1, 2], 0, "1+2: 1 2"), ([(1, 1), (0, 0), (2, 1)], [1, 2], 0, "1+1 2+1: 1 2"),
            ([(1, 1), (2, 1)], [1, 2], 2, "1+4: 1 0 0 2"), ([(1, 1), (3, 1)], [1, 2], 2, "1+1 3+1: 1 2"),
            ([(1, 5)], [1, 0, 0, 0, 2], 2, "1+1 3+1: 1 2"),
            ([(-2_147_483_648, 1), (2_147_483_647, 1)], [1, 2], 2, "-2147483648+1 2147483647+1: 1 2"),
        ] as [([(Int32, UInt32)], [Int64], Int, String)])
    func compacted(spans: [(Int32, UInt32)], counts: [Int64], bridging: Int, left: String) throws {
        let histogram = Self.histogram(spans, counts)
        try histogram.check()
        #expect(Self.text(histogram.compacted(bridging: bridging)) == left)
        guard bridging == 0 else { return }
        let fractions = FloatHistogram(histogram).compacted()
        #expect(fractions.layout == histogram.compacted().layout)
        #expect(fractions.positiveCounts == histogram.compacted().positiveCounts.map(Double.init))
    }

    /// Bucket i of a schema lies in bucket ⌈i / 2⌉ of the one below.
    @Test(
        arguments: [
            ([(1, 4)], [1, 2, 3, 4], 2, "1+2: 3 7"), ([(1, 4)], [1, 2, 3, 4], 0, "1+1: 10"), ([(-3, 4)], [1, 2, 3, 4], 2, "-1+2: 3 7"),
            ([(0, 1), (7, 1)], [1, 2], 2, "0+1 3+1: 1 2"), ([(-2_147_483_648, 1)], [1], -4, "-16777216+1: 1"), ([(1, 1)], [1], 5, "1+1: 1"),
        ] as [([(Int32, UInt32)], [Int64], Int32, String)])
    func widened(spans: [(Int32, UInt32)], counts: [Int64], schema: Int32, left: String) throws {
        let histogram = Self.histogram(spans, counts)
        let widened = histogram.widened(to: schema)
        #expect(Self.text(widened) == left)
        #expect(widened.layout.schema == min(schema, 3))
        try widened.check()
        let fractions = FloatHistogram(histogram).widened(to: schema)
        #expect(fractions.layout == widened.layout && fractions.positiveCounts == widened.positiveCounts.map(Double.init))
    }
}
