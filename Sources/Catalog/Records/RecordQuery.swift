public import Model

/// Which records are wanted: those that meet all conditions, the newest first.
public struct RecordQuery: Sendable {
    public var kinds: Set<RecordKind>
    /// Both are included.
    public var from: Timestamp
    public var through: Timestamp
    /// Empty: any. A word that ends with a dot stands for all actions that begin with it: `silence.`.
    public var actions: [String] = []
    /// Empty: any.
    public var receivers: [String] = []
    /// One of the selectors must match one of the alerts that the record tells of. Empty: records without alerts are wanted too.
    public var selectors: [[Matcher]] = []
    /// Where the page before this one ended.
    public var after: RecordCursor?
    /// How many at most.
    public var limit: Int

    public init(kinds: Set<RecordKind>, from: Timestamp = .min, through: Timestamp = .max, limit: Int = 1000) {
        self.kinds = kinds
        self.from = from
        self.through = through
        self.limit = limit
    }
}

/// A place in an answer, which stays where it is while records are added and purged.
public struct RecordCursor: Sendable, Hashable, CustomStringConvertible {
    public let time: Timestamp
    public let number: Int64

    public init(time: Timestamp, number: Int64) {
        self.time = time
        self.number = number
    }

    /// `1795478400000-42`
    public var description: String { "\(time)-\(number)" }

    /// Nil for a text that no cursor has.
    public init?(_ text: String) {
        guard let dash = text.utf8.lastIndex(of: UInt8(ascii: "-")), dash > text.startIndex,
            let time = Timestamp(text[..<dash]), let number = Int64(text[text.utf8.index(after: dash)...]), number > 0
        else { return nil }
        self.init(time: time, number: number)
    }
}

/// A part of an answer.
public struct RecordPage: Sendable, Hashable {
    public var records: [KeptRecord]
    /// Where the next page begins; nil if this is the last.
    public var next: RecordCursor?

    public init(records: [KeptRecord], next: RecordCursor? = nil) {
        self.records = records
        self.next = next
    }
}

/// Finds records. Blocks; for threads of one's own.
public protocol RecordsReading: Sendable {
    /// Throws `CatalogError`.
    func records(_ query: RecordQuery) throws -> RecordPage
}
