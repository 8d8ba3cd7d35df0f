import Model

/// What OpenMetrics 1.0 says about the samples of one metric family, checked sample by sample.
///
/// A *group* is all samples of a family with the same labels apart from `le`, `quantile` or the stateset's own label: one histogram, say.
struct StrictFamily {
    typealias Broken = StrictOpenMetrics.Broken

    let name: String
    var type: MetricType?
    var help: String?
    var unit: String?
    private(set) var hasSamples = false
    private var groupsSeen: Set<Labels> = []
    private var group: Labels?
    private var lastTime: Timestamp?
    private var untimed: Set<Labels> = []
    private var histogram = StrictHistogram()

    init(name: String) { self.name = name }

    /// The suffixes that samples of a type carry.
    private static func suffixes(_ type: MetricType?) -> [String] {
        switch type {
        case .counter: ["_total", "_created"]
        case .histogram: ["_bucket", "_count", "_sum", "_created"]
        case .gaugehistogram: ["_bucket", "_gcount", "_gsum"]
        case .summary: ["", "_count", "_sum", "_created"]
        case .info: ["_info"]
        case .gauge, .stateset, .unknown, nil: [""]
        }
    }

    /// Every name that is taken once this family is there.
    var reservedNames: [String] { [name] + Self.suffixes(type).filter { !$0.isEmpty }.map { name + $0 } }

    func owns(_ sample: String) -> Bool { Self.suffixes(type).contains { sameBytes(name + $0, sample) } }

    mutating func add(_ sample: String, _ labels: Labels, _ line: SeriesLine) throws(Broken) {
        hasSamples = true
        let suffix = String(decoding: sample.utf8.dropFirst(name.utf8.count), as: UTF8.self)
        try enterGroup(labels.dropping(ownLabels(suffix)), line)
        try checkOrder(labels, line)
        try checkValue(suffix, labels, line.value)
        if !line.exemplar.isEmpty { try checkExemplarAllowed(suffix) }
        if type == .histogram || type == .gaugehistogram { try histogram.add(suffix, labels, line.value, gauge: type == .gaugehistogram) }
    }

    /// Call when the last sample was seen.
    mutating func finish() throws(Broken) {
        if unit?.isEmpty == false, type == .info || type == .stateset { throw Broken("a family of type \(type?.rawValue ?? "") has no unit") }
        try finishGroup()
    }

    private func ownLabels(_ suffix: String) -> [String] {
        switch type {
        case .histogram, .gaugehistogram: ["__name__", "le"]
        case .summary: ["__name__", "quantile"]
        case .stateset: ["__name__", name]
        default: ["__name__"]
        }
    }

    private mutating func enterGroup(_ key: Labels, _ line: SeriesLine) throws(Broken) {
        guard key != group else { return }
        try finishGroup()
        guard groupsSeen.insert(key).inserted else { throw Broken("samples of one group are not together") }
        group = key
        lastTime = line.timestamp
        untimed = []
    }

    private mutating func finishGroup() throws(Broken) {
        if group != nil, type == .histogram || type == .gaugehistogram { try histogram.finish() }
        histogram = StrictHistogram()
    }

    private mutating func checkOrder(_ labels: Labels, _ line: SeriesLine) throws(Broken) {
        guard (line.timestamp == nil) == (lastTime == nil) else { throw Broken("samples with and without timestamps in one group") }
        if let time = line.timestamp {
            if let last = lastTime, time < last { throw Broken("timestamps go back") }
            if lastTime != time { histogram = StrictHistogram() }
            lastTime = time
        } else if !untimed.insert(labels).inserted {
            throw Broken("a second sample of the same series")
        }
    }

    private func checkExemplarAllowed(_ suffix: String) throws(Broken) {
        switch (type, suffix) {
        case (.counter, "_total"), (.histogram, "_bucket"), (.gaugehistogram, "_bucket"): return
        default: throw Broken("no exemplar is allowed here")
        }
    }

    private func checkValue(_ suffix: String, _ labels: Labels, _ value: Double) throws(Broken) {
        switch (type, suffix) {
        case (.counter, "_total"), (.histogram, "_count"), (.histogram, "_sum"), (.histogram, "_bucket"), (.gaugehistogram, "_bucket"),
            (.gaugehistogram, "_gcount"), (.summary, "_count"), (.summary, "_sum"):
            guard value >= 0 else { throw Broken("a value that must not be negative or NaN") }
        case (.gaugehistogram, "_gsum"):
            guard !value.isNaN else { throw Broken("a sum that is NaN") }
        case (.summary, ""):
            try checkQuantile(labels["quantile"], value)
        case (.info, "_info"):
            guard value == 1 else { throw Broken("an info is always 1") }
        case (.stateset, _):
            guard labels[name] != nil else { throw Broken("a stateset has a label of its own name") }
            guard value == 0 || value == 1 else { throw Broken("a state is 0 or 1") }
        default: return
        }
    }

    private func checkQuantile(_ text: String?, _ value: Double) throws(Broken) {
        guard let text, let quantile = FloatParsing.parse(text), quantile >= 0, quantile <= 1 else {
            throw Broken("a quantile label must be a number from 0 to 1")
        }
        // NaN is what an empty window gives.
        guard !(value < 0) else { throw Broken("a quantile must not be negative") }
    }
}

/// The rules of one histogram: rising bounds, cumulative counts, a last bucket `+Inf` that equals the count, and count and sum together.
struct StrictHistogram {
    typealias Broken = StrictOpenMetrics.Broken

    private var bound: Double?
    private var bucket = 0.0
    private var hasNegativeBound = false
    private var count: Double?
    private var sum: Double?
    private var isGauge = false
    private var isEmpty = true

    mutating func add(_ suffix: String, _ labels: Labels, _ value: Double, gauge: Bool) throws(Broken) {
        isEmpty = false
        isGauge = gauge
        switch suffix {
        case "_bucket": try addBucket(labels["le"], value)
        case "_count", "_gcount":
            try expectBuckets()
            count = value
        case "_sum", "_gsum":
            try expectBuckets()
            sum = value
        default: return
        }
    }

    private mutating func addBucket(_ text: String?, _ value: Double) throws(Broken) {
        guard let text, let next = FloatParsing.parse(text), !next.isNaN else { throw Broken("a bucket needs a number as its label le") }
        guard next != .infinity || text == "+Inf" else { throw Broken("the last bucket is written le=\"+Inf\"") }
        if let bound {
            guard next > bound else { throw Broken("the bounds of the buckets do not rise") }
            guard value >= bucket else { throw Broken("the counts of the buckets are not cumulative") }
        }
        bound = next
        bucket = value
        if next < 0 { hasNegativeBound = true }
    }

    private func expectBuckets() throws(Broken) {
        guard bound == .infinity else { throw Broken("count and sum come after the bucket le=\"+Inf\"") }
    }

    func finish() throws(Broken) {
        if isEmpty { return }
        guard bound == .infinity else { throw Broken("there is no bucket le=\"+Inf\"") }
        if let count, count != bucket { throw Broken("the count differs from the bucket le=\"+Inf\"") }
        if hasNegativeBound, !isGauge {
            if sum != nil { throw Broken("no sum is allowed with negative buckets") }
            return
        }
        guard (count == nil) == (sum == nil) else { throw Broken("count and sum come together") }
        if let sum, sum < 0, !hasNegativeBound { throw Broken("a negative sum without negative buckets") }
    }
}
