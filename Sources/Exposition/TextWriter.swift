public import Model

/// Writes a page in Prometheus text format 0.0.4, with names as the reader wants them.
public struct TextWriter {
    /// The page so far, or since `take`.
    public private(set) var page: [UInt8] = []
    private let escaping: NameEscaping

    public init(escaping: NameEscaping = .allowUTF8) { self.escaping = escaping }

    /// What the page is to be sent as.
    public static func contentType(_ escaping: NameEscaping) -> String {
        "text/plain; version=0.0.4; charset=utf-8; escaping=\(escaping.rawValue)"
    }

    /// Hands over what is written; what follows begins anew.
    public mutating func take() -> [UInt8] {
        defer { page = [] }
        return page
    }

    /// Begins a metric family. `type` may be any that the format knows; others are written as `untyped`.
    public mutating func family(_ name: String, _ type: MetricType, help: String? = nil) {
        let name = escaping.escape(metric: name)
        if let help {
            put("# HELP ")
            putMetadataName(name)
            put(" ")
            put(escaped: help.utf8, quotes: false)
            put("\n")
        }
        put("# TYPE ")
        putMetadataName(name)
        put(" ")
        put(Self.word(type))
        put("\n")
    }

    /// Adds a sample; labels are written in the order given.
    public mutating func sample(_ name: String, _ labels: [(name: String, value: String)] = [], _ value: Double) {
        line(escaping.escape(metric: name), labels, value)
    }

    /// Adds a classic histogram: `buckets` are upper bounds with the counts of the observations at or below each, without `+Inf`.
    public mutating func histogram(
        _ name: String, _ labels: [(name: String, value: String)] = [], buckets: [(bound: Double, count: UInt64)], count: UInt64, sum: Double
    ) {
        let name = escaping.escape(metric: name)
        for bucket in buckets {
            line(name + "_bucket", labels + [("le", FloatFormat.general(bucket.bound))], Double(bucket.count))
        }
        line(name + "_bucket", labels + [("le", "+Inf")], Double(count))
        line(name + "_sum", labels, sum)
        line(name + "_count", labels, Double(count))
    }

    /// Adds a summary.
    public mutating func summary(
        _ name: String, _ labels: [(name: String, value: String)] = [], quantiles: [(quantile: Double, value: Double)], count: UInt64, sum: Double
    ) {
        let name = escaping.escape(metric: name)
        for (quantile, value) in quantiles { line(name, labels + [("quantile", FloatFormat.general(quantile))], value) }
        line(name + "_sum", labels, sum)
        line(name + "_count", labels, Double(count))
    }

    /// Adds a sample of a series with its own time, milliseconds.
    /// - Parameter more: labels that are added where the series has none of the name; they may be empty.
    public mutating func sample(_ series: Labels, adding more: [Label] = [], _ value: Double, at time: Timestamp) {
        var braces = Braces()
        let name = escaping.escape(metric: series.metricName ?? "")
        begin(name, &braces)
        series.forEachBytes { name, value in
            if !equalBytes(name, Labels.metricName) {
                open(&braces)
                putLabelName(name)
                put("=\"")
                put(escaped: value, quotes: true)
                put("\"")
            }
            return true
        }
        for label in more where series[label.name] == nil { put(label.name, label.value, &braces) }
        end(braces, value)
        put(" ")
        put(String(time))
        put("\n")
    }

    // MARK: Lines

    /// Whether there are labels, and with them braces.
    private struct Braces { var areOpen = false }

    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
        var braces = Braces()
        begin(name, &braces)
        for label in labels { put(label.name, label.value, &braces) }
        end(braces, value)
        put("\n")
    }

    private mutating func begin(_ name: String, _ braces: inout Braces) {
        if LabelNames.isLegacyMetricName(name) { return put(name) }
        open(&braces)
        putQuoted(name)
    }

    private mutating func put(_ name: String, _ value: String, _ braces: inout Braces) {
        open(&braces)
        putLabelName(name)
        put("=")
        putQuoted(value)
    }

    private mutating func open(_ braces: inout Braces) {
        put(braces.areOpen ? "," : "{")
        braces.areOpen = true
    }

    private mutating func end(_ braces: Braces, _ value: Double) {
        put(braces.areOpen ? "} " : " ")
        put(FloatFormat.general(value))
    }

    // MARK: Tokens

    private static func word(_ type: MetricType) -> String {
        switch type {
        case .counter, .gauge, .histogram, .summary: type.rawValue
        default: "untyped"
        }
    }

    private mutating func putMetadataName(_ name: String) {
        if LabelNames.isLegacyMetricName(name) { put(name) } else { putQuoted(name) }
    }

    /// Most names need nothing done to them.
    private mutating func putLabelName(_ name: UnsafeRawBufferPointer) {
        let isPlain = name.first.map(Byte.isLetter) == true && name.allSatisfy { Byte.isLetter($0) || Byte.isDigit($0) }
        if isPlain { page.append(contentsOf: name) } else { putLabelName(String(decoding: name, as: UTF8.self)) }
    }

    private mutating func putLabelName(_ name: String) {
        let name = escaping.escape(label: name)
        if LabelNames.isLegacyLabelName(name) { put(name) } else { putQuoted(name) }
    }

    private mutating func putQuoted(_ text: String) {
        put("\"")
        put(escaped: text.utf8, quotes: true)
        put("\"")
    }

    private mutating func put(_ text: String) { page.append(contentsOf: text.utf8) }

    private mutating func put(escaped text: some Sequence<UInt8>, quotes: Bool) {
        for byte in text {
            switch byte {
            case Byte.backslash: page += [Byte.backslash, Byte.backslash]
            case Byte.newline: page += [Byte.backslash, UInt8(ascii: "n")]
            case Byte.quote where quotes: page += [Byte.backslash, Byte.quote]
            default: page.append(byte)
            }
        }
    }
}
