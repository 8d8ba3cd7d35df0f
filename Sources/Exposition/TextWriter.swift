public import Model

/// Writes a page in Prometheus text format 0.0.4.
public struct TextWriter {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The page so far.
    public private(set) var page: [UInt8] = []

    public init() {}

    /// Begins a metric family. `type` may be any that the format knows; others are written as `untyped`.
    public mutating func family(_ name: String, _ type: MetricType, help: String) {
        put("# HELP ")
        putMetadataName(name)
        put(" ")
        put(escaped: help, quotes: false)
        put("\n# TYPE ")
        putMetadataName(name)
        put(" ")
        put(Self.word(type))
        put("\n")
    }

    /// Adds a sample; labels are written in the order given.
    public mutating func sample(_ name: String, _ labels: [(name: String, value: String)] = [], _ value: Double) {
        let plain = LabelNames.isLegacyMetricName(name)
        if plain { put(name) }
        if !plain || !labels.isEmpty {
            put("{")
            if !plain { putQuoted(name) }
            for (index, label) in labels.enumerated() {
                if index > 0 || !plain { put(",") }
                if LabelNames.isLegacyLabelName(label.name) { put(label.name) } else { putQuoted(label.name) }
                put("=")
                putQuoted(label.value)
            }
            put("}")
        }
        put(" ")
        put(FloatFormat.general(value))
        put("\n")
    }

    /// Adds a classic histogram: `buckets` are upper bounds with the counts of the observations at or below each, without `+Inf`.
    public mutating func histogram(
        _ name: String, _ labels: [(name: String, value: String)] = [], buckets: [(bound: Double, count: UInt64)], count: UInt64, sum: Double
    ) {
        for bucket in buckets {
            sample(name + "_bucket", labels + [("le", FloatFormat.general(bucket.bound))], Double(bucket.count))
        }
        sample(name + "_bucket", labels + [("le", "+Inf")], Double(count))
        sample(name + "_sum", labels, sum)
        sample(name + "_count", labels, Double(count))
    }

    /// Adds a summary.
    public mutating func summary(
        _ name: String, _ labels: [(name: String, value: String)] = [], quantiles: [(quantile: Double, value: Double)], count: UInt64, sum: Double
    ) {
        for (quantile, value) in quantiles { sample(name, labels + [("quantile", FloatFormat.general(quantile))], value) }
        sample(name + "_sum", labels, sum)
        sample(name + "_count", labels, Double(count))
    }

    private static func word(_ type: MetricType) -> String {
        switch type {
        case .counter, .gauge, .histogram, .summary: type.rawValue
        default: "untyped"
        }
    }

    private mutating func putMetadataName(_ name: String) {
        if LabelNames.isLegacyMetricName(name) { put(name) } else { putQuoted(name) }
    }

    private mutating func putQuoted(_ text: String) {
        put("\"")
        put(escaped: text, quotes: true)
        put("\"")
    }

    private mutating func put(_ text: String) { page.append(contentsOf: text.utf8) }

    private mutating func put(escaped text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case Byte.backslash: page += [Byte.backslash, Byte.backslash]
            case Byte.newline: page += [Byte.backslash, UInt8(ascii: "n")]
            case Byte.quote where quotes: page += [Byte.backslash, Byte.quote]
            default: page.append(byte)
            }
        }
    }
}
