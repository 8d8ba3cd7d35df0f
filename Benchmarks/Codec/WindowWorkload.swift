import Model

/// A kind of series by how its values move, as exporters have them: of a hundred series in the usual mix as many have it as `share` says.
public enum Shape: String, CaseIterable, Sendable {
    case constant, counter, seconds, cents, tenths, pages, ratio, bucket, bucketSum = "bucket sum"

    public var share: Double {
        switch self {
        case .constant: 30
        case .counter: 30
        case .seconds: 7.5
        case .cents, .tenths, .ratio: 2.5
        case .pages: 5
        case .bucket: 17.5
        case .bucketSum: 2.5
        }
    }

    fileprivate func next(_ level: inout Int64, _ span: Int64, _ shift: Int64, _ random: inout Noise) -> Double {
        switch self {
        case .constant: return Double(level * 4096)
        case .counter, .bucket: level += random.below(256) >> shift
        case .seconds, .bucketSum: level += random.below(256) >> shift
        case .cents, .tenths, .pages, .ratio: level += random.below(256) - 127
        }
        let walk = abs(((level % (2 * span)) + 2 * span) % (2 * span) - span)
        switch self {
        case .constant, .counter, .bucket: return Double(level)
        case .seconds: return Double(level) / 100
        case .bucketSum: return Double(level) / 1000
        case .cents: return Double(walk) / 100
        case .tenths: return 20 + Double(walk >> 4) / 10
        case .pages: return Double(walk * 4096)
        case .ratio: return Double(walk) / 7001
        }
    }
}

/// Windows of series of one shape, scraped every 15 seconds.
public struct WindowWorkload: Sendable {
    public static let windowsPerSeries = 240

    public let resolution: Int64
    /// Of one series each.
    public let series: [[Aggregate]]

    public init(_ shape: Shape, series count: Int, resolution: Int64) {
        self.resolution = resolution
        var random = Noise(seed: 42)
        series = (0..<count).map { _ in
            let place = random.below(15_000)
            var level = 10_000 + random.below(10_000_000)
            let (span, shift) = (2000 + random.below(18_000), [0, 0, 2, 4, 6][Int(random.below(5))] as Int64)
            let start = 1_700_000_000_000 / resolution * resolution
            return (1...Int64(Self.windowsPerSeries)).map { number in
                let end = start + number * resolution
                var window: Aggregate?
                for time in stride(from: end - resolution + 1 + place, through: end, by: 15_000) {
                    Self.add(Sample(time: time, value: shape.next(&level, span, shift, &random)), &window)
                }
                var whole = window ?? Aggregate(end: end, staleTime: end)
                whole.end = end
                return whole
            }
        }
    }

    private static func add(_ sample: Sample, _ window: inout Aggregate?) {
        guard var open = window else {
            window = Aggregate(sample)
            return
        }
        if sample.value < open.last { (open.lost, open.resets) = (open.lost + open.last, open.resets + 1) }
        (open.lastTime, open.last, open.count) = (sample.time, sample.value, open.count + 1)
        open.sum += sample.value
        open.minimum = min(open.minimum, sample.value)
        open.maximum = max(open.maximum, sample.value)
        window = open
    }
}
