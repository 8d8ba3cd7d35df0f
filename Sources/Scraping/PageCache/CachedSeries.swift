import TSDB

/// What is known of a key that a target's page has. There is one for every series of every target, so it is packed into 16 bytes.
struct CachedSeries {
    /// A line takes two bytes at least, so a page has no more lines.
    private static let lineLimit = UInt32(PageSlot.lengthLimit / 2)

    private var ref = SeriesRef.none
    /// The last page that had the key.
    var seen: UInt32 = 0
    /// The line (29 bits) and the three marks.
    private var word: UInt32

    /// `line` is where it stands in the stored page, or in the new page for a series that only that has.
    init(line: Int) { word = UInt32(line) }

    /// The head's name for the series; nil until a sample of it was stored.
    var reference: SeriesRef? {
        @inline(__always) get { ref == .none ? nil : ref }
        set { ref = newValue ?? .none }
    }

    /// Where the series stands in its page.
    var line: Int {
        get { Int(word & (Self.lineLimit - 1)) }
        set { word = word & ~(Self.lineLimit - 1) | UInt32(newValue) }
    }

    /// Relabelling drops the series.
    var isDropped: Bool {
        @inline(__always) get { word & 1 &<< 29 != 0 }
        set { set(29, newValue) }
    }
    /// The series gets a stale marker when it is gone from the next page.
    var isTracked: Bool {
        get { word & 1 &<< 30 != 0 }
        set { set(30, newValue) }
    }
    /// As `isTracked`, for the page being read.
    var willBeTracked: Bool {
        get { word & 1 &<< 31 != 0 }
        set { set(31, newValue) }
    }

    private mutating func set(_ bit: UInt32, _ value: Bool) { word = value ? word | 1 << bit : word & ~(1 << bit) }
}

/// A line of the stored page: its fingerprint instead of its bytes.
struct PageSlot {
    enum Kind: UInt32 {
        case series = 0
        /// The key stood on an earlier line already.
        case `repeat` = 1
        case comment = 2
        /// A comment that tells the type of the series behind it.
        case type = 3
    }

    let fingerprint: UInt64
    /// Kind (2 bits) and length (30): pages are shorter than 1 GiB.
    private var word: UInt32
    /// The number of the series; of no meaning for a comment line.
    var series: UInt32

    static let lengthLimit = 1 << 30

    init(_ kind: Kind, fingerprint: UInt64, count: Int, series: Int = 0) {
        self.fingerprint = fingerprint
        word = kind.rawValue << 30 | UInt32(count)
        self.series = UInt32(series)
    }

    /// How long a series' key is, or a whole comment line with its newline.
    var count: Int { @inline(__always) get { Int(word & (1 &<< 30 &- 1)) } }
    var kind: Kind {
        @inline(__always) get { Kind(rawValue: word &>> 30) ?? .comment }
        set { word = newValue.rawValue << 30 | UInt32(count) }
    }
    var isComment: Bool { @inline(__always) get { word &>> 31 == 1 } }
}

/// Finds series by their key's fingerprint: open addressing over series numbers.
struct SeriesIndex {
    private var table: [Int32]
    private var used = 0

    /// `fingerprint` gives that of a series number below `count`.
    init(count: Int, _ fingerprint: (Int) -> UInt64) {
        var size = 64
        while size < count * 2 { size *= 2 }
        table = Array(repeating: -1, count: size)
        for number in 0..<count { insert(number, fingerprint(number)) }
        used = count
    }

    /// The first series with the fingerprint for which `isIt` holds.
    func find(_ fingerprint: UInt64, _ isIt: (Int) -> Bool) -> Int? {
        var at = Int(truncatingIfNeeded: fingerprint) & (table.count - 1)
        while table[at] >= 0 {
            if isIt(Int(table[at])) { return Int(table[at]) }
            at = (at + 1) & (table.count - 1)
        }
        return nil
    }

    /// Adds a series; false if there is no room, and the index has to be made anew.
    mutating func add(_ number: Int, _ fingerprint: UInt64) -> Bool {
        guard (used + 1) * 2 <= table.count else { return false }
        insert(number, fingerprint)
        used += 1
        return true
    }

    private mutating func insert(_ number: Int, _ fingerprint: UInt64) {
        var at = Int(truncatingIfNeeded: fingerprint) & (table.count - 1)
        while table[at] >= 0 { at = (at + 1) & (table.count - 1) }
        table[at] = Int32(number)
    }
}
