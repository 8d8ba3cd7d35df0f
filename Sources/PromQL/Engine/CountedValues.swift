import Model

/// How often each value occurs in each group, at each step: one row for each value, named by it.
struct CountedValues {
    let table: RowTable
    private let label: String
    private var groups: GroupIndex
    private var rows: [Labels: Int] = [:]
    /// Rows by a value's bits, which may spell the same in several ways, as NaN does.
    private var known: [Place: Int] = [:]

    private struct Place: Hashable {
        let group: Int
        let bits: UInt64
    }

    init(_ node: Aggregation, label: String, _ table: RowTable) {
        self.table = table
        self.label = label
        groups = GroupIndex(node)
    }

    mutating func group(of key: RowKey) -> Int { groups.group(of: key) }

    /// - Parameter spelling: called only for values that are new.
    mutating func count(_ value: Double, at step: Int, in group: Int, _ key: RowKey, spelling: () -> String) throws {
        let place = Place(group: group, bits: value.bitPattern)
        let index = try known[place] ?? row(groups.keys[group].labels.setting(label, spelling()), key)
        // A histogram's mark stands for another one in the next series.
        if !HistogramShelf.isMark(value) { known[place] = index }
        let counts = table[index]
        counts.set(step, counts.has(step) ? counts.values[step] + 1 : 1)
    }

    private mutating func row(_ labels: Labels, _ key: RowKey) throws -> Int {
        if let row = rows[labels] { return row }
        rows[labels] = table.count
        try table.append(RowKey(labels: labels, dropsName: key.dropsName))
        return table.count - 1
    }
}
