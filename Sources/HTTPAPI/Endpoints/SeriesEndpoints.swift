import Model
import PromQL
import TSDB

/// `series`, `labels` and `label/<name>/values`: what there is to ask for.
extension Endpoints {
    func labelNames(_ call: APICall) async throws(APIError) -> APIResponse {
        try await names(call) { source, selection in try source.labelNames(selection) }
    }

    func labelValues(_ call: APICall) async throws(APIError) -> APIResponse {
        let name = NameEscaping.values.unescape(call.parameter)
        guard LabelNames.isValid(name) else { throw .badData("invalid label name: \(quoted(name))") }
        return try await names(call) { source, selection in try source.labelValues(name, selection) }
    }

    /// Names or values that `read` gives for each of the selectors, or for all series if there is none.
    private func names(
        _ call: APICall, _ read: @escaping @Sendable (any SeriesSource, Selection) throws -> [String]
    ) async throws(APIError) -> APIResponse {
        let limit = try call.form.limit()
        let (from, through) = try timeRange(call.form)
        return try await onQueryThread(call, key: key(call, through &- from, limit)) { [source] _ in
            let selectors = try selectors(call.form) { .badData($0) }
            let damage = DamageWarnings(source)
            var lists = try (selectors.isEmpty ? [[]] : selectors).map { matchers in
                try read(source, Selection(matchers: matchers, from: from, through: through))
            }
            var names = lists.removeFirst()
            for list in lists { names = Sorted.union(names, list) { compare($0, $1) } }
            let isTruncated = limit > 0 && names.count > limit
            if isTruncated { names.removeLast(names.count - limit) }
            return .success(warnings: (isTruncated ? [Self.truncated] : []) + damage.texts, reserving: 64 + names.count * 24) { $0.strings(names) }
        }
    }

    func series(_ call: APICall) async throws(APIError) -> APIResponse {
        guard !call.form.all("match[]").isEmpty else { throw .badData("no match[] parameter provided") }
        let limit = try call.form.limit()
        let (from, through) = try timeRange(call.form)
        return try await onQueryThread(call, key: key(call, through &- from, limit)) { [source] _ in
            let selectors = try selectors(call.form) { .invalid("match[]", $0) }
            let damage = DamageWarnings(source)
            let sets = try selectors.map { try source.select(Selection(matchers: $0, from: from, through: through)) }
            // One more than asked for tells whether there are more.
            let wanted = limit > 0 ? limit + 1 : Int.max
            var found: [Labels] = []
            for set in sets {
                let labels = (0..<min(set.count, wanted)).map(set.labels)
                found = found.isEmpty ? labels : Sorted.union(found, labels) { $0.compare($1) }
            }
            let isTruncated = limit > 0 && found.count > limit
            if isTruncated { found.removeLast(found.count - limit) }
            return .success(warnings: (isTruncated ? [Self.truncated] : []) + damage.texts, reserving: 64 + found.count * 160) { json in
                json.array { json in
                    for labels in found { json.labels(labels) }
                }
            }
        }
    }

    /// - Parameter length: of the time asked for, milliseconds.
    private func key(_ call: APICall, _ length: Int64, _ limit: Int) -> QuickQueries.Key {
        QuickQueries.Key(path: call.request.path, selectors: call.form.all("match[]"), length: length, limit: limit)
    }

    private func timeRange(_ form: FormValues) throws(APIError) -> (Timestamp, Timestamp) {
        (try form.time("start", default: Parameters.earliest), try form.time("end", default: Parameters.latest))
    }

    /// The matchers of each `match[]`. A selector that a series without labels would satisfy is refused, as it would be in a query, unless told
    /// otherwise.
    func selectors(_ form: FormValues, mayMatchEverything: Bool = false, _ told: (String) -> APIError) throws(APIError) -> [[Matcher]] {
        var selectors: [[Matcher]] = []
        for text in form.all("match[]") {
            let matchers: [Matcher]
            do { matchers = try PromQLParser.parseSeriesSelector(text) } catch { throw told("\(error)") }
            guard mayMatchEverything || matchers.contains(where: { !$0.matchesEmpty }) else {
                throw told("match[] must contain at least one non-empty matcher")
            }
            selectors.append(matchers)
        }
        return selectors
    }
}

private func compare(_ a: String, _ b: String) -> Int { precedes(a, b) ? -1 : sameBytes(a, b) ? 0 : 1 }

/// Sorted lists without repetitions.
enum Sorted {
    /// What is in one or both, each once. `order` is negative, zero or positive.
    static func union<Element>(_ a: [Element], _ b: [Element], by order: (Element, Element) -> Int) -> [Element] {
        var out: [Element] = []
        out.reserveCapacity(a.count + b.count)
        var i = 0
        var j = 0
        while i < a.count, j < b.count {
            let comparison = order(a[i], b[j])
            out.append(comparison <= 0 ? a[i] : b[j])
            if comparison <= 0 { i += 1 }
            if comparison >= 0 { j += 1 }
        }
        out += a[i...]
        out += b[j...]
        return out
    }
}
