import Model

/// What the coder of histogram chunks needs of either kind of histogram. Numbers go into a chunk as bits.
protocol ChunkHistogram: Sendable {
    associatedtype Bucket: Comparable & AdditiveArithmetic & Sendable
    associatedtype Coder: NumberCoder

    static var encoding: ChunkEncoding { get }
    static var staleMarker: Self { get }

    init(hint: CounterResetHint, layout: HistogramLayout, count: UInt64, zeroCount: UInt64, sum: Double, positive: [UInt64], negative: [UInt64])

    var hint: CounterResetHint { get }
    var layout: HistogramLayout { get }
    var sum: Double { get }
    var isStale: Bool { get }
    func isSameSample(as other: Self) -> Bool

    var countBits: UInt64 { get }
    var zeroCountBits: UInt64 { get }
    /// Of the positive buckets and then the negative ones.
    var bucketBits: [UInt64] { get }

    /// The count of each bucket itself.
    var positiveCounts: [Bucket] { get }
    var negativeCounts: [Bucket] { get }
    /// The same histogram in a layout with other buckets.
    func with(_ layout: HistogramLayout, positive: [Bucket], negative: [Bucket]) -> Self

    /// Whether all it has observed, or all around zero, is less than before.
    func countsLess(than before: Self) -> Bool
    func countsLessAroundZero(than before: Self) -> Bool
}

extension Histogram: ChunkHistogram {
    typealias Coder = DeltaCoder

    static var encoding: ChunkEncoding { .histogram }

    init(hint: CounterResetHint, layout: HistogramLayout, count: UInt64, zeroCount: UInt64, sum: Double, positive: [UInt64], negative: [UInt64]) {
        self.init(
            hint: hint, layout: layout, count: count, zeroCount: zeroCount, sum: sum, positiveDeltas: positive.map { Int64(bitPattern: $0) },
            negativeDeltas: negative.map { Int64(bitPattern: $0) })
    }

    var countBits: UInt64 { count }
    var zeroCountBits: UInt64 { zeroCount }
    var bucketBits: [UInt64] { (positiveDeltas + negativeDeltas).map { UInt64(bitPattern: $0) } }

    func with(_ layout: HistogramLayout, positive: [Int64], negative: [Int64]) -> Histogram {
        var histogram = self
        histogram.layout = layout
        histogram.positiveDeltas = Self.deltas(positive)
        histogram.negativeDeltas = Self.deltas(negative)
        return histogram
    }

    func countsLess(than before: Histogram) -> Bool { count < before.count }
    func countsLessAroundZero(than before: Histogram) -> Bool { zeroCount < before.zeroCount }
}

extension FloatHistogram: ChunkHistogram {
    typealias Coder = XORCoder

    static var encoding: ChunkEncoding { .floatHistogram }

    init(hint: CounterResetHint, layout: HistogramLayout, count: UInt64, zeroCount: UInt64, sum: Double, positive: [UInt64], negative: [UInt64]) {
        self.init(
            hint: hint, layout: layout, count: Double(bitPattern: count), zeroCount: Double(bitPattern: zeroCount), sum: sum,
            positiveCounts: positive.map { Double(bitPattern: $0) }, negativeCounts: negative.map { Double(bitPattern: $0) })
    }

    var countBits: UInt64 { count.bitPattern }
    var zeroCountBits: UInt64 { zeroCount.bitPattern }
    var bucketBits: [UInt64] { (positiveCounts + negativeCounts).map(\.bitPattern) }

    func with(_ layout: HistogramLayout, positive: [Double], negative: [Double]) -> FloatHistogram {
        var histogram = self
        histogram.layout = layout
        histogram.positiveCounts = positive
        histogram.negativeCounts = negative
        return histogram
    }

    func countsLess(than before: FloatHistogram) -> Bool { count < before.count }
    func countsLessAroundZero(than before: FloatHistogram) -> Bool { zeroCount < before.zeroCount }
}
