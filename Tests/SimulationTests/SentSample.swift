import Model
import TSDB

/// What is sent follows from series and time, so that what is sent twice is the same twice. A series has floats, or histograms of one kind.
enum SentSample {
    case float(Double)
    case histogram(NativeHistogram)

    init(_ labels: Labels, _ time: Timestamp, isEnd: Bool = false) {
        let number = isEnd ? StaleMarker.value : Self.number(labels, time)
        switch Int(labels["n"] ?? "").map({ $0 % 5 }) {
        case 3: self = .histogram(isEnd ? .whole(.staleMarker) : Self.whole(number))
        case 4: self = .histogram(isEnd ? .fractional(FloatHistogram(sum: number)) : .fractional(Self.whole(number).fractions))
        default: self = .float(number)
        }
    }

    func add(to batch: inout AppendBatch, _ labels: Labels, _ time: Timestamp) {
        switch self {
        case .float(let value): batch.add(labels, time, value)
        case .histogram(let histogram): _ = batch.add(labels, time, histogram)
        }
    }

    private static func number(_ labels: Labels, _ time: Timestamp) -> Double {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in labels.encoding { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return Double((hash ^ UInt64(bitPattern: time)) % 1000)
    }

    /// Its buckets change from time to time, and its counts begin anew at every other sample.
    private static func whole(_ number: Double) -> NativeHistogram {
        let buckets = 1 + Int(number) % 3
        let layout = HistogramLayout(schema: 2, zeroThreshold: 0x1p-128, positiveSpans: [BucketSpan(offset: -1, length: UInt32(buckets))])
        let counts = [Int64](repeating: Int64(number), count: buckets)
        return .whole(
            Histogram(layout: layout, count: UInt64(number) * UInt64(buckets), sum: number, positiveDeltas: Histogram.deltas(counts)))
    }
}

/// The samples of one series in an answer, floats and histograms.
struct AnsweredSamples {
    let floats = SampleColumn()
    let histograms = HistogramColumn()

    func removeAll() {
        floats.removeAll()
        histograms.removeAll()
    }

    func read(_ set: any SeriesSet, _ index: Int, from: Timestamp, through: Timestamp) throws {
        try set.read(index, from: from, through: through, into: floats)
        try set.readHistograms(index, from: from, through: through, into: histograms)
    }

    var count: Int { floats.count + histograms.count }

    /// Both in order of time.
    var all: [(time: Timestamp, sample: SentSample)] {
        let first = (0..<floats.count).map { (time: floats.times[$0], sample: SentSample.float(floats.values[$0])) }
        let second = (0..<histograms.count).map { (time: histograms.times[$0], sample: SentSample.histogram(histograms.histograms[$0])) }
        return second.isEmpty ? first : (first + second).sorted { $0.time < $1.time }
    }

    /// The first time at which a column is not in order.
    var disorder: Timestamp? {
        for i in 1..<max(1, floats.count) where floats.times[i - 1] >= floats.times[i] { return floats.times[i] }
        for i in 1..<max(1, histograms.count) where histograms.times[i - 1] >= histograms.times[i] { return histograms.times[i] }
        let both = Set((0..<floats.count).map { floats.times[$0] }).intersection(histograms.times)
        return both.min()
    }
}

extension SentSample {
    func isSame(as other: SentSample) -> Bool {
        switch (self, other) {
        case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
        // The end of a series is the same of whole and of fractional counts.
        case (.histogram(let a), .histogram(let b)) where a.isStale || b.isStale: a.isStale && b.isStale
        case (.histogram(.whole(let a)), .histogram(.whole(let b))): Self.isSame(FloatHistogram(a), FloatHistogram(b))
        case (.histogram(.fractional(let a)), .histogram(.fractional(let b))): Self.isSame(a, b)
        default: false
        }
    }

    /// A chunk gives all its histograms the buckets of the widest.
    private static func isSame(_ a: FloatHistogram, _ b: FloatHistogram) -> Bool {
        let counts = { (histogram: FloatHistogram) in histogram.positiveCounts.reversed().drop { $0 == 0 }.map(\.bitPattern) }
        return a.sum.bitPattern == b.sum.bitPattern && a.count.bitPattern == b.count.bitPattern && counts(a) == counts(b)
    }
}
