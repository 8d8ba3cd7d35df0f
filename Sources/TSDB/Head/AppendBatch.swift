public import Model

/// A series in the head. References only grow; one that is given out is never used for another series, across restarts too.
public struct SeriesRef: Hashable, Sendable {
    public let rawValue: UInt64

    /// No series; never given out, as all others of which the highest bit is set.
    public static let none = SeriesRef(.max)

    /// One that was given out, for whoever packs references.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Samples that become visible together. The buffers are kept between batches: fill, append, `removeAll`, fill again.
public struct AppendBatch: Sendable {
    struct Entry: BitwiseCopyable {
        /// A reference, or `unresolved` and an index into `newLabels`.
        var ref: UInt64
        var time: Timestamp
        var value: Double
    }

    static let unresolved: UInt64 = 1 << 63

    var entries: [Entry] = []
    var histograms: [HistogramEntry] = []
    var exemplars: [ExemplarEntry] = []
    var metadata: [MetadataEntry] = []
    var families: [Family] = []
    var starts: [StartEntry] = []
    private(set) var newLabels: [Labels] = []
    var newRefs: [SeriesRef?] = []
    /// Refuses samples that are not in order even where the head would take them: a stale marker that comes late ends nothing.
    public var refusesOutOfOrder = false
    /// Has the outcome tell which samples were refused first, for whoever tells somebody else.
    public var namesRefusals = false
    /// From which of the series added by labels on they are taken even where the budget is used up.
    private(set) var exemptFrom = Int.max

    public init() {}

    /// The series that are added from here on are taken even if there is no room for further ones: a server's own, of which there are few.
    public mutating func exemptFurtherSeries() { exemptFrom = min(exemptFrom, newLabels.count) }

    /// The labels of a series that was added by them.
    public func labels(ofNew index: Int) -> Labels { newLabels[index] }

    public var count: Int { entries.count }

    public mutating func add(_ ref: SeriesRef, _ time: Timestamp, _ value: Double) {
        entries.append(Entry(ref: ref.rawValue, time: time, value: value))
    }

    /// A sample of a series that the caller has no reference for, new or not. After the append `reference(ofNew:)` with the returned index gives it.
    @discardableResult
    public mutating func add(_ labels: Labels, _ time: Timestamp, _ value: Double) -> Int {
        let index = addLabels(labels)
        entries.append(Entry(ref: Self.unresolved | UInt64(index), time: time, value: value))
        return index
    }

    mutating func addLabels(_ labels: Labels) -> Int {
        newLabels.append(labels)
        newRefs.append(nil)
        return newLabels.count - 1
    }

    /// The reference of a series added by labels; nil before the append, or if its sample was refused and the series does not exist.
    public func reference(ofNew index: Int) -> SeriesRef? { newRefs[index] }

    /// Makes room for so many samples.
    public mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        histograms.removeAll(keepingCapacity: true)
        exemplars.removeAll(keepingCapacity: true)
        metadata.removeAll(keepingCapacity: true)
        families.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        newLabels.removeAll(keepingCapacity: true)
        newRefs.removeAll(keepingCapacity: true)
        refusesOutOfOrder = false
        namesRefusals = false
        exemptFrom = .max
    }
}

/// What became of a batch.
public struct AppendOutcome: Sendable, Equatable {
    /// Samples stored, zeros at the starts of series included.
    public var appended = 0
    /// Those of them that are such zeros.
    public var startsAppended = 0
    /// Those of them that are empty histograms.
    public var histogramStartsAppended = 0
    /// Those of them that came out of order.
    public var appendedOutOfOrder = 0
    /// Samples that repeat one of the series, time and value; fine, and not stored again.
    public var identical = 0
    /// Samples refused for being older than the series' last.
    public var outOfOrder = 0
    /// Samples with the time of another of the series, but another value.
    public var duplicate = 0
    /// Samples too far ahead of the clock or, where none may come out of order, of a time that the head has closed.
    public var outOfBounds = 0
    /// Samples older than may come out of order.
    public var tooOld = 0
    public var seriesCreated = 0
    /// Positions in the batch of references that the head does not have (any more). If there are any, nothing was applied:
    /// add these samples by their labels and append again.
    public var unknown: [Int] = []
    /// The same for histograms, which have positions of their own.
    public var unknownHistograms: [Int] = []
    /// Exemplars older than the newest of their series, which are left out.
    public var exemplarsOutOfOrder = 0
    /// Exemplars stored, and those that say again what is known.
    public var exemplarsAppended = 0
    public var exemplarsIdentical = 0
    /// Histograms among those counted above.
    public var histogramsAppended = 0
    public var histogramsIdentical = 0
    /// Histograms that contradict themselves or have too many buckets.
    public var invalid = 0
    /// Samples of new series for which there is no room.
    public var overBudget = 0
    /// These series, by their numbers in the batch.
    public var seriesRefused: [Int] = []
    /// Whether the batch had several samples of one series that are newer than what the head had of it.
    public var hasRepeats = false
    /// The first refused samples, at most `refusalLimit`, if the batch asks for them.
    public var firstRefusals: [Refusal] = []

    public static let refusalLimit = 10

    /// A sample that was refused.
    public struct Refusal: Sendable, Equatable {
        public enum Reason: Sendable { case outOfOrder, duplicate, outOfBounds, tooOld, invalid, budget }

        /// Its position among the batch's samples, or among its histograms.
        public let position: Int
        public let isHistogram: Bool
        public let time: Timestamp
        public let reason: Reason
    }

    public init() {}

    public var refused: Int { outOfOrder + duplicate + outOfBounds + tooOld + invalid + overBudget }
}
