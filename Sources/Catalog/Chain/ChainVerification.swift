/// What became of a look at the whole chain of records.
public struct ChainVerification: Sendable, Equatable {
    /// Where the chain is broken: the first record that is not what it was.
    public struct Fault: Sendable, Equatable, CustomStringConvertible {
        public let number: Int64
        public let reason: String

        public var description: String { "record \(number): \(reason)" }
    }

    public var records = 0
    /// All up to here were purged.
    public var purged = ChainMark.start
    /// The newest record.
    public var last = ChainMark.start
    public var fault: Fault?
}

/// Looks at records in the order of their numbers.
struct ChainCheck {
    /// As the row has it.
    struct Row {
        let number: Int64
        let id: [UInt8]
        let columns: RecordColumns
        let text: [UInt8]
        let hash: [UInt8]
        /// What the search by matchers has of it.
        let told: Set<[UInt8]>
    }

    private(set) var result = ChainVerification()
    private var newestPurge: String?
    private let expected: ChainMark?
    private var metExpected: Bool

    /// - Parameter expected: a mark that was noted elsewhere.
    init(purged: ChainMark, expected: ChainMark?) {
        result.purged = purged
        result.last = purged
        self.expected = expected
        metExpected = expected.map { $0.number <= 0 } ?? true
        if let expected, expected.number == purged.number { check(expected, against: purged) }
    }

    /// Of what was purged nobody can say whether it was what the mark tells.
    static func isBeyondCheck(_ expected: ChainMark, purged: ChainMark) -> Bool { expected.number > 0 && expected.number < purged.number }

    private mutating func check(_ expected: ChainMark, against mark: ChainMark) {
        metExpected = true
        if expected.hash != mark.hash { fail(mark.number, "it is not the record that was noted: the records up to it were written anew") }
    }

    private mutating func fail(_ number: Int64, _ reason: String) {
        if result.fault == nil { result.fault = ChainVerification.Fault(number: number, reason: reason) }
    }

    /// False once the chain is broken: nothing behind that can be trusted.
    mutating func take(_ row: Row) -> Bool {
        let number = result.last.number &+ 1
        if row.number != number {
            fail(number, row.number > number ? "missing; the next is \(row.number)" : "out of order")
            return false
        }
        let mark = ChainMark(number: number, hash: result.last.hash.following(number, row.id, row.text))
        guard mark.hash.bytes == row.hash else {
            fail(number, "changed, or put in: its hash does not follow from it and those before")
            return false
        }
        do throws(FieldError) {
            note(try RecordEntry(try Fields(parsing: row.text)), row)
        } catch {
            fail(number, "cannot be read: \(error)")
        }
        result.records += 1
        result.last = mark
        if let expected, expected.number == number { check(expected, against: mark) }
        return result.fault == nil
    }

    private mutating func note(_ entry: RecordEntry, _ row: Row) {
        if RecordColumns(entry) != row.columns { fail(row.number, "what it is found by was changed") }
        if Set(entry.alerts.map(\.encoding)) != row.told { fail(row.number, "the label sets it is found by were changed") }
        if case .audit(let record) = entry, record.action == PurgeNote.action { newestPurge = record.object }
    }

    /// - Parameter last: where the chain says it ends.
    mutating func end(last: ChainMark) -> ChainVerification {
        if result.fault != nil { return result }
        if last != result.last { fail(result.last.number &+ 1, "missing: the chain went up to \(last)") }
        if result.purged.number > 0, newestPurge != PurgeNote.object(result.purged) {
            fail(result.purged.number &+ 1, "no record tells that those before it were purged: they were removed")
        }
        if !metExpected, let expected, expected.number > result.last.number {
            fail(result.last.number &+ 1, "missing: records up to \(expected.number) were noted")
        }
        return result
    }
}

/// How a purge is put on record.
enum PurgeNote {
    static let action = "records.purge"

    static func object(_ mark: ChainMark) -> String { "through \(mark)" }
}
