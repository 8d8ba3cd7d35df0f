import Chunks
import Model
import TestKit

/// Decodes exactly-sized heap memory, so that an address sanitizer sees a read outside of it.
func decodeHistograms(_ bytes: [UInt8], _ encoding: ChunkEncoding, into column: HistogramColumn) throws {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try ChunkDecoder.decode(UnsafeRawBufferPointer(memory), encoding, into: column)
}

func encode(_ samples: [(Timestamp, NativeHistogram)]) -> [EncodedChunk] {
    var builder = HistogramChunkBuilder()
    var chunks: [EncodedChunk] = []
    for (time, histogram) in samples {
        if let chunk = builder.append(time, histogram) { chunks.append(chunk) }
    }
    if let chunk = builder.finish() { chunks.append(chunk) }
    return chunks
}

/// What a histogram says, without hints and buckets that count nothing.
func contents(_ histogram: NativeHistogram) -> String {
    if histogram.isStale { return "stale" }
    switch histogram {
    case .whole(let some):
        return scale(some.layout) + "count \(some.count) zero \(some.zeroCount) sum \(some.sum.bitPattern) "
            + buckets(some.layout.positiveSpans, some.positiveCounts) + " / " + buckets(some.layout.negativeSpans, some.negativeCounts)
    case .fractional(let some):
        return scale(some.layout) + "count \(some.count) zero \(some.zeroCount) sum \(some.sum.bitPattern) "
            + buckets(some.layout.positiveSpans, some.positiveCounts) + " / " + buckets(some.layout.negativeSpans, some.negativeCounts)
    }
}

private func scale(_ layout: HistogramLayout) -> String {
    "schema \(layout.schema) threshold \(layout.zeroThreshold) bounds \(layout.customValues) "
}

private func buckets<Count: AdditiveArithmetic>(_ spans: [BucketSpan], _ counts: [Count]) -> String {
    zip(HistogramLayout.indices(spans), counts).filter { $0.1 != .zero }.map { "\($0.0): \($0.1)" }.joined(separator: ", ")
}

/// Histograms as instrumented programs send them: some that count up, with buckets coming and resets between, some gauges, some markers.
struct RandomHistograms {
    private var random: SeededRandom
    private var counts: [Int32: Int64] = [:]
    private var negative: [Int32: Int64] = [:]
    private var zero: Int64 = 0
    private var schema: Int32 = 3
    private var threshold = 0x1p-128
    private var sum = 0.0
    private let isCustom: Bool
    private let isGauge: Bool
    private let isFractional: Bool

    init(_ random: SeededRandom) {
        self.random = random
        isCustom = self.random.below(4) == 0
        isGauge = self.random.below(4) == 0
        isFractional = self.random.below(2) == 0
        if isCustom {
            schema = HistogramLayout.customSchema
            threshold = 0
        }
    }

    mutating func next() -> NativeHistogram {
        switch random.below(40) {
        case 0: return isFractional ? .fractional(.staleMarker) : .whole(.staleMarker)
        case 1: restart()
        case 2 where !isCustom: schema = Int32(random.below(13)) - 4
        case 3 where !isCustom: threshold = [0, 0.001, 0x1p-243, 0x1p10, 0x1p-244, .leastNonzeroMagnitude][random.below(6)]
        default: break
        }
        observe()
        let histogram = histogram()
        // A few come as the other kind.
        return isFractional != (random.below(50) == 0) ? .fractional(FloatHistogram(histogram)) : .whole(histogram)
    }

    private mutating func restart() {
        counts = [:]
        negative = [:]
        zero = 0
        sum = 0
    }

    private mutating func observe() {
        for _ in 0..<random.below(5) {
            let index = Int32(random.below(12))
            if isCustom {
                counts[index % 5, default: 0] += Int64(random.below(1000))
            } else if random.below(4) == 0 {
                negative[index - 6, default: 0] += 1
            } else {
                counts[index * 3 - 9, default: 0] += Int64(random.below(1 << (1 + random.below(40))))
            }
        }
        if !isCustom { zero += Int64(random.below(3)) }
        if isGauge, let some = counts.keys.sorted().first { counts[some] = random.below(2) == 0 ? nil : 0 }
        sum += Double(random.below(1000)) / 7
    }

    private func histogram() -> Histogram {
        let positive = counts.keys.sorted()
        let minus = negative.keys.sorted()
        let layout = HistogramLayout(
            schema: schema, zeroThreshold: threshold, positiveSpans: HistogramLayout.spans(positive), negativeSpans: HistogramLayout.spans(minus),
            customValues: isCustom ? [0.1, 0.25, 1.0 / 3, 40_000] : [])
        let total = counts.values.reduce(0, +) + negative.values.reduce(0, +) + zero
        return Histogram(
            hint: isGauge ? .gauge : .unknown, layout: layout, count: UInt64(total), zeroCount: UInt64(zero), sum: sum,
            positiveDeltas: Histogram.deltas(positive.map { counts[$0] ?? 0 }), negativeDeltas: Histogram.deltas(minus.map { negative[$0] ?? 0 }))
    }
}
