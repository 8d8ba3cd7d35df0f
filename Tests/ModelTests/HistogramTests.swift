import Model
import Testing

@Suite("Native histograms")
struct HistogramTests {
    private let good = Histogram(
        layout: HistogramLayout(
            schema: 2, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: -2, length: 2), BucketSpan(offset: 1, length: 1)],
            negativeSpans: [BucketSpan(offset: 0, length: 1)]),
        count: 17, zeroCount: 2, sum: 3, positiveDeltas: [3, 1, -1], negativeDeltas: [5])

    private func changed(_ change: (inout Histogram) -> Void) -> Histogram {
        var histogram = good
        change(&histogram)
        return histogram
    }

    @Test("buckets count for themselves and lie where the spans say")
    func counts() throws {
        try good.check()
        #expect(good.positiveCounts == [3, 4, 3])
        #expect(HistogramLayout.indices(good.layout.positiveSpans) == [-2, -1, 1])
        #expect(HistogramLayout.spans([-2, -1, 1]) == good.layout.positiveSpans)
        #expect(Histogram.deltas([3, 4, 3]) == good.positiveDeltas)
        let fractions = FloatHistogram(good)
        try fractions.check()
        #expect(fractions.positiveCounts == [3, 4, 3] && fractions.count == 17 && fractions.layout == good.layout)
    }

    @Test("what contradicts itself is refused")
    func refused() {
        let table: [(String, Histogram)] = [
            ("schema 9 is not known", changed { $0.layout.schema = 9 }),
            ("no width", changed { $0.layout.zeroThreshold = .nan }),
            ("are for 4 buckets", changed { $0.layout.positiveSpans[0].length = 3 }),
            ("begins within", changed { $0.layout.positiveSpans[1].offset = -1 }),
            ("leads to bucket", changed { $0.layout.positiveSpans[1].length = .max }),
            ("below zero", changed { $0.positiveDeltas[2] = -10 }),
            ("beyond 64 bits", changed { $0.positiveDeltas[1] = .max }),
            ("hold 17, the count is 16", changed { $0.count = 16 }),
            (
                "hold 17, the count is 16",
                changed {
                    $0.count = 16; $0.sum = .nan
                }
            ),
            ("hold more", changed { $0.zeroCount = .max }),
            ("bounds of its own belong", changed { $0.layout.customValues = [1] }),
            ("neither a zero bucket", changed { $0.layout.schema = -53 }),
        ]
        for (reason, histogram) in table {
            do {
                try histogram.check()
                Issue.record("accepted, expected: \(reason)")
            } catch { #expect(error.reason.contains(reason), "\(error)") }
        }
    }

    @Test("with NaN observed some are in no bucket; of a stale marker only the sum matters")
    func nan() throws {
        try changed {
            $0.sum = .nan; $0.count = 20
        }.check()
        try changed {
            $0.sum = StaleMarker.value; $0.count = 1; $0.positiveDeltas = []
        }.check()
        #expect(Histogram.staleMarker.isStale && !good.isStale)
    }

    @Test("bounds of its own ascend, and spans stay among their buckets")
    func custom() throws {
        var layout = HistogramLayout(schema: -53, positiveSpans: [BucketSpan(offset: 1, length: 2)], customValues: [1, 2])
        try layout.check()
        layout.positiveSpans[0].length = 3
        #expect(throws: InvalidHistogram.self) { try layout.check() }
        for bounds in [[2, 1], [1, 1], [1, .infinity], [1, .nan]] as [[Double]] {
            #expect(throws: InvalidHistogram.self) { try HistogramLayout(schema: -53, customValues: bounds).check() }
        }
    }

    @Test("equal to the bit; the same sample whatever its hint")
    func equality() {
        #expect(good == changed { _ in })
        #expect(good != changed { $0.hint = .noReset })
        #expect(good.isSameSample(as: changed { $0.hint = .noReset }))
        #expect(changed { $0.sum = 0 } != changed { $0.sum = -0.0 })
        #expect(changed { $0.sum = .nan } == changed { $0.sum = .nan })
        #expect(FloatHistogram(good) == FloatHistogram(good))
    }

    @Test("a column keeps the earlier added of two with one time")
    func merging() {
        let column = HistogramColumn()
        let samples: [(Timestamp, UInt64)] = [(1, 1), (3, 3), (2, 2), (3, 4), (5, 5)]
        for (time, count) in samples { column.append(time, .whole(Histogram(count: count))) }
        column.mergeTail(from: 2)
        #expect(column.times == [1, 2, 3, 5])
        #expect(column.histograms[2] == .whole(Histogram(count: 3)))
        column.retain(from: 1) { $0 != 3 }
        #expect(column.times == [1, 2, 5])
    }
}
