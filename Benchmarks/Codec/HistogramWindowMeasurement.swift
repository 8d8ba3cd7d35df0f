import Chunks
import Model

/// What windows of native histograms cost in chunks: those of a latency in forty buckets, which sees thirty requests between two scrapes, every
/// 15 seconds.
public struct HistogramWindowMeasurement: Sendable {
    /// CPU time for a window, in nanoseconds: the best round.
    public var encode = Double.infinity
    public var decode = Double.infinity
    public var bytesPerWindow = 0.0
    private static let windowsPerSeries = 240

    /// Measures `rounds` rounds over the same series.
    public init(series count: Int, resolution: Int64, rounds: Int) throws {
        var random = Noise(seed: 42)
        let series = (0..<count).map { _ in Self.windows(resolution, &random) }
        let windows = Double(count * Self.windowsPerSeries)
        var chunks: [EncodedChunk] = []
        for _ in 0..<rounds {
            let encoding = Measurement.time { chunks = series.flatMap { HistogramAggregateChunk.encode($0, resolution: resolution) } }
            encode = min(encode, encoding / windows)
            decode = try min(decode, Measurement.time { try Self.decode(chunks, series) } / windows)
        }
        bytesPerWindow = Double(chunks.reduce(0) { $0 + $1.bytes.count }) / windows
    }

    private static func decode(_ chunks: [EncodedChunk], _ series: [[HistogramAggregate]]) throws {
        for (number, chunk) in chunks.enumerated() {
            var found: [HistogramAggregate] = []
            try chunk.bytes.withUnsafeBytes { try HistogramAggregateChunk.decode($0, into: &found) }
            guard found.count == series[number].count, found.last?.last == series[number].last?.last else { throw WrongSamples(series: number) }
        }
    }

    private static func windows(_ resolution: Int64, _ random: inout Noise) -> [HistogramAggregate] {
        let start = 1_700_000_000_000 / resolution * resolution
        let place = random.below(15_000)
        var latencies = Latencies()
        return (1...Int64(windowsPerSeries)).map { number in
            let end = start + number * resolution
            var all: [(time: Timestamp, histogram: Histogram)] = []
            for time in stride(from: end - resolution + 1 + place, through: end, by: 15_000) {
                latencies.observe(30, &random)
                all.append((time, latencies.histogram))
            }
            var window = HistogramAggregate(time: all[0].time, .whole(all[0].histogram))
            (window.end, window.count) = (end, Int64(all.count))
            (window.lastTime, window.last) = (all[all.count - 1].time, .whole(all[all.count - 1].histogram))
            window.sum = Latencies.sum(all.map(\.histogram))
            return window
        }
    }
}

/// A histogram that counts up: most of what it sees lies about the middle of its buckets.
private struct Latencies {
    private static let buckets = 40
    private var counts = [Int64](repeating: 1, count: Self.buckets)
    private var sum = 0.0

    mutating func observe(_ number: Int, _ random: inout Noise) {
        for _ in 0..<number {
            let bucket = (0..<4).reduce(0) { total, _ in total + Int(random.below(Int64(Self.buckets))) } / 4
            counts[bucket] += 1
            sum += Double(bucket * bucket + Int(random.below(10))) / 1000
        }
    }

    private static let layout = HistogramLayout(schema: 3, positiveSpans: [BucketSpan(offset: -20, length: UInt32(buckets))])

    var histogram: Histogram {
        let deltas = counts.indices.map { $0 == 0 ? counts[0] : counts[$0] - counts[$0 - 1] }
        return Histogram(layout: Self.layout, count: UInt64(counts.reduce(0, +)), sum: sum, positiveDeltas: deltas)
    }

    static func sum(_ histograms: [Histogram]) -> FloatHistogram {
        var total = FloatHistogram(histograms[0])
        for histogram in histograms.dropFirst() {
            for (bucket, count) in histogram.positiveCounts.enumerated() { total.positiveCounts[bucket] += Double(count) }
            total.count += Double(histogram.count)
            total.sum += histogram.sum
        }
        return total
    }
}
