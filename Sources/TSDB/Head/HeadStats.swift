public import Model

/// Figures about the head at one moment.
public struct HeadStats: Sendable {
    public var series = 0
    /// Open and closed ones.
    public var chunks = 0
    /// Those included that are only there because they share a chunk with younger ones when the full head gave up their time.
    public var samples = 0
    /// nil while there are no samples.
    public var minTime: Timestamp?
    public var maxTime: Timestamp?
    /// The same of the samples that came out of order, which the times above leave out.
    public var minOutOfOrderTime: Timestamp?
    public var maxOutOfOrderTime: Timestamp?
    /// Since the start, without what was replayed.
    public var samplesAppended = 0
    public var samplesOutOfOrder = 0
    public var samplesDuplicate = 0
    public var samplesOutOfBounds = 0
    public var samplesTooOld = 0
    /// Those of `samplesAppended` that came out of order.
    public var samplesAppendedOutOfOrder = 0
    public var samplesDropped = 0
    public var samplesDeleted = 0
    public var seriesCreated = 0
    /// New series for which there was no room, each time one was asked for.
    public var seriesRefused = 0
    public var seriesRemoved = 0
    /// Distinct label names and values.
    public var symbols = 0
    /// Bytes of memory, by own count: chunks, series records, labels and postings.
    public var bytes = 0

    public init() {}
}

/// The largest consumers, as `/api/v1/status/tsdb` shows them, each list in descending order.
public struct HeadCardinality: Sendable {
    public struct Entry: Sendable, Equatable {
        public var name: String
        public var value: Int
    }

    public var labelPairs = 0
    public var seriesByMetricName: [Entry] = []
    public var valuesByLabelName: [Entry] = []
    public var bytesByLabelName: [Entry] = []
    /// Named `name=value`.
    public var seriesByLabelPair: [Entry] = []
}
