import Model

/// The warnings and infos that a query collects, each once, with their place in the query.
final class Annotations {
    private let query: String
    private(set) var warnings: [String] = []
    private(set) var infos: [String] = []
    private var seen: Set<[UInt8]> = []

    init(query: String) { self.query = query }

    func warn(_ message: String, at range: SourceRange) { add("PromQL warning: \(message) (\(range.place(in: query)))", to: &warnings) }

    func inform(_ message: String, at range: SourceRange) { add("PromQL info: \(message) (\(range.place(in: query)))", to: &infos) }

    private func add(_ text: String, to list: inout [String]) {
        if seen.insert(Array(text.utf8)).inserted { list.append(text) }
    }
}

// The wording is Prometheus's: dashboards and tests compare it.
extension Annotations {
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
