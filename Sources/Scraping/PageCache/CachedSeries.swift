import Model
import TSDB

/// What is known of a key that a target's page has.
struct CachedSeries {
    /// The head's name for the series; nil until a sample of it was stored.
    var reference: SeriesRef?
    /// Relabelling drops the series.
    var isDropped = false
    /// The series gets a stale marker when it is gone from the next page.
    var isTracked = false
    /// As `isTracked`, for the page being read.
    var willBeTracked = false
    /// The last page that had the key.
    var seen: UInt32 = 0
    /// Of the key bytes.
    let hash: UInt64
    // There is one of these for every series of every target: pages are shorter than 4 GiB, so half a word does.
    private var keyStart: UInt32
    private var keyLength: UInt32
    private var line: UInt32 = 0

    init(hash: UInt64, keyOffset: Int, keyCount: Int) {
        self.hash = hash
        keyStart = UInt32(keyOffset)
        keyLength = UInt32(keyCount)
    }

    /// Where the key bytes are: in the stored page's, or in the new page's for series that only it has.
    var keyOffset: Int {
        get { Int(keyStart) }
        set { keyStart = UInt32(newValue) }
    }
    var keyCount: Int { Int(keyLength) }
    /// Where the series stands in the stored page.
    var slot: Int {
        get { Int(line) }
        set { line = UInt32(newValue) }
    }
}

/// A line of the stored page.
struct PageSlot {
    private var start: UInt32
    private var length: UInt32
    /// The number of the series; −1 for a comment line.
    var series: Int32
    /// The key stood on an earlier line already.
    var isRepeat: Bool

    init(offset: Int, count: Int, series: Int32, isRepeat: Bool = false) {
        start = UInt32(offset)
        length = UInt32(count)
        self.series = series
        self.isRepeat = isRepeat
    }

    /// In the page's key bytes: a series' key, or a whole comment line with its newline.
    var offset: Int {
        @inline(__always) get { Int(start) }
        set { start = UInt32(newValue) }
    }
    var count: Int { @inline(__always) get { Int(length) } }
    var isComment: Bool { series < 0 }
}

/// Finds series by the hash of their key: open addressing over series numbers.
struct SeriesIndex {
    private var table: [Int32]
    private var used = 0

    init(_ series: [CachedSeries]) {
        table = Array(repeating: -1, count: Self.size(for: series.count))
        for number in series.indices { insert(Int32(number), hash: series[number].hash) }
        used = series.count
    }

    private static func size(for count: Int) -> Int {
        var size = 64
        while size < count * 2 { size *= 2 }
        return size
    }

    /// The first series with the hash for which `isIt` holds.
    func find(_ hash: UInt64, in series: [CachedSeries], _ isIt: (Int) -> Bool) -> Int? {
        var at = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[at] >= 0 {
            let number = Int(table[at])
            if series[number].hash == hash, isIt(number) { return number }
            at = (at + 1) & (table.count - 1)
        }
        return nil
    }

    /// Adds the last of `series`.
    mutating func addLast(of series: [CachedSeries]) {
        guard (used + 1) * 2 <= table.count else { return self = SeriesIndex(series) }
        insert(Int32(series.count - 1), hash: series[series.count - 1].hash)
        used += 1
    }

    private mutating func insert(_ number: Int32, hash: UInt64) {
        var at = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[at] >= 0 { at = (at + 1) & (table.count - 1) }
        table[at] = number
    }
}
