import Model

/// A metric family as a page shows it: what rules about names, types and labels look at.
struct PageFamily {
    let name: String
    var hasHelp = false
    /// Nil until a TYPE line tells, or the first sample settles that none does.
    var type: MetricType?
    /// The names of all labels, `__name__` apart, as bytes.
    private(set) var labelNames: Set<[UInt8]> = []
    /// How many metrics there are; all lines of a histogram or a summary are one.
    private(set) var metricCount = 0
    /// How many buckets or quantiles the first metric has.
    private(set) var partCount = 0
    /// Whether a metric is there twice.
    private(set) var hasRepeats = false
    private var metrics: [Labels: Int] = [:]

    init(name: String) { self.name = name }

    /// The label that tells the lines of one metric apart.
    var partLabel: String? {
        switch type {
        case .histogram, .gaugehistogram: "le"
        case .summary: "quantile"
        default: nil
        }
    }

    /// How many series the family is, if all its metrics have as many parts as the first.
    var lineCount: Int { partLabel == nil ? metricCount : metricCount * (2 + partCount) }

    /// - Parameter suffix: what the line's name has behind the family's.
    mutating func add(_ key: PageKey, suffix: String) {
        if type == nil { type = .unknown }
        // When something was created is no metric of its own.
        if suffix == "_created", partLabel != nil || type == .counter { return }
        for label in key.labels where label.name != partLabel { labelNames.insert(Array(label.name.utf8)) }
        guard let partLabel else { return addMetric(key.series) }
        let metric = key.series.dropping([partLabel])
        let number = metrics[metric] ?? metricCount
        if number == metricCount { addMetric(metric) }
        let isWhole = ["_count", "_sum", "_gcount", "_gsum"].contains(suffix)
        if number == 0, !isWhole, key.series[partLabel] != nil { partCount += 1 }
    }

    private mutating func addMetric(_ labels: Labels) {
        if metrics.updateValue(metricCount, forKey: labels) != nil { hasRepeats = true }
        metricCount += 1
    }
}

/// The key of a line as it is written, with labels that are empty.
struct PageKey {
    let name: String
    let labels: [Label]
    /// The labels that count.
    let series: Labels

    /// Throws if no series can have the key, or an escape in it means nothing, which OpenMetrics leaves as it is written.
    init(_ range: Range<Int>, of cursor: ExpositionCursor) throws(ExpositionError) {
        var scanner = KeyScanner(
            page: cursor.page, end: range.upperBound, format: cursor.format, at: range.lowerBound, visitor: PartsVisitor(page: cursor.page))
        do { try scanner.scan() } catch { throw cursor.failure(error.cause, at: error.offset) }
        var name = ""
        var labels: [Label] = []
        for part in scanner.visitor.parts {
            guard cursor.format == .openMetrics || !Escapes.hasUnknown(part.bytes) else {
                throw cursor.failure("a backslash that escapes nothing", at: range.lowerBound)
            }
            guard let text = String(validating: Escapes.removed(part.bytes, quotes: true), as: UTF8.self) else {
                throw cursor.failure("a name or a label is not valid UTF-8", at: range.lowerBound)
            }
            switch part.kind {
            case .name: name = text
            case .labelName: labels.append(Label(text, ""))
            case .labelValue: labels[labels.count - 1] = Label(labels[labels.count - 1].name, text)
            }
        }
        guard !name.isEmpty else { throw cursor.failure("an empty metric name", at: range.lowerBound) }
        if let cause = Self.contradiction(labels) { throw cursor.failure(cause, at: range.lowerBound) }
        self.name = name
        self.labels = labels
        series = Labels(labels)
    }

    /// Of a label, which may be empty.
    func value(of name: String) -> String? { labels.first { sameBytes($0.name, name) }?.value }

    private static func contradiction(_ labels: [Label]) -> String? {
        var names: Set<[UInt8]> = []
        for label in labels {
            if label.name.isEmpty { return "an empty label name" }
            if sameBytes(label.name, Labels.metricName) { return "the label name \(quoted(Labels.metricName)) is reserved" }
            if !names.insert(Array(label.name.utf8)).inserted { return "label name \(quoted(label.name)) is not unique" }
        }
        return nil
    }
}

/// Gathers the parts of a key in their order.
private struct PartsVisitor: KeyVisitor {
    enum Kind { case name, labelName, labelValue }

    let page: UnsafePointer<UInt8>
    private(set) var parts: [(kind: Kind, bytes: UnsafeBufferPointer<UInt8>)] = []

    init(page: UnsafePointer<UInt8>) { self.page = page }

    mutating func name(_ range: Range<Int>, quoted: Bool) { add(.name, range) }

    mutating func label(_ name: Range<Int>, quoted: Bool, _ value: Range<Int>) {
        add(.labelName, name)
        add(.labelValue, value)
    }

    private mutating func add(_ kind: Kind, _ range: Range<Int>) {
        parts.append((kind, UnsafeBufferPointer(start: page + range.lowerBound, count: range.count)))
    }
}

extension Escapes {
    /// Whether a backslash stands before something that needs none. Scrapers take it for itself; writers should not rely on that.
    static func hasUnknown(_ raw: some Sequence<UInt8>) -> Bool {
        var afterBackslash = false
        for byte in raw {
            if afterBackslash, byte != Byte.backslash, byte != UInt8(ascii: "n"), byte != Byte.quote { return true }
            afterBackslash = !afterBackslash && byte == Byte.backslash
        }
        return afterBackslash
    }
}
