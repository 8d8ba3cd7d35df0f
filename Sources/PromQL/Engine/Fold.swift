import Model

/// Which group a series belongs to, and the groups found so far in order of appearance.
struct GroupIndex {
    private let grouping: [String]
    private let isWithout: Bool
    private var numbers: [Labels: Int] = [:]
    private(set) var keys: [RowKey] = []

    init(_ node: Aggregation) {
        isWithout = node.isWithout
        grouping = node.isWithout ? node.grouping + [Labels.metricName] : node.grouping
    }

    var count: Int { keys.count }

    func labels(_ labels: Labels) -> Labels {
        if isWithout { return labels.dropping(grouping) }
        return grouping.isEmpty ? .empty : labels.keeping(grouping)
    }

    /// A group's name is dropped if any of its members' is.
    mutating func group(of key: RowKey) -> Int {
        let labels = labels(key.labels)
        if let known = numbers[labels] {
            if key.dropsName { keys[known].dropsName = true }
            return known
        }
        numbers[labels] = keys.count
        keys.append(RowKey(labels: labels, dropsName: key.dropsName))
        return keys.count - 1
    }
}

/// Folds rows into groups as they come: memory for groups × steps, whatever the number of series.
final class Fold<A: Accumulator> {
    private let steps: Int
    private let words: Int
    private var cells: UnsafeMutablePointer<A>
    private var presence: UnsafeMutablePointer<UInt64>
    private var count = 0
    private var capacity = 0
    private let account: QueryAccount

    init(steps: Int, account: QueryAccount) {
        self.steps = steps
        self.account = account
        words = Row.words(for: steps)
        cells = .allocate(capacity: 1)
        presence = .allocate(capacity: 1)
    }

    deinit {
        cells.deallocate()
        presence.deallocate()
        account.release(count * steps)
        account.giveBack(bytes: capacity * bytesPerGroup)
    }

    /// Adds a row to a group; groups are numbered in order of appearance.
    func add(_ row: Row, to group: Int) throws {
        if group == count { try appendGroup() }
        let groupCells = cells + group * steps
        let groupPresence = presence + group * words
        for word in 0..<words {
            let bits = row.presence[word]
            groupPresence[word] |= bits
            let base = word &<< 6
            if bits == .max {
                for step in base..<base &+ 64 { groupCells[step].add(row.values[step]) }
            } else {
                var rest = bits
                while rest != 0 {
                    let step = base &+ rest.trailingZeroBitCount
                    groupCells[step].add(row.values[step])
                    rest &= rest &- 1
                }
            }
        }
    }

    private func appendGroup() throws {
        try account.hold(steps)
        if count == capacity { try grow() }
        (cells + count * steps).update(repeating: A(), count: steps)
        (presence + count * words).update(repeating: 0, count: words)
        count += 1
    }

    private var bytesPerGroup: Int { steps * MemoryLayout<A>.stride + words * MemoryLayout<UInt64>.stride }

    private func grow() throws {
        let more = max(4, capacity * 2)
        try account.take(bytes: (more - capacity) * bytesPerGroup)
        capacity = more
        cells.grow(to: capacity * steps, keeping: count * steps)
        presence.grow(to: capacity * words, keeping: count * words)
    }

    func table(_ keys: [RowKey]) throws -> RowTable {
        let table = RowTable(steps: steps, account: account)
        for group in 0..<count {
            let row = try table.append(keys[group])
            row.presence.update(from: presence + group * words, count: words)
            let groupCells = cells + group * steps
            row.forEach { row.values[$0] = groupCells[$0].result }
        }
        return table
    }
}
