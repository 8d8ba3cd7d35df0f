import Model
import TSDB

/// What all parts of one query share.
final class QueryContext {
    let options: EngineOptions
    let source: any SeriesSource
    /// Milliseconds.
    let lookback: Int64
    /// The query's own times, which `start()`, `end()`, `step()` and `range()` tell; subqueries have grids of their own.
    let queryGrid: StepGrid
    /// Milliseconds, 0 for an instant query.
    let queryStep: Int64
    let isRange: Bool
    let resolution: SourceResolution
    let account: QueryAccount
    let annotations: Annotations
    let stash: ColumnStash
    let stop: StopSignal?
    private var selections: [SelectionKey: any SeriesSet] = [:]
    /// Instant selectors that have been read, for when the query repeats them.
    var instantRows: [InstantKey: RowTable] = [:]
    /// Spellings of the instant selectors that stand in the query more than once.
    let repeatedSelectors: Set<[UInt8]>
    let shelf: HistogramShelf
    /// For reading a series' histograms.
    let histogramColumn = HistogramColumn()
    /// Of the samples that were read last, by their times, as far as they are known.
    var startTimes: [Timestamp: Timestamp] = [:]
    /// See `Expr.selectorsWithoutBuckets`.
    let withoutBuckets: Set<Int>

    init(
        _ query: String, _ expr: Expr, _ options: EngineOptions, _ settings: QueryOptions, _ stash: ColumnStash, _ source: any SeriesSource,
        _ grid: StepGrid, step: Int64, isRange: Bool
    ) {
        self.options = options
        self.stash = stash
        self.source = source
        lookback = TimeBounds.clamp(settings.lookback ?? options.lookback)
        queryGrid = grid
        queryStep = step
        self.isRange = isRange
        resolution = settings.resolution
        account = QueryAccount(options, settings.meter)
        annotations = Annotations(query: query)
        stop = settings.stop
        repeatedSelectors = Self.repetitions(in: expr)
        shelf = HistogramShelf(account: account)
        withoutBuckets = expr.selectorsWithoutBuckets
    }

    private static func repetitions(in expr: Expr) -> Set<[UInt8]> {
        var seen: Set<[UInt8]> = []
        var repeated: Set<[UInt8]> = []
        expr.walk { node in
            guard case .selector(let selector) = node else { return }
            let spelling = spelling(selector.matchers)
            if !seen.insert(spelling).inserted { repeated.insert(spelling) }
        }
        return repeated
    }

    var delaysNameRemoval: Bool { options.features.delayedNameRemoval }

    func checkStop() throws(QueryError) { try stop?.check() }

    /// Identical selections are made once.
    ///
    /// - Parameters:
    ///   - windows: see `Selection`.
    ///   - grid: what it is made for.
    func select(
        _ matchers: [Matcher], from: Timestamp, through: Timestamp, windows: QueryWindows? = nil, for grid: StepGrid
    ) throws -> any SeriesSet {
        let coarsest = resolution.coarsest(grid)
        let key = SelectionKey(matchers: Self.spelling(matchers), from: from, through: through, windows: windows, coarsest: coarsest)
        if let known = selections[key] { return known }
        let set = try source.select(Selection(matchers: matchers, from: from, through: through, windows: windows, coarsest: coarsest))
        selections[key] = set
        try account.take(bytes: Self.bytes(of: set))
        return set
    }

    /// What the labels of a selection need, going by the first few; and a chunk list's place for each series.
    private static func bytes(of set: any SeriesSet) -> Int {
        let sample = min(set.count, 16)
        guard sample > 0 else { return 0 }
        let encoded = (0..<sample).reduce(0) { $0 + set.labels($1).encoding.count }
        return set.count * (encoded / sample + 96)
    }

    /// Matchers as bytes: Swift's own string equality would merge different labels.
    static func spelling(_ matchers: [Matcher]) -> [UInt8] {
        var bytes: [UInt8] = []
        for matcher in matchers {
            Labels.append(matcher.name.utf8, to: &bytes)
            Labels.append(matcher.kind.rawValue.utf8, to: &bytes)
            Labels.append(matcher.value.utf8, to: &bytes)
        }
        return bytes
    }

    /// Milliseconds of a duration in the query.
    func milliseconds(_ duration: DurationValue, mustBePositive: Bool) throws -> Int64 {
        try duration.milliseconds(step: queryStep, range: queryGrid.end - queryGrid.start, mustBePositive: mustBePositive)
    }
}

struct SelectionKey: Hashable {
    let matchers: [UInt8]
    let from: Timestamp
    let through: Timestamp
    let windows: QueryWindows?
    let coarsest: Int64
}

/// Which instant selector, read at which times.
struct InstantKey: Hashable {
    let matchers: [UInt8]
    let first: Timestamp
    let stride: Int64
    let count: Int
    let boundaries: BoundaryMode?
    let aspect: SampleAspect
    let wantsBuckets: Bool
    /// As `Selection`'s.
    let coarsest: Int64
}

/// What an instant selector tells of a sample.
enum SampleAspect: Hashable {
    case value
    /// In seconds.
    case time
    /// When what it counts was started, in seconds; 0 if that is not known.
    case startTime
}
