import Model
import TestKit

/// Makes windows of all kinds: of values and times as servers scrape them, and of any others that a chunk must keep.
public struct WindowMaker {
    private var random: SeededRandom

    public init(_ random: inout SeededRandom) { self.random = SeededRandom(random.next()) }

    /// Windows of one series.
    public mutating func windows(atMost most: Int) -> (windows: [Aggregate], resolution: Int64) {
        let resolution = [300_000, 3_600_000, 1, 60_000, 7][random.below(5)] as Int64
        let number = 1 + random.below(most)
        let values = [Values.constant, .counter, .fractions, .bytes, .ratios, .anything, .specials, .mixed][random.below(8)]
        let rhythm = [Rhythm.even, .jittered, .odd, .loose][random.below(4)]
        let (gaps, stale, merged) = (random.below(3) == 0, random.below(3) == 0, random.below(6) == 0)
        var end = (Int64(random.below(8_000_000)) - 4_000_000) * resolution
        var windows: [Aggregate] = []
        var series = Series(
            values, rhythm, resolution, step: step(resolution), place: Int64(random.below(15_000)), level: Double(random.below(100_000)))
        for _ in 0..<number {
            end += resolution * (gaps && random.below(10) == 0 ? Int64(1 + random.below(1000)) : 1)
            var window = series.window(end, &random)
            if stale, random.below(12) == 0 {
                window.staleTime = window.lastTime + Int64(random.below(Int(end - window.lastTime) + 1))
                if random.below(3) == 0 { window = Aggregate(end: end, staleTime: end - Int64(random.below(Int(resolution)))) }
            }
            window.isMerged = merged && random.below(2) == 0
            windows.append(window)
        }
        return (windows, resolution)
    }

    private mutating func step(_ resolution: Int64) -> Int64 { max([resolution / 20, resolution / 7, resolution / 240, 15_000][random.below(4)], 1) }

    fileprivate enum Values { case constant, counter, fractions, bytes, ratios, anything, specials, mixed }

    fileprivate enum Rhythm { case even, jittered, odd, loose }

    /// Native histograms of one series with the resolution of their windows.
    public mutating func histograms(atMost most: Int) -> (windows: [HistogramAggregate], resolution: Int64) {
        let (frames, resolution) = windows(atMost: most)
        var shape = HistogramShape(&random)
        let changes = random.below(2) == 0
        let windows = frames.map { frame in
            if changes, random.below(20) == 0 { shape = HistogramShape(&random) }
            var window = HistogramAggregate(time: frame.end, shape.next(&random))
            (window.count, window.firstTime, window.lastTime) = (frame.count, frame.firstTime, frame.lastTime)
            if frame.count != 1 { window.last = shape.next(&random) }
            (window.staleTime, window.isMerged) = (frame.staleTime, frame.isMerged)
            if random.below(3) > 0 { window.sum = shape.next(&random).fractions }
            guard random.below(10) == 0 else { return window }
            (window.lost, window.resets) = (shape.next(&random).fractions, Int64(random.below(5)))
            return window
        }
        return (windows, resolution)
    }
}

/// A float series on its way through its windows.
private struct Series {
    private let values: WindowMaker.Values
    private let rhythm: WindowMaker.Rhythm
    private let resolution: Int64
    private let step: Int64
    private let place: Int64
    private var level: Double

    init(_ values: WindowMaker.Values, _ rhythm: WindowMaker.Rhythm, _ resolution: Int64, step: Int64, place: Int64, level: Double) {
        (self.values, self.rhythm, self.resolution, self.step, self.place, self.level) = (values, rhythm, resolution, step, place, level)
    }

    /// What is kept of samples made for the window; of one if the rhythm has none there.
    mutating func window(_ end: Timestamp, _ random: inout SeededRandom) -> Aggregate {
        var times = self.times(end, &random)
        if times.isEmpty { times = [end] }
        var samples = times.map { Sample(time: $0, value: next(&random)) }
        var window = Aggregate(samples.removeFirst())
        window.end = end
        for sample in samples { add(sample, &window) }
        if values == .anything, random.below(4) == 0 { window.lost = next(&random) }
        return window
    }

