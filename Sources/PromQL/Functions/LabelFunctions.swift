import Model

extension Evaluator {
    /// `label_replace(v, dst, replacement, src, regex)`
    func labelReplace(_ node: Call) throws -> RowTable {
        let target = try destination(node)
        let (template, source, pattern) = (text(node.arguments[2]), text(node.arguments[3]), text(node.arguments[4]))
        let regex: LabelRegex
        do {
            regex = try LabelRegex(pattern)
        } catch {
            throw QueryError.execution("invalid regular expression in label_replace(): \(pattern)")
        }
        // Many series have the same value; as bytes, since Swift's strings are equal where these are not.
        var known: [[UInt8]: String?] = [:]
        return try relabelled(node, target) { labels in
            let value = labels[source] ?? ""
            let bytes = Array(value.utf8)
            if let text = known[bytes] { return text }
            let text = regex.expand(template, matching: value)
            known[bytes] = .some(text)
            return text
        }
    }

    /// `label_join(v, dst, separator, src…)`
    func labelJoin(_ node: Call) throws -> RowTable {
        let target = try destination(node)
        let separator = text(node.arguments[2])
        let sources = node.arguments.dropFirst(3).map(text)
        for source in sources where !LabelNames.isValid(source) {
            throw QueryError.execution("invalid source label name in label_join(): \(source)")
        }
        return try relabelled(node, target) { labels in sources.map { labels[$0] ?? "" }.joined(separator: separator) }
    }

    private func destination(_ node: Call) throws -> String {
        guard case .string(let literal) = node.arguments[1].unwrapped, literal.isValidUTF8, LabelNames.isValid(literal.value) else {
            throw QueryError.execution("invalid destination label name in \(node.function.rawValue)(): \(text(node.arguments[1]))")
        }
        return literal.value
    }

    /// Sets `target` of each series to what `value` gives, nil leaving the series as it is.
    private func relabelled(_ node: Call, _ target: String, _ value: (Labels) -> String?) throws -> RowTable {
        let table = try table(node.arguments[0])
        for index in 0..<table.count {
            var key = table.keys[index]
            guard let text = value(key.labels) else { continue }
            key.labels = key.labels.setting(target, text)
            // A name that was set on purpose stays.
            if sameBytes(target, Labels.metricName) { key.dropsName = false }
            table.setKey(index, key)
        }
        return try merged(table)
    }
}
