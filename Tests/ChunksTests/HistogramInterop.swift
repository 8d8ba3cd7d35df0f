import Chunks
import Model
import TestKit
import Testing

/// The samples that were sent to Prometheus when `PrometheusChunks` was made.
enum PrometheusSample {
    private static let start: Timestamp = 1_700_000_000_000

    static func counter(_ i: Int, _ fraction: Double) -> (Timestamp, FloatHistogram) {
        let time = start + Timestamp(15_000 * i + i % 3)
        if i == 15 { return (time, .staleMarker) }
        let step = i < 12 ? i : i - 12
        let buckets = 3 + step / 4
        var counts = (0..<buckets).map { Double(($0 + 1) * (step + 1)) + fraction }
        var spans = [BucketSpan(offset: 0, length: UInt32(buckets))]
        if step >= 8 {
            spans.append(BucketSpan(offset: 2, length: 1))
            counts.append(Double(step))
        }
        let layout = HistogramLayout(schema: 3, zeroThreshold: 0x1p-128, positiveSpans: spans)
        let zero = Double(step)
        return (
            time,
            FloatHistogram(
                layout: layout, count: counts.reduce(zero, +), zeroCount: zero, sum: 0.5 * zero * zero, positiveCounts: counts)
        )
    }

    static func custom(_ i: Int, _ fraction: Double) -> (Timestamp, FloatHistogram) {
        let layout = HistogramLayout(
            schema: -53, positiveSpans: [BucketSpan(offset: 0, length: 2), BucketSpan(offset: 1, length: 3)],
            customValues: [0.005, 0.1, 1.0 / 3, 2.5, 1e6])
        let counts = [i, 2 * i, 3 * i, i * i, i].map(Double.init)
        let histogram = FloatHistogram(layout: layout, count: counts.reduce(0, +), sum: 1.1 * Double(i), positiveCounts: counts)
        return (start + Timestamp(15_000 * i), histogram)
    }

    static func gauge(_ i: Int, _ fraction: Double) -> (Timestamp, FloatHistogram) {
        let layout = HistogramLayout(
            schema: 0, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: i % 2 == 1 ? 1 : -2, length: 2)],
            negativeSpans: [BucketSpan(offset: 0, length: 1)])
        let histogram = FloatHistogram(
            hint: .gauge, layout: layout, count: Double(16 + i % 3), zeroCount: 5, sum: -1.5 * Double(i),
            positiveCounts: [Double(10 - i), Double(i + 1)], negativeCounts: [Double(i % 3)])
        return (start + Timestamp(15_000 * i), histogram)
    }
}

@Suite("Histogram chunks of Prometheus")
struct HistogramInterop {
    private static func whole(_ histogram: FloatHistogram) -> Histogram {
        if histogram.isStale { return .staleMarker }
        return Histogram(
            hint: histogram.hint, layout: histogram.layout, count: UInt64(histogram.count), zeroCount: UInt64(histogram.zeroCount),
            sum: histogram.sum, positiveDeltas: Histogram.deltas(histogram.positiveCounts.map { Int64($0) }),
            negativeDeltas: Histogram.deltas(histogram.negativeCounts.map { Int64($0) }))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hex: [String]
        let isWhole: Bool
        let count: Int
        let sample: @Sendable (Int, Double) -> (Timestamp, FloatHistogram)

        var samples: [(Timestamp, NativeHistogram)] {
            (0..<count).map { i in
                let (time, histogram) = sample(i, isWhole ? 0 : 0.25)
                return (time, isWhole ? .whole(whole(histogram)) : .fractional(histogram))
            }
        }
    }

    static let cases = [
        Case(
            testDescription: "counter", hex: [PrometheusChunks.counter, PrometheusChunks.counterReset], isWhole: true, count: 16,
            sample: PrometheusSample.counter),
        Case(
            testDescription: "counter with fractions", hex: [PrometheusChunks.counterFractions, PrometheusChunks.counterFractionsReset],
            isWhole: false, count: 16, sample: PrometheusSample.counter),
        Case(testDescription: "custom bounds", hex: [PrometheusChunks.custom], isWhole: true, count: 10, sample: PrometheusSample.custom),
        Case(
            testDescription: "custom bounds with fractions", hex: [PrometheusChunks.customFractions], isWhole: false, count: 10,
            sample: PrometheusSample.custom),
        Case(testDescription: "gauge", hex: [PrometheusChunks.gauge], isWhole: true, count: 10, sample: PrometheusSample.gauge),
        Case(
            testDescription: "gauge with fractions", hex: [PrometheusChunks.gaugeFractions], isWhole: false, count: 10,
            sample: PrometheusSample.gauge),
    ]

    @Test("what it wrote is read", arguments: cases)
    func reads(_ some: Case) throws {
        let column = HistogramColumn()
        for hex in some.hex { try decodeHistograms(bytes(hex), some.isWhole ? .histogram : .floatHistogram, into: column) }
        #expect(column.times == some.samples.map(\.0))
        for (read, (_, sent)) in zip(column.histograms, some.samples) { #expect(contents(read) == contents(sent)) }
    }

    @Test("ours are the same bytes", arguments: cases)
    func writes(_ some: Case) {
        let chunks = encode(some.samples)
        #expect(chunks.count == some.hex.count)
        for (chunk, hex) in zip(chunks, some.hex) {
            var theirs = bytes(hex)
            // A block cut from a head with an open chunk forgets that it began with a reset.
            if chunk.bytes[2] == 0x80 { theirs[2] = 0x80 }
            #expect(chunk.bytes == theirs)
        }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8).map { $0 < 0x40 ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