    private func times(_ end: Timestamp, _ random: inout SeededRandom) -> [Timestamp] {
        var times: [Timestamp] = []
        var time = end - resolution + 1 + (rhythm == .odd ? ((place - end) % step + step) % step : place % step)
        while time <= end, times.count < 300 {
            if rhythm != .loose || random.below(4) > 0 { times.append(time) }
            time += step
        }
        guard rhythm == .jittered else { return times }
        var before = end - resolution
        return times.map { time in
            before = min(end, max(before + (before < end ? 1 : 0), time + Int64(random.below(7)) - 3))
            return before
        }
    }

    private func add(_ sample: Sample, _ window: inout Aggregate) {
        if sample.value < window.last {
            window.lost += window.last
            window.resets += 1
        }
        window.count += 1
        window.sum += sample.value
        (window.lastTime, window.last) = (sample.time, sample.value)
        if sample.value < window.minimum || window.minimum.isNaN { window.minimum = sample.value }
        if sample.value > window.maximum || window.maximum.isNaN { window.maximum = sample.value }
    }

    private mutating func next(_ random: inout SeededRandom) -> Double {
        switch values {
        case .constant: break
        case .counter: level = random.below(2000) == 0 ? 0 : level + Double(random.below(256))
        case .fractions: level = ((level * 100).rounded() + Double(random.below(101) - 50)) / 100
        case .bytes: level = max(level.rounded(.down) + Double(random.below(101) - 50), 0) * 4096 / 4096
        case .ratios: level = abs(level + Double(random.below(101) - 50))
        case .anything: return Double(bitPattern: random.next())
        case .specials: return Self.specials[random.below(Self.specials.count)]
        case .mixed:
            if random.below(100) == 0 { return Self.specials[random.below(Self.specials.count)] }
            level += Double(random.below(256))
        }
        return values == .bytes ? level * 4096 : values == .ratios ? level / 7001 : level
    }

    private static let specials: [Double] = [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, StaleMarker.ordinaryNaN, Double(bitPattern: 0xfff8_0000_dead_beef), .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, .leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p53, 0x1p53 + 2, -0x1p53, 0x1p63, 1e15, 0.1, 1e-15,
        123_456_789.123_456_7,
    ]
}

/// Which buckets the histograms of a series have for a while.
private struct HistogramShape {
    private let layout: HistogramLayout
    private let isWhole: Bool
    private let hint: CounterResetHint
    private var counts: [Int64]

    init(_ random: inout SeededRandom) {
        let isCustom = random.below(4) == 0
        let buckets = 1 + random.below(12)
        let bounds = isCustom ? (0..<buckets).map { Double($0) * 2.5 } : []
        let negative = isCustom || random.below(2) == 0 ? [] : [BucketSpan(offset: Int32(random.below(9)) - 4, length: 2)]
        layout = HistogramLayout(
            schema: isCustom ? HistogramLayout.customSchema : Int32(random.below(13)) - 4, zeroThreshold: isCustom ? 0 : 0.001,
            positiveSpans: [BucketSpan(offset: isCustom ? 0 : Int32(random.below(9)) - 4, length: UInt32(buckets))], negativeSpans: negative,
            customValues: bounds)
        isWhole = random.below(2) == 0
        hint = CounterResetHint.allCases[random.below(4)]
        counts = (0..<layout.positiveBuckets + layout.negativeBuckets).map { _ in Int64(random.below(1000)) }
    }

    mutating func next(_ random: inout SeededRandom) -> NativeHistogram {
        for i in counts.indices { counts[i] += Int64(random.below(20)) }
        if random.below(50) == 0 { for i in counts.indices { counts[i] = 0 } }
        let zeros = layout.isCustom ? 0 : UInt64(random.below(4))
        let (positive, negative) = (Array(counts[..<layout.positiveBuckets]), Array(counts[layout.positiveBuckets...]))
        let histogram = Histogram(
            hint: hint, layout: layout, count: UInt64(counts.reduce(0, +)) + zeros, zeroCount: zeros, sum: Double(random.below(100_000)) / 8,
            positiveDeltas: Histogram.deltas(positive), negativeDeltas: Histogram.deltas(negative))
        if isWhole { return .whole(histogram) }
        var fractions = FloatHistogram(histogram)
        if random.below(2) == 0 { fractions.count += 0.25 }
        return .fractional(fractions)
    }
}
