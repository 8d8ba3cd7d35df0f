public import Model

/// A stretch of time in which a tier answers: its windows' ends are in `(start, end]`. Both are multiples of `Tier.seam`, or `.min`.
public struct TierSpan: Hashable, Sendable {
    public var start: Timestamp
    public var end: Timestamp
    public var tier: Tier

    public init(start: Timestamp, end: Timestamp, tier: Tier) {
        self.start = start
        self.end = end
        self.tier = tier
    }
}

/// Who answers when: tiers in their spans, ascending and disjoint, raw samples everywhere else.
public struct TierSpans: Hashable, Sendable {
    public var spans: [TierSpan]

    public init(_ spans: [TierSpan] = []) { self.spans = spans }

    /// The tier whose windows cover the time; nil: raw samples do.
    public func tier(at time: Timestamp) -> Tier? {
        spans.first { $0.start < time && time <= $0.end }?.tier
    }
}

/// Selected series of which tiers answer at least a part.
///
/// As a plain `SeriesSet` it gives the last sample of each window, with closing stale markers, in the place of samples that are gone.
public protocol TieredSeriesSet: SeriesSet {
    /// Who answers for a series. Most sets have the same for all.
    func spans(_ index: Int) -> TierSpans
    /// Appends the windows of series `index` that overlap `from...through` (whole, even if they begin before `from` or end behind `through`), where
    /// tiers answer, and the samples in that range, as windows of one, where raw samples do; in the order of their ends. Raw samples that come
    /// behind the last window of a tier go to `tail` instead, which need not be empty before; stale markers are among them.
    ///
    /// A raw stale marker that comes before a window becomes a window of count 0.
    func readWindows(
        _ index: Int, from: Timestamp, through: Timestamp, _ parts: AggregateParts, into column: AggregateColumn, tail: SampleColumn
    ) throws
    /// The same for native histograms, all in one list.
    func readHistogramWindows(_ index: Int, from: Timestamp, through: Timestamp, into windows: inout [HistogramAggregate]) throws
}
