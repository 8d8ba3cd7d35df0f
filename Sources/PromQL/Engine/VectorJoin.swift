import Model

/// An arithmetic operation or comparison between two instant vectors.
///
/// Series meet their partners row by row, but every rule about how many partners there may be holds step by step: two rows of one group on
/// the "one" side are fine as long as they never have a value at the same step.
struct VectorJoin {
    private let evaluator: Evaluator
    private let node: Binary
    private let matching: VectorMatching
    private let many: RowTable
    private let one: RowTable
    private let manyGroups: [Int]
    private let oneGroups: [Int]
    private let signatures: [Labels]
    private let manyIsLeft: Bool
    private let words: Int
    private let steps: Int
    private let result: RowTable
    /// Where each output series lies in `result`.
    private var rows: [RowKey: Int] = [:]
    /// The group that made each row of `result`.
    private var origins: [Int] = []
    /// One-to-one: at which steps each group has already given a result.
    private var used: [UInt64]

    init(_ evaluator: Evaluator, _ node: Binary, _ matching: VectorMatching, _ left: RowTable, _ right: RowTable) {
        self.evaluator = evaluator
        self.node = node
        self.matching = matching
        manyIsLeft = matching.cardinality != .oneToMany
        let groups = MatchGroups(left, right, matching)
        (many, one) = manyIsLeft ? (left, right) : (right, left)
        (manyGroups, oneGroups) = manyIsLeft ? (groups.left, groups.right) : (groups.right, groups.left)
        signatures = groups.signatures
        steps = evaluator.grid.count
        words = Row.words(for: steps)
        result = RowTable(steps: steps, account: evaluator.context.account)
        used = [UInt64](repeating: 0, count: matching.cardinality == .oneToOne ? words * groups.count : 0)
    }

    mutating func table() throws -> RowTable {
        let partners = try partnersByGroup()
        let scratch = ScratchRow(steps: steps)
        for index in 0..<many.count {
            for partner in partners[manyGroups[index]] {
                try pair(many[index], one[partner], manyGroups[index], scratch.row, many.keys[index], one.keys[partner])
            }
        }
        try fillMissing(scratch.row)
        return result
    }

    /// The rows of the "one" side in each group, after checking that no two have a value at the same step.
    private func partnersByGroup() throws -> [[Int]] {
        var partners = [[Int]](repeating: [], count: signatures.count)
        // Where there is nothing on the other side nobody looks.
        var isAsked = [UInt64](repeating: matching.fillLeft == nil && matching.fillRight == nil ? 0 : .max, count: words)
        for index in 0..<many.count {
            for word in 0..<words { isAsked[word] |= many[index].presence[word] }
        }
        for index in 0..<one.count {
            let group = oneGroups[index]
            for earlier in partners[group] {
                for word in 0..<words where one[earlier].presence[word] & one[index].presence[word] & isAsked[word] != 0 {
                    throw duplicates(group, one.keys[earlier].labels, one.keys[index].labels)
                }
            }
            partners[group].append(index)
        }
        return partners
    }

    private func duplicates(_ group: Int, _ first: Labels, _ second: Labels) -> QueryError {
        let side = manyIsLeft ? "right" : "left"
        return .execution(
            "found duplicate series for the match group \(signatures[group].braced) on the \(side) hand-side of the operation: "
                + "[\(first.braced), \(second.braced)];many-to-many matching not allowed: matching labels must be unique on one side")
    }

    // MARK: Values

    /// Combines two rows of a group. A match counts as one even where a comparison then filters it out, but not where histograms cannot be combined.
    private mutating func pair(_ manyRow: Row, _ oneRow: Row, _ group: Int, _ scratch: Row, _ manyKey: RowKey, _ oneKey: RowKey) throws {
        for word in 0..<words { scratch.presence[word] = manyRow.presence[word] & oneRow.presence[word] }
        let isOfHistograms = !evaluator.context.shelf.isEmpty && (manyRow.hasHistograms() || oneRow.hasHistograms())
        if matching.cardinality == .oneToOne, !isOfHistograms { try claim(scratch, group) }
        try combine(manyRow, oneRow, isOfHistograms, into: scratch)
        if matching.cardinality == .oneToOne, isOfHistograms { try claim(scratch, group) }
        try deliver(scratch, group, manyKey, oneKey)
    }

