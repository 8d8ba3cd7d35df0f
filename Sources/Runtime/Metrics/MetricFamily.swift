public import Model

/// A label of one of our own metrics.
public struct MetricLabel: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One value of a metric and the labels that tell it from its siblings.
public struct MetricPoint: Sendable {
    public var labels: [MetricLabel]
    public var value: MetricValue

    public init(labels: [MetricLabel] = [], value: MetricValue) {
        self.labels = labels
        self.value = value
    }

    public init(_ value: Double, labels: [MetricLabel] = []) {
        self.init(labels: labels, value: .number(value))
    }
}

public enum MetricValue: Sendable {
    case number(Double)
    case histogram(HistogramSnapshot)
    case summary(SummarySnapshot)
}

/// What a histogram had seen at one moment.
public struct HistogramSnapshot: Sendable {
    /// Upper bounds with the number of observations at or below each; infinity left out.
    public var buckets: [(bound: Double, count: UInt64)]
    public var count: UInt64
    public var sum: Double
}

/// What a summary had seen at one moment.
public struct SummarySnapshot: Sendable {
    /// Of the observations of the last while; NaN if there were none.
    public var quantiles: [(quantile: Double, value: Double)]
    /// Of all observations.
    public var count: UInt64
    public var sum: Double
}

/// All points of one name.
public struct MetricFamily: Sendable {
    public var name: String
    public var type: MetricType
    public var help: String
    public var points: [MetricPoint]
}
