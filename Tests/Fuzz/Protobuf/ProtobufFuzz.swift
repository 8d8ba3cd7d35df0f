import Exposition
import Model
import Scraping
import TSDB
import TestKit

/// Feeds made and damaged protobuf pages to a target's ingester. A page that is refused must be refused by a slow and simple reader too, with a byte
/// and a reason, and leave nothing; one that is taken must be in the head as that reader reads it, the second time as the first.
public struct ProtobufFuzz {
    /// What went wrong.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var taken = 0
    public private(set) var refused = 0
    /// Samples found as they were sent.
    public private(set) var compared = 0
    /// The kinds of errors met: a measure of how much was reached.
    public private(set) var faults: Set<String> = []

    private static let corpusLimit = 2000
    private var random: SeededRandom
    private var maker: PageMaker
    private var mutator: ByteMutator
    private var corpus: [[UInt8]] = []

    public init(seed: UInt64) {
        random = SeededRandom(seed)
        maker = PageMaker(seed: seed ^ 0x1234_5678, isPlain: false)
        // Heads of fields, lengths at the bounds, long numbers, names, and infinity as a bound.
        let words: [[UInt8]] = [
            [0x0a], [0x12], [0x1a], [0x22], [0x2a, 0], [0x3a], [0x3a, 0], [0x18, 4], [0x18, 5], [0x18, 6], [0x0a, 0], [0x12, 0], [0x09], [0x10],
            [0x0b],
            [0xff, 0xff, 0xff, 0xff, 0x0f], [0x80, 0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [0x62, 0], [0x62, 4, 8, 2, 16, 2],
            [0x6a, 2, 2, 2], [0x82, 1, 0], [0x28, 0x69], [0x38, 1], [0x08, 3], [0x0a, 8] + Array("__name__".utf8), [0],
            [0, 0, 0, 0, 0, 0, 0xf0, 0x7f],
        ]
        mutator = ByteMutator(SeededRandom(seed ^ 0x5bd1_e995), words: words)
    }

    /// The next page, and whether it was damaged.
    public mutating func next() -> (bytes: [UInt8], isDamaged: Bool) {
        guard corpus.count > 20, random.below(3) > 0 else {
            let bytes = maker.page().protobuf
            if corpus.count < Self.corpusLimit { corpus.append(bytes) }
            return (bytes, false)
        }
        let (one, other) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        return (mutator.mutated(one, with: other), true)
    }

    public mutating func check(_ bytes: [UInt8], isDamaged: Bool) throws {
        var options = TargetIngester.Options()
        options.histograms.scrapeNative = random.below(3) > 0
        options.histograms.alwaysScrapeClassic = random.below(2) == 0
        try checkStored(bytes, isDamaged: isDamaged, options)
        // What classic histograms are made into is held to elsewhere; here it must go through.
        options.histograms.convertClassicToCustomBuckets = true
        options.histograms.bucketLimit = Int64(random.below(5))
        options.limits.samples = Int64(random.below(20))
        let converting = Self.target(options)
        for time in [1000, 2000] { _ = try Self.scrape(bytes, Timestamp(time), converting.ingester) }
    }

    private mutating func checkStored(_ bytes: [UInt8], isDamaged: Bool, _ options: TargetIngester.Options) throws {
        let (head, ingester) = Self.target(options)
        let plain = PlainPage(bytes, native: options.histograms.scrapeNative, classic: options.histograms.alwaysScrapeClassic)
        for time: Timestamp in [1000, 2000] {
            if let error = try Self.scrape(bytes, time, ingester).error {
                try checkRefused(error.description, bytes, plain, isDamaged: isDamaged)
                guard try Self.stored(head).isEmpty else { throw Failure(description: "\(error), but something of the page is stored") }
                return
            }
        }
        taken += 1
        guard let plain else { throw Failure(description: "taken, but it is no page") }
        if isDamaged, random.below(8) == 0, corpus.count < Self.corpusLimit { corpus.append(bytes) }
        try compare(plain, try Self.stored(head))
    }

    private mutating func checkRefused(_ error: String, _ bytes: [UInt8], _ plain: PlainPage?, isDamaged: Bool) throws {
        refused += 1
        guard isDamaged, plain == nil else { throw Failure(description: "refused, but it is a page: \(error)") }
        let words = error.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[0] == "byte", let place = Int(words[1].dropLast()), place <= bytes.count else {
            throw Failure(description: "no place is told: \(error)")
        }
        if faults.insert(String(words[2])).inserted, corpus.count < Self.corpusLimit { corpus.append(bytes) }
    }

    private static func target(_ options: TargetIngester.Options) -> (head: Head, ingester: TargetIngester) {
        var heading = HeadOptions()
        heading.futureTolerance = nil
        heading.outOfOrderWindow = .max / 4
        heading.maxExemplars = 100
        heading.recordsMetadata = true
        let head = Head(options: heading, clock: ManualClock(100_000))
        return (head, TargetIngester(head: head, targetLabels: .empty, options: options, metadata: TargetMetadata()))
    }

    private static func scrape(_ bytes: [UInt8], _ time: Timestamp, _ ingester: TargetIngester) throws -> TargetIngester.Report {
        let body = PageBuffer()
        body.append(bytes)
        let type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        return try ingester.ingest(.success(ScrapedPage(body: body, contentType: type)), at: time) { 0 }
    }

    // MARK: What is stored

    private struct Place: Hashable {
        let labels: Labels
        let time: Timestamp
    }

    /// Without what is about the scrapes.
    private static func stored(_ head: Head) throws -> [Place: String] {
        let set = try head.select(Selection(matchers: [], from: .min, through: .max))
        let (column, histograms) = (SampleColumn(), HistogramColumn())
        var found: [Place: String] = [:]
        for index in 0..<set.count {
            let labels = set.labels(index)
            if labels.count == 1, let name = labels.metricName, name == "up" || name.hasPrefix("scrape_") { continue }
            column.removeAll()
            histograms.removeAll()
            try set.read(index, from: .min, through: .max, into: column)
            try set.readHistograms(index, from: .min, through: .max, into: histograms)
            for at in 0..<column.count { found[Place(labels: labels, time: column.times[at])] = "\(column.values[at].bitPattern)" }
            for at in 0..<histograms.count { found[Place(labels: labels, time: histograms.times[at])] = PlainPage.text(histograms.histograms[at]) }
        }
        return found
    }

    /// Of several samples for one time the first holds.
    private mutating func compare(_ plain: PlainPage, _ found: [Place: String]) throws {
        var wanted: [Place: String] = [:]
        var kinds: [Labels: Set<Bool>] = [:]
        for sample in plain.samples {
            let value: String
            switch sample.value {
            case .float(let number):
                value = "\(number.bitPattern)"
                kinds[sample.labels, default: []].insert(false)
            case .histogram(let text):
                value = text
                kinds[sample.labels, default: []].insert(true)
            }
            for time in sample.time.map({ [$0] }) ?? [1000, 2000] {
                let place = Place(labels: sample.labels, time: time)
                if wanted[place] == nil { wanted[place] = value }
            }
        }
        for (place, value) in wanted where kinds[place.labels]?.count == 1 && place.time.magnitude < 1 << 50 && value != "stale" {
            guard found[place] == value else {
                throw Failure(description: "\(place.labels) at \(place.time): sent \(value), stored \(found[place] ?? "nothing")")
            }
            compared += 1
        }
        for place in found.keys where wanted[place] == nil { throw Failure(description: "\(place.labels) at \(place.time) was not sent") }
    }
}
