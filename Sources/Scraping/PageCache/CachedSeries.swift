import Exposition
import Model
import TSDB

/// What is known of a key that a target's page has. There is one for every series of every target, so it is packed into 16 bytes.
struct CachedSeries {
    /// A line takes two bytes at least, so a page has no more lines.
    private static let lineLimit = UInt32(PageSlot.lengthLimit / 2)

    /// Of those that are none the highest bit is set, and the others say something else of the key: see ``note``.
    private var ref = SeriesRef.none
    /// The last page that had the key.
    private(set) var seen: UInt32
    /// The line (28 bits) and the four marks.
    private var word: UInt32

    /// A series that was first seen on a page, in a line.
    init(page: UInt32, line: Int) {
        seen = page
        word = UInt32(line)
    }

    /// No series: a number that none has at the moment.
    static let none = CachedSeries(page: 0, line: 0)

    /// The head's name for the series; nil until a sample of it was stored.
    var reference: SeriesRef? {
        @inline(__always) get { Int64(bitPattern: ref.rawValue) < 0 ? nil : ref }
        set { ref = newValue ?? .none }
    }

    private static let noteBit: UInt64 = 1 << 63

    /// What is kept in the place of the reference; nil if nothing is.
    private var note: Int64? {
        get { reference != nil || ref == .none ? nil : Int64(ref.rawValue & ~Self.noteBit) }
        set { ref = newValue.map { SeriesRef(UInt64($0) | Self.noteBit) } ?? .none }
    }

    /// The line tells since when other series count, and is no sample itself: the start it told last, or ``unknownStart``. Nil for all other lines.
    var start: Timestamp? {
        @inline(__always) get { isDropped ? note : nil }
        set { note = newValue }
    }

    /// No line tells this.
    static let unknownStart = Timestamp(1) << 60

    /// The number of the metric's name in ``OverrunNames``, for a series that was refused.
    var refusedName: Int? { isRefused ? note.map(Int.init) : nil }

    /// The head has no room for the series, or it has room again.
    mutating func setRefused(name: Int?) {
        isRefused = name != nil
        note = name.map(Int64.init)
        if isRefused { (isTracked, willBeTracked) = (false, false) }
    }

    /// Where the series stands in its page: in the one being read if that had it already, else in the stored one.
    var line: Int {
        get { Int(word & (Self.lineLimit - 1)) }
        set { word = word & ~(Self.lineLimit - 1) | UInt32(newValue) }
    }

    /// Relabelling drops the series.
    var isDropped: Bool {
        @inline(__always) get { word & 1 &<< 28 != 0 }
        set { set(28, newValue) }
    }
    /// The series gets a stale marker when it is gone from the next page.
    var isTracked: Bool {
        @inline(__always) get { word & 1 &<< 29 != 0 }
        set { set(29, newValue) }
    }
    /// As `isTracked`, for the page being read.
    var willBeTracked: Bool {
        get { word & 1 &<< 30 != 0 }
        set { set(30, newValue) }
    }

    /// The head has no room for the series: its samples are passed over. Such a one is not tracked, and has no reference.
    private(set) var isRefused: Bool {
        @inline(__always) get { word & 1 &<< 31 != 0 }
        set { set(31, newValue) }
    }

    /// Whether the series' samples go nowhere. `marks` are those for which they do not.
    @inline(__always)
    func isPassedOver(_ marks: PassedOver) -> Bool { word & marks.rawValue != 0 }

    /// Which series are passed over without a further look.
    enum PassedOver: UInt32 {
        case dropped = 0x1000_0000
        case droppedAndRefused = 0x9000_0000
    }

    /// Takes over what the page that was read says of it.
    mutating func keepTracked() { word = word & ~(1 &<< 29) | (word & 1 &<< 30) &>> 1 }

    private mutating func set(_ bit: UInt32, _ value: Bool) { word = value ? word | 1 << bit : word & ~(1 << bit) }

    /// A page has the series in this line.
    mutating func enter(_ page: UInt32, line: Int) {
        seen = page
        self.line = line
        willBeTracked = false
    }

    /// A page has the series in this line, and all that is known of it stays as it is.
    @inline(__always)
    mutating func pass(_ page: UInt32, line: Int) {
        seen = page
        let marks = word & ~(Self.lineLimit - 1) & ~(1 &<< 30)
        word = marks | (marks & 1 &<< 29) &<< 1 | UInt32(truncatingIfNeeded: line)
    }
}

/// A line of the stored page: its fingerprint instead of its bytes.
struct PageSlot {
    enum Kind: UInt32 {
        case series = 0
        /// The key stood on an earlier line already.
        case `repeat` = 1
        /// As `series`, of native histograms.
        case histogram = 2
        case comment = 4
        /// A comment that tells the type of the series behind it.
        case type = 5
    }

    let fingerprint: UInt64
    /// Kind (3 bits) and length (29): pages are shorter than 512 MiB.
    private let word: UInt32
    /// The number of the series; of no meaning for a comment line.
    var series: UInt32

    static let lengthLimit = 1 << 29

    init(_ kind: Kind, _ key: LineKey, series: Int = 0) {
        fingerprint = key.fingerprint
        word = kind.rawValue << 29 | UInt32(key.count)
        self.series = UInt32(series)
    }

    /// How long a series' key is, or a whole comment line with its newline.
    var count: Int { @inline(__always) get { Int(word & (1 &<< 29 &- 1)) } }
    var key: LineKey { @inline(__always) get { LineKey(fingerprint: fingerprint, count: count) } }
    var isComment: Bool { @inline(__always) get { word &>> 31 == 1 } }
    /// The first line of its key, whatever its samples are.
    var isSeries: Bool { @inline(__always) get { word & 5 &<< 29 == 0 } }
    var isHistogram: Bool { word &>> 29 == Kind.histogram.rawValue }
    var isType: Bool { @inline(__always) get { word &>> 29 == Kind.type.rawValue } }
}