    private func combine(_ manyRow: Row, _ oneRow: Row, _ isOfHistograms: Bool, into out: Row) throws {
        let (left, right) = manyIsLeft ? (manyRow.values, oneRow.values) : (oneRow.values, manyRow.values)
        let op = node.op
        if isOfHistograms || op == .trimLower || op == .trimUpper {
            return try combineHistograms(left, right, into: out)
        }
        if !op.isComparison {
            out.forEach { out.values[$0] = op.arithmetic(left[$0], right[$0]) }
        } else if node.returnsBool {
            out.forEach { out.values[$0] = op.holds(left[$0], right[$0]) ? 1 : 0 }
        } else {
            out.forEach { step in
                out.values[step] = left[step]
                if !op.holds(left[step], right[step]) { out.remove(step) }
            }
        }
    }

    private func combineHistograms(_ left: UnsafeMutablePointer<Double>, _ right: UnsafeMutablePointer<Double>, into out: Row) throws {
        let op = node.op
        let operators = HistogramOperators(evaluator.context, node)
        try out.forEachThrowing { step in
            let (a, b) = (left[step], right[step])
            var result: Double?
            if op == .trimLower || op == .trimUpper || HistogramShelf.isMark(a) || HistogramShelf.isMark(b) {
                result = try operators.combine(a, b)
            } else if op.dropsName(returnsBool: node.returnsBool) {
                result = op.scalarResult(a, b)
            } else {
                result = op.holds(a, b) ? a : nil
            }
            if let result { out.set(step, result) } else { out.remove(step) }
        }
    }

    /// `fill`: where one side of a group is missing at a step, a value stands in for it. Under `group_right` Prometheus takes the "many"
    /// side, although written on the right, for the left.
    private mutating func fillMissing(_ scratch: Row) throws {
        let filler = ScratchRow(steps: steps)
        if let fillOne = matching.fillRight {
            let taken = MatchGroups.presence(one, oneGroups, count: signatures.count)
            for index in 0..<many.count {
                filler.row.fill(fillOne, outside: taken, manyGroups[index])
                let key = RowKey(labels: signatures[manyGroups[index]])
                try pair(many[index], filler.row, manyGroups[index], scratch, many.keys[index], key)
            }
        }
        if let fillMany = matching.fillLeft {
            let taken = MatchGroups.presence(many, manyGroups, count: signatures.count)
            for index in 0..<one.count {
                filler.row.fill(fillMany, outside: taken, oneGroups[index])
                let key = RowKey(labels: signatures[oneGroups[index]])
                try pair(filler.row, one[index], oneGroups[index], scratch, key, one.keys[index])
            }
        }
    }

    // MARK: Labels

    /// Adds a row to the result; rows of one output series that come from different partners merge.
    private mutating func deliver(_ row: Row, _ group: Int, _ manyKey: RowKey, _ oneKey: RowKey) throws {
        if row.isEmpty { return }
        let key = key(manyKey, oneKey)
        guard let known = rows[key] else {
            rows[key] = result.count
            origins.append(group)
            try result.append(key, copying: row)
            return
        }
        if !result[known].absorb(row) {
            throw origins[known] == group && matching.cardinality != .oneToOne
                ? QueryError.execution("multiple matches for labels: grouping labels must ensure unique matches") : .sameLabelset
        }
    }

    private mutating func claim(_ row: Row, _ group: Int) throws {
        for word in 0..<words {
            if used[group * words + word] & row.presence[word] != 0 {
                throw QueryError.execution("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
            }
            used[group * words + word] |= row.presence[word]
        }
    }

    private func key(_ manyKey: RowKey, _ oneKey: RowKey) -> RowKey {
        let dropsName = node.op.dropsName(returnsBool: node.returnsBool)
        var labels = manyKey.labels
        if dropsName, !evaluator.context.delaysNameRemoval { labels = labels.droppingMetadata() }
        if matching.cardinality == .oneToOne {
            labels = matching.isOn ? labels.keeping(matching.labels) : labels.dropping(matching.labels)
        }
        for name in matching.include { labels = labels.setting(name, oneKey.labels[name] ?? "") }
        return RowKey(labels: labels, dropsName: evaluator.context.delaysNameRemoval && (dropsName || manyKey.dropsName))
    }
}

extension Row {
    /// One value at all steps at which the group is not present.
    fileprivate func fill(_ value: Double, outside taken: [UInt64], _ group: Int) {
        fill(value)
        for word in 0..<words { presence[word] &= ~taken[group * words + word] }
    }
}

extension Labels {
    /// `{a="b", c="d"}` with the metric name as a label among the others, as error messages show series.
    var braced: String {
        let parts = map { "\(LabelNames.isLegacyLabelName($0.name) ? $0.name : quoted($0.name))=\(quoted($0.value))" }
        return "{" + parts.joined(separator: ", ") + "}"
    }
}
