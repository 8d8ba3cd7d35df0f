import Model
import PromQL

/// What a recording rule's results become. The series of the last evaluation are kept in the order of its results, so that an answer with the same
/// series costs a comparison of bytes for each.
struct RecordingTable {
    private struct Known {
        let result: Labels
        let handle: Int
    }

    private let name: String
    private let labels: Labels
    private let clearedLabels: [String]
    private var known: [Known] = []

    /// - Parameter rule: with its group's labels.
    init(_ rule: Rule) {
        name = rule.name
        labels = rule.labels
        clearedLabels = rule.clearedLabels
    }

    /// Puts the results for the writer to commit. If it throws, nothing is put.
    mutating func evaluate(_ results: [VectorSample], limit: Int64, _ writer: inout SeriesWriter) throws(RuleFailure) {
        var next: [Known] = []
        next.reserveCapacity(results.count)
        var places: [Labels: Int]?
        var cursor = 0
        for result in results {
            let handle = handle(for: result.labels, &cursor, &places, &writer)
            guard writer.put(handle, result.sample.value, result.histogram) else { throw discard(&writer, .sameLabels("rule")) }
            next.append(Known(result: result.labels, handle: handle))
        }
        if limit > 0, results.count > limit { throw discard(&writer, .limit(limit, found: Int64(results.count), of: "series")) }
        known = next
    }

    private mutating func discard(_ writer: inout SeriesWriter, _ failure: RuleFailure) -> RuleFailure {
        writer.discard()
        known = []
        return failure
    }

    private func handle(for result: Labels, _ cursor: inout Int, _ places: inout [Labels: Int]?, _ writer: inout SeriesWriter) -> Int {
        if cursor < known.count, known[cursor].result == result {
            cursor += 1
            return known[cursor - 1].handle
        }
        if places == nil { places = Dictionary(known.enumerated().map { ($1.result, $0) }) { $1 } }
        if let place = places?[result] {
            cursor = place + 1
            return known[place].handle
        }
        return writer.handle(for: series(for: result))
    }

    private func series(for result: Labels) -> Labels {
        var builder = LabelsBuilder(result)
        builder.set(Labels.metricName, name)
        for name in clearedLabels { builder.remove(name) }
        for label in labels { builder.set(label.name, label.value) }
        return builder.labels()
    }
}
