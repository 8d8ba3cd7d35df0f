import Model

extension HeadCore {
    func cardinality(limit: Int) -> HeadCardinality {
        var result = HeadCardinality()
        var values: [HeadCardinality.Entry] = []
        var bytes: [HeadCardinality.Entry] = []
        var pairs: [(name: UInt32, value: UInt32, count: Int)] = []
        for (name, lists) in postings.names {
            let text = symbols.text(name)
            let isMetricName = sameBytes(text, Labels.metricName)
            values.append(.init(name: text, value: lists.count))
            bytes.append(.init(name: text, value: lists.reduce(0) { $0 + symbols.bytes($1.key).count * Int($1.value.count) }))
            result.labelPairs += lists.count
            let largest = lists.map { (name: name, value: $0.key, count: Int($0.value.count)) }.sorted { $0.count > $1.count }.prefix(limit)
            pairs += largest
            if isMetricName {
                result.seriesByMetricName = top(largest.map { .init(name: symbols.text($0.value), value: $0.count) }, limit)
            }
        }
        result.valuesByLabelName = top(values, limit)
        result.bytesByLabelName = top(bytes, limit)
        result.seriesByLabelPair = top(
            pairs.map { .init(name: symbols.text($0.name) + "=" + symbols.text($0.value), value: $0.count) }, limit)
        return result
    }

    private func top(_ entries: [HeadCardinality.Entry], _ limit: Int) -> [HeadCardinality.Entry] {
        Array(entries.sorted { $0.value != $1.value ? $0.value > $1.value : precedes($0.name, $1.name) }.prefix(limit))
    }
}
