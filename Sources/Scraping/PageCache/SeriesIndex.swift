/// Finds series by their key's fingerprint: open addressing over series numbers, each with half of its fingerprint so that a look at others is rare.
struct SeriesIndex {
    private static let empty = UInt64.max
    /// Where a series was that is gone: a search goes on behind it.
    private static let grave = UInt64.max - 1

    private var table: [UInt64]
    /// Series and graves.
    private var used = 0

    /// Has room for half as many more.
    init(count: Int) {
        var size = 64
        while size < (count + 1) * 2 { size *= 2 }
        table = Array(repeating: Self.empty, count: size)
    }

    /// The first series with the fingerprint for which `isIt` holds.
    func find(_ fingerprint: UInt64, _ isIt: (Int) -> Bool) -> Int? {
        var at = place(fingerprint)
        while table[at] != Self.empty {
            if table[at] >> 32 == fingerprint >> 32, table[at] != Self.grave, isIt(Self.number(table[at])) { return Self.number(table[at]) }
            at = next(at)
        }
        return nil
    }

    /// Adds a series that is not there; false if there is no room, and the index has to be made anew.
    mutating func add(_ number: Int, _ fingerprint: UInt64) -> Bool {
        guard (used + 1) * 4 <= table.count * 3 else { return false }
        var at = place(fingerprint)
        while table[at] < Self.grave { at = next(at) }
        if table[at] == Self.empty { used += 1 }
        table[at] = (fingerprint >> 32) << 32 | UInt64(number)
        return true
    }

    mutating func remove(_ number: Int, _ fingerprint: UInt64) {
        var at = place(fingerprint)
        while table[at] != Self.empty {
            if table[at] < Self.grave, Self.number(table[at]) == number { return table[at] = Self.grave }
            at = next(at)
        }
    }

    private static func number(_ entry: UInt64) -> Int { Int(entry & 0xffff_ffff) }
    private func place(_ fingerprint: UInt64) -> Int { Int(truncatingIfNeeded: fingerprint) & (table.count - 1) }
    private func next(_ at: Int) -> Int { (at + 1) & (table.count - 1) }
}
