import Model

/// Who a row is: its labels, and whether the metric name in them is to go at the query's end.
struct RowKey: Hashable {
    var labels: Labels
    var dropsName = false
}

/// The value of an instant vector expression at all steps: one row per series, in one block of memory.
///
/// The rows' order is the order of the answer to an instant query.
final class RowTable {
    let steps: Int
    private(set) var keys: [RowKey] = []
    private var values: UnsafeMutablePointer<Double>
    private var presence: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private let words: Int
    private let account: QueryAccount

    init(steps: Int, account: QueryAccount) {
        self.steps = steps
        self.account = account
        words = Row.words(for: steps)
        capacity = 0
        values = .allocate(capacity: 1)
        presence = .allocate(capacity: 1)
    }

    deinit {
        values.deallocate()
        presence.deallocate()
        account.release(keys.count * steps)
        account.giveBack(bytes: capacity * bytesPerRow)
    }

    var count: Int { keys.count }

    /// Views end with the next `append`.
    subscript(index: Int) -> Row {
        Row(values: values + index * steps, presence: presence + index * words, steps: steps)
    }

    /// A new row without values.
    @discardableResult
    func append(_ key: RowKey) throws -> Row {
        try account.hold(steps)
        if keys.count == capacity { try grow() }
        keys.append(key)
        let row = self[keys.count - 1]
        row.clear()
        return row
    }

    @discardableResult
    func append(_ key: RowKey, copying other: Row) throws -> Row {
        let row = try append(key)
        row.copy(from: other)
        return row
    }

    func setKey(_ index: Int, _ key: RowKey) { keys[index] = key }

    private var bytesPerRow: Int { steps * MemoryLayout<Double>.stride + words * MemoryLayout<UInt64>.stride + MemoryLayout<RowKey>.stride }

    private func grow() throws {
        let more = max(4, capacity * 2)
        try account.take(bytes: (more - capacity) * bytesPerRow)
        capacity = more
        values.grow(to: capacity * steps, keeping: count * steps)
        presence.grow(to: capacity * words, keeping: count * words)
    }

    /// The same rows in another order; `order` may leave some out.
    func reordered(_ order: [Int]) throws -> RowTable {
        let table = RowTable(steps: steps, account: account)
        for index in order { try table.append(keys[index], copying: self[index]) }
        return table
    }
}
