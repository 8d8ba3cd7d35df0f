public import Model

/// What a query wants to read.
public struct Selection: Sendable {
    public var matchers: [Matcher]
    /// The first and the last time of interest, both included.
    public var from: Timestamp
    public var through: Timestamp
    /// Where in the range the query looks: floats elsewhere may be left out. Nil: everywhere.
    public var windows: QueryWindows?
    /// The coarsest resolution, in milliseconds, that may answer although a finer one could; 0: the finest that there is answers everywhere.
    public var coarsest: Int64

    public init(matchers: [Matcher], from: Timestamp, through: Timestamp, windows: QueryWindows? = nil, coarsest: Int64 = 0) {
        self.matchers = matchers
        self.from = from
        self.through = through
        self.windows = windows
        self.coarsest = coarsest
    }
}

/// The windows `(end - length, end]` of a query, whose ends are `count` times, `stride` milliseconds apart.
public struct QueryWindows: Hashable, Sendable {
    public let first: Timestamp
    public let stride: Int64
    public let count: Int
    public let length: Int64

    /// - Parameters:
    ///   - stride: 0 or more.
    ///   - count: 1 or more.
    public init(first: Timestamp, stride: Int64, count: Int, length: Int64) {
        self.first = first
        self.stride = stride
        self.count = count
        self.length = length
    }

    /// The last time of a range that lies in a window, or a later one; nil if none does.
    func end(in range: TimeRange) -> Timestamp? {
        guard stride > 0 else { return first >= range.from && first &- length < range.through ? first : nil }
        // The last window that begins before the range ends.
        let last = (range.through &+ length &- 1 &- first).quotientAndRemainder(floorDividingBy: stride).quotient
        guard last >= 0 else { return nil }
        let end = first &+ stride &* min(last, Int64(count) &- 1)
        return end >= range.from ? end : nil
    }
}

/// Something that can be queried: the head, a block, or several of them merged.
public protocol SeriesSource: Sendable {
    /// The matching series that may have samples in the time range, sorted by labels, as one consistent snapshot:
    /// every append batch is in it whole or not at all.
    func select(_ selection: Selection) throws -> any SeriesSet
    /// Sorted label names of the matching series (all series without matchers).
    func labelNames(_ selection: Selection) throws -> [String]
    /// Sorted values of one label among the matching series.
    func labelValues(_ name: String, _ selection: Selection) throws -> [String]
    /// The exemplars from `from` through `through` of all series that one of `selectors` matches, in the order of the series' labels.
    func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) throws -> [SeriesExemplars]
    /// The blocks of which answers since a mark had to leave out damaged parts, and a new mark.
    func damage(since mark: Int) -> (mark: Int, blocks: [String])
}

extension SeriesSource {
    /// None: only the head has exemplars.
    public func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) throws -> [SeriesExemplars] { [] }

    /// None: most sources fail rather than leave out anything.
    public func damage(since mark: Int) -> (mark: Int, blocks: [String]) { (0, []) }
}

/// Selected series, read one column at a time. May be read from several threads at once, each with a column of its own.
public protocol SeriesSet: AnyObject, Sendable {
    var count: Int { get }
    func labels(_ index: Int) -> Labels
    /// Appends the samples of series `index` with `from ≤ time ≤ through`, in order of time, stale markers included.
    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws
    /// The same for its native histograms.
    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws
    /// When what its samples count was started, by the samples' times, as far as it is known.
    func readStartTimes(_ index: Int, from: Timestamp, through: Timestamp, into starts: inout [Timestamp: Timestamp]) throws
}

extension SeriesSet {
    /// None: most sources have no histograms.
    public func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {}
    /// None: the storage does not keep them.
    public func readStartTimes(_ index: Int, from: Timestamp, through: Timestamp, into starts: inout [Timestamp: Timestamp]) throws {}
}
