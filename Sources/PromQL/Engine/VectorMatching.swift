import Model

extension VectorMatching {
    /// The labels by which a series finds its partner.
    func signature(_ labels: Labels) -> Labels {
        isOn ? labels.keeping(self.labels) : labels.dropping(self.labels + [Labels.metricName])
    }
}

/// The rows of both sides of a vector operation, sorted into groups of equal signatures.
struct MatchGroups {
    let left: [Int]
    let right: [Int]
    let signatures: [Labels]

    init(_ leftTable: RowTable, _ rightTable: RowTable, _ matching: VectorMatching) {
        var numbers: [Labels: Int] = [:]
        var signatures: [Labels] = []
        func group(_ key: RowKey) -> Int {
            let signature = matching.signature(key.labels)
            if let known = numbers[signature] { return known }
            numbers[signature] = signatures.count
            signatures.append(signature)
            return signatures.count - 1
        }
        left = leftTable.keys.map(group)
        right = rightTable.keys.map(group)
        self.signatures = signatures
    }

    var count: Int { signatures.count }

    /// At which steps each group has any row: groups × words bits.
    static func presence(_ table: RowTable, _ groups: [Int], count: Int) -> [UInt64] {
        let words = Row.words(for: table.steps)
        var bits = [UInt64](repeating: 0, count: words * count)
        for index in 0..<table.count {
            let row = table[index]
            for word in 0..<words { bits[groups[index] * words + word] |= row.presence[word] }
        }
        return bits
    }
}

extension Evaluator {
    /// An operation between two instant vectors.
    func combineVectors(_ node: Binary) throws -> RowTable {
        let left = try table(node.left)
        let right = try table(node.right)
        let matching = node.matching ?? VectorMatching()
        if node.op.isSet { return try combineSets(node.op, left, right, matching) }
        var join = VectorJoin(self, node, matching, left, right)
        return try join.table()
    }

    /// `and`, `or`, `unless`: which rows stay is decided step by step.
    private func combineSets(_ op: BinaryOperator, _ left: RowTable, _ right: RowTable, _ matching: VectorMatching) throws -> RowTable {
        let groups = MatchGroups(left, right, matching)
        let words = Row.words(for: grid.count)
        let result = RowTable(steps: grid.count, account: context.account)
        func append(_ table: RowTable, _ index: Int, _ group: Int, _ mask: [UInt64], inverted: Bool) throws {
            let row = table[index]
            for word in 0..<words {
                let bits = mask[group * words + word]
                row.presence[word] &= inverted ? ~bits : bits
            }
            if !row.isEmpty { try result.append(table.keys[index], copying: row) }
        }
        if op == .or {
            let taken = MatchGroups.presence(left, groups.left, count: groups.count)
            for index in 0..<left.count { try result.append(left.keys[index], copying: left[index]) }
            for index in 0..<right.count { try append(right, index, groups.right[index], taken, inverted: true) }
            return try merged(result)
        }
        let mask = MatchGroups.presence(right, groups.right, count: groups.count)
        for index in 0..<left.count { try append(left, index, groups.left[index], mask, inverted: op == .unless) }
        return result
    }
}
