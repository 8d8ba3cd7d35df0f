import Model

/// The warnings and infos that a query collects, each once, with its place in the query: of several places the one it came from last.
final class Annotations {
    private struct Notes {
        private var places: [[UInt8]: Int] = [:]
        private var notes: [(message: String, range: SourceRange)] = []

        mutating func add(_ message: String, _ range: SourceRange) {
            let key = Array(message.utf8)
            if let known = places[key] {
                notes[known].range = range
            } else {
                places[key] = notes.count
                notes.append((message, range))
            }
        }

        func texts(_ kind: String, _ query: String) -> [String] {
            notes.map { "PromQL \(kind): \($0.message) (\($0.range.place(in: query)))" }
        }
    }

    private let query: String
    private var warningNotes = Notes()
    private var infoNotes = Notes()

    init(query: String) { self.query = query }

    var warnings: [String] { warningNotes.texts("warning", query) }
    var infos: [String] { infoNotes.texts("info", query) }

    func warn(_ message: String, at range: SourceRange) { warningNotes.add(message, range) }

    func inform(_ message: String, at range: SourceRange) { infoNotes.add(message, range) }
}

// The wording is Prometheus's: dashboards and tests compare it.
extension Annotations {
    /// Warns of a quantile that is none.
    func checkQuantile(_ value: Double, at range: SourceRange) {
        if !(value >= 0 && value <= 1) { invalidQuantile(value, at: range) }
    }

    func invalidQuantile(_ value: Double, at range: SourceRange) {
        warn("quantile value should be between 0 and 1, got \(FloatFormat.general(value))", at: range)
    }

    func invalidRatio(_ value: Double, cappedTo cap: Double, at range: SourceRange) {
        warn(
            "ratio value should be between -1 and 1, got \(FloatFormat.general(value)), capping to \(FloatFormat.general(cap))", at: range)
    }

    func badBucketLabel(_ value: String, metric: String, at range: SourceRange) {
        warn("bucket label \"le\" is missing or has a malformed value of \(quoted(value)) for metric name \(quoted(metric))", at: range)
    }

    func ignoredHistograms(_ metric: String, at range: SourceRange) {
        inform("ignored histograms in a range containing both floats and histograms for metric name \(quoted(metric))", at: range)
    }

    func mixedSamples(_ metric: String, at range: SourceRange) {
        warn("encountered a mix of histograms and floats for metric name \(quoted(metric))", at: range)
    }

    func mixedSchemas(_ metric: String, at range: SourceRange) {
        warn("vector contains a mix of histograms with exponential and custom buckets schemas for metric name \(quoted(metric))", at: range)
    }

    func mixedKinds(_ metric: String, at range: SourceRange) {
        warn("vector contains a mix of classic and native histograms for metric name \(quoted(metric))", at: range)
    }

    func notCounter(_ metric: String, at range: SourceRange) {
        warn("this native histogram metric is not a counter: \(quoted(metric))", at: range)
    }

    func notGauge(_ metric: String, at range: SourceRange) {
        warn("this native histogram metric is not a gauge: \(quoted(metric))", at: range)
    }

    func reconciledBounds(_ operation: String, at range: SourceRange) {
        inform("mismatched custom buckets were reconciled during \(operation)", at: range)
    }

    func conflictingResets(_ operation: String, at range: SourceRange) {
        warn("conflicting counter resets during histogram \(operation)", at: range)
    }

    func incompatibleTypes(_ op: String, _ left: String, _ right: String, at range: SourceRange) {
        inform("incompatible sample types encountered for binary operator \(quoted(op)): \(left) \(op) \(right)", at: range)
    }

    func incompatibleLayouts(_ op: String, at range: SourceRange) {
        warn("incompatible bucket layout encountered for binary operator \(op)", at: range)
    }

    func overlappingStart(_ metric: String, at range: SourceRange) {
        warn("sample has start time that overlaps with previous sample timestamp for metric \(quoted(metric))", at: range)
    }

    func mixedInAggregation(at range: SourceRange) { warn("encountered a mix of histograms and floats for aggregation", at: range) }

    func ignoredInAggregation(_ aggregation: String, at range: SourceRange) {
        inform("ignored histogram in \(aggregation) aggregation", at: range)
    }

    func nanObservations(_ function: String, _ consequence: String, _ metric: String, at range: SourceRange) {
        inform("input to \(function) has NaN observations, \(consequence) for metric name \(quoted(metric))", at: range)
    }

    func ineffectiveSort(at range: SourceRange) {
        warn("sort is ineffective for range queries since results are always ordered by labels", at: range)
    }

    func possibleNonCounter(_ metric: String, at range: SourceRange) {
        inform("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(quoted(metric))", at: range)
    }

    func forcedMonotonicity(_ metric: String, at range: SourceRange) {
        inform(
            "input to histogram_quantile needed to be fixed for monotonicity "
                + "(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name \(quoted(metric))",
            at: range)
    }
}
