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
    private let account: SampleAccount

    init(steps: Int, account: SampleAccount) {
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
        if keys.count == capacity { grow() }
        keys.append(key)
        let row = self[keys.count - 1]
        row.clear()
        return row
    }

    func append(_ key: RowKey, copying other: Row) throws {
        let row = try append(key)
        row.copy(from: other)
    }

    func setKey(_ index: Int, _ key: RowKey) { keys[index] = key }

    private func grow() {
        capacity = max(4, capacity * 2)
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

/// Counts the samples a query holds in memory against its limit.
final class SampleAccount {
    private var held = 0
    private let limit: Int
    /// Samples decoded from storage so far.
    private(set) var read = 0

    init(limit: Int) { self.limit = limit }

    func hold(_ samples: Int) throws(QueryError) {
        held += samples
        if held > limit { throw Self.refusal }
    }

    /// Refuses times so many that a single series would be too much.
    func check(_ grid: StepGrid) throws(QueryError) {
        if grid.count > limit { throw Self.refusal }
    }

    func release(_ samples: Int) { held -= samples }

    /// Counts a decoded column, which is held only until the next one.
    func decoded(_ samples: Int) throws(QueryError) {
        read += samples
        if held + samples > limit { throw Self.refusal }
    }

    private static let refusal = QueryError.tooManySamples("query processing would load too many samples into memory in query execution")
}
