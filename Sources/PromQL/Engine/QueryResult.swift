public import Model
public import TSDB

/// The answer to a query.
public struct QueryResult: Sendable {
    public var value: QueryValue
    /// Notes on results that are probably not what was meant, each with its place in the query; in the order they arose.
    public var warnings: [String]
    /// Notes on results that may be fine.
    public var infos: [String]
    /// Samples decoded from storage; a tier's window is one.
    public var samplesRead: Int
    /// How many of them were windows, by tier.
    public var samplesByTier: [Tier: Int]

    public init(value: QueryValue, warnings: [String] = [], infos: [String] = [], samplesRead: Int = 0, samplesByTier: [Tier: Int] = [:]) {
        self.value = value
        self.warnings = warnings
        self.infos = infos
        self.samplesRead = samplesRead
        self.samplesByTier = samplesByTier
    }
}

public enum QueryValue: Sendable {
    case scalar(Sample)
    case string(time: Timestamp, String)
    case vector([VectorSample])
    case matrix([MatrixSeries])
}

/// One series' value at the evaluation time.
public struct VectorSample: Sendable {
    public var labels: Labels
    public var sample: Sample
    /// What is there in the place of the sample's value.
    public var histogram: FloatHistogram?

    public init(labels: Labels, sample: Sample, histogram: FloatHistogram? = nil) {
        self.labels = labels
        self.sample = sample
        self.histogram = histogram
    }
}

/// A native histogram at a time.
public struct HistogramSample: Sendable {
    public var time: Timestamp
    public var histogram: FloatHistogram

    public init(time: Timestamp, histogram: FloatHistogram) {
        self.time = time
        self.histogram = histogram
    }
}

/// One series' samples; `times` and `values` have equal counts, times rise.
public struct MatrixSeries: Sendable {
    public var labels: Labels
    public var times: [Timestamp]
    public var values: [Double]
    /// At other times than `times`, rising too.
    public var histograms: [HistogramSample]

    public init(labels: Labels, times: [Timestamp], values: [Double], histograms: [HistogramSample] = []) {
        self.labels = labels
        self.times = times
        self.values = values
        self.histograms = histograms
    }
}

/// Why a query has no answer. Messages are worded as Prometheus words them.
public enum QueryError: Error, Sendable, CustomStringConvertible {
    case parse(ParseError)
    case execution(String)
    case tooManySamples(String)
    case canceled(String)
    case timeout(String)
    case storage(String)

    public var description: String {
        switch self {
        case .parse(let error): error.description
        case .execution(let message), .tooManySamples(let message), .canceled(let message), .timeout(let message), .storage(let message): message
        }
    }
}
