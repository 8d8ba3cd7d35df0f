public import Model
public import PromQL
public import TSDB

/// What past data a backfill evaluates rules over.
public enum BackfillSource: Sendable {
    /// Data that can be read here. Rules see what the rules before them have given, in every window of time.
    case local(Engine, any SeriesSource)
    /// A server's answers, which know nothing of what this run writes.
    case remote(any RangeAnswers)
}

/// Answers range queries; asked for one after the other.
public protocol RangeAnswers: Sendable {
    /// The values of an expression at `from`, `from + step`, … `through`. Times and `step` in milliseconds.
    func range(_ query: String, from: Timestamp, through: Timestamp, step: Int64) async throws -> [MatrixSeries]
}

/// Answers that were got for several times at once, handed out at each.
struct FixedAnswers: RuleQuerier {
    private let vectors: [Timestamp: [VectorSample]]

    init(_ matrix: [MatrixSeries]) {
        var vectors: [Timestamp: [VectorSample]] = [:]
        for series in matrix {
            for (time, value) in zip(series.times, series.values) {
                vectors[time, default: []].append(VectorSample(labels: series.labels, sample: Sample(time: time, value: value)))
            }
            for point in series.histograms {
                vectors[point.time, default: []].append(
                    VectorSample(labels: series.labels, sample: Sample(time: point.time, value: .nan), histogram: point.histogram))
            }
        }
        self.vectors = vectors
    }

    func instant(_ query: PreparedQuery, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult {
        QueryResult(value: .vector(vectors[time] ?? []))
    }

    func instant(_ text: String, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult {
        preconditionFailure("BUG: a recording rule has no templates")
    }
}
