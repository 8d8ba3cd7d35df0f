import Chunks
import Model

/// Series such as a server scrapes every 15 seconds: of each ten three stay as they are, three count whole numbers, one is a gauge with fractions, one
/// counts fractions, and two count for buckets of classic histograms.
public struct Workload: Sendable {
    public static let samplesPerSeries = 120

    public let seriesCount: Int
    public let times: [Timestamp]
    public let values: [Double]

    /// With times up to `jitter` milliseconds off.
    public init(series: Int, jitter: Int64) {
        seriesCount = series
        var random = Noise(seed: 42)
        var times: [Timestamp] = []
        var values: [Double] = []
        for index in 0..<series {
            let start: Timestamp = 1_700_000_000_000 + random.below(15_000)
            var value = Double(random.below(100_000))
            for i in 0..<Self.samplesPerSeries {
                times.append(start + Timestamp(i) * 15_000 + (jitter > 0 ? random.below(2 * jitter + 1) - jitter : 0))
                value = Self.next(value, kind: index % 10, &random)
                values.append(value)
            }
        }
        self.times = times
        self.values = values
    }

    private static func next(_ value: Double, kind: Int, _ random: inout Noise) -> Double {
        switch kind {
        case 0, 1, 2: value
        case 3, 4, 5: value + Double(random.below(200))
        case 6: Double(random.below(1_000_000)) / 1_000_000 * 80 + 10
        case 7: value + Double(random.below(1_000_000)) / 1_000_000
        default: value + Double(random.below(4) == 0 ? random.below(30) : 0)
        }
    }

    public var sampleCount: Int { times.count }
}

/// A small generator of its own: what is measured must not change with a library.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int64) -> Int64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int64(truncatingIfNeeded: (state >> 33) % UInt64(bound))
    }
}
