import Model
import RemoteProtocols
import Runtime
import TSDB
import TestKit

/// Feeds made and damaged write requests to the receiver. What it takes must be in the head as a slow and simple reader reads it, what it calls
/// malformed must have left nothing there, and a second time the same must be known already.
public struct RemoteWriteFuzz {
    /// What went wrong.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var taken = 0
    public private(set) var malformed = 0
    /// Series that the simple reader's samples were found in.
    public private(set) var compared = 0

    private var random: SeededRandom
    private var mutator: ByteMutator
    private var corpus: [[UInt8]] = []
    private static let corpusLimit = 2000
    public static let messages: [(name: String, type: String)] = [
        ("1", "application/x-protobuf"), ("2", "application/x-protobuf;proto=io.prometheus.write.v2.Request"),
    ]

    public init(seed: UInt64) {
        random = SeededRandom(seed)
        // Heads of fields, lengths at the bounds, long numbers, and a metric's name.
        let words: [[UInt8]] = [
            [0x0a], [0x12], [0x1a], [0x22], [0x2a, 0], [0x0a, 0], [0x12, 0], [0x09], [0x10], [0x0b], [0xff, 0xff, 0xff, 0xff, 0x0f], [0x80, 0],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [0x10, 0x7f], [0x12, 2, 0x10, 5], Array("\n\u{8}__name__".utf8), [0],
        ]
        mutator = ByteMutator(SeededRandom(seed ^ 0x5bd1_e995), words: words)
    }

    /// The next message, of which version, and whether it was damaged.
    public mutating func next() -> (isSecond: Bool, bytes: [UInt8], isDamaged: Bool) {
        let isSecond = random.below(2) == 1
        guard corpus.count > 20, random.below(3) > 0 else {
            let series = (0..<random.below(6)).map { _ in madeSeries() }
            let bytes = isSecond ? SentSeries.version2(series) : SentSeries.version1(series)
            if corpus.count < Self.corpusLimit { corpus.append(bytes) }
            return (isSecond, bytes, false)
        }
        let (one, other) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        let bytes = mutator.mutated(one, with: other)
        if random.below(8) == 0, corpus.count < Self.corpusLimit { corpus.append(bytes) }
        return (isSecond, bytes, true)
    }

    private mutating func madeSeries() -> SentSeries {
        let names = ["job", "instance", "é", "le", "A", "with space"]
        var labels = [("__name__", "metric_\(random.below(4))")]
        for name in names.prefix(random.below(4)) { labels.append((name, random.below(5) == 0 ? "" : "value \(random.below(3))")) }
        if random.below(3) == 0 { labels.reverse() }
        var series = SentSeries(labels)
        for _ in 0..<random.below(4) { series.samples.append((Int64(random.below(50)) * 1000, Double(random.below(5)))) }
        if random.below(4) == 0 {
            let histogram = Histogram(
                layout: HistogramLayout(schema: 3, positiveSpans: [BucketSpan(offset: -2, length: 2)]), count: 7, sum: 2, positiveDeltas: [3, 1])
            series.histograms.append((Int64(random.below(50)) * 1000, .whole(histogram)))
        }
        if random.below(4) == 0 { series.exemplars.append(.init(labels: [("trace", "\(random.below(9))")], value: 1, time: Int64(random.below(50)))) }
        if random.below(4) == 0 { series.metadata = (UInt64(random.below(9)), "help", "") }
        return series
    }

    public mutating func check(_ isSecond: Bool, _ bytes: [UInt8], isDamaged: Bool) throws {
        // Small batches, so that requests are stored in parts.
        let head = Self.head()
        let receiver = WriteReceiver(head, WriteMetrics(MetricsRegistry()), threads: 0, batchLimit: 1 + random.below(20))
        let type = Self.messages[isSecond ? 1 : 0].type
        let result = receiver.store(plainSnappy(bytes), contentType: type, encoding: "snappy")
        guard result.status != 503 else { throw Failure(description: "the storage refuses: \(result.text)") }
        let plain = PlainReader(bytes, isSecond: isSecond)
        if head.stats.samplesAppended == 0, result.status == 400, !result.text.hasPrefix("refused") {
            malformed += 1
            guard isDamaged else { throw Failure(description: "a sound message was not read: \(result.text)") }
            return
        }
        taken += 1
        guard let plain else { throw Failure(description: "taken, but it is no message: \(result)") }
        try compare(plain, head)
        let again = receiver.store(plainSnappy(bytes), contentType: type, encoding: nil)
        guard isDamaged || (again.written?.samples, again.written?.histograms) == (result.written?.samples, result.written?.histograms) else {
            throw Failure(description: "first \(result), then \(again)")
        }
        try compare(plain, head)
    }

    private static func head() -> Head {
        var options = HeadOptions()
        options.futureTolerance = nil
        options.outOfOrderWindow = .max / 4
        options.maxExemplars = 100
        options.recordsMetadata = true
        return Head(options: options, clock: ManualClock(100_000))
    }

    /// Of several values for one time the first stays.
    private mutating func compare(_ plain: PlainReader, _ head: Head) throws {
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        let column = SampleColumn()
        var found: [Labels: [Timestamp: UInt64]] = [:]
        for index in 0..<set.count {
            column.removeAll()
            try set.read(index, from: .min, through: .max, into: column)
            let samples = (0..<column.count).map { (column.times[$0], column.values[$0].bitPattern) }
            found[set.labels(index)] = Dictionary(samples) { first, _ in first }
        }
        for (labels, samples) in plain.floats where !plain.mixed.contains(labels) && !samples.isEmpty {
            let wanted = Dictionary(samples.map { ($0.time, $0.value.bitPattern) }) { first, _ in first }
            // Times beyond what the head can tell apart are refused there.
            guard samples.allSatisfy({ $0.time.magnitude < 1 << 50 }) else { continue }
            guard found[labels] == wanted else {
                throw Failure(description: "\(labels): sent \(wanted), stored \(found[labels].map(String.init(describing:)) ?? "nothing")")
            }
            compared += 1
        }
    }
}
