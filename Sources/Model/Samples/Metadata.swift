/// What a metric is, as its exposition says.
public enum MetricType: String, Sendable {
    case unknown, counter, gauge, histogram, gaugehistogram, summary, info, stateset
}

/// The TYPE, HELP and UNIT lines of a metric family.
public struct Metadata: Hashable, Sendable {
    public var type: MetricType
    public var help: String
    public var unit: String

    public init(type: MetricType = .unknown, help: String = "", unit: String = "") {
        self.type = type
        self.help = help
        self.unit = unit
    }
}
