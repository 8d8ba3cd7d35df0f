/// What a tier keeps of the float samples of one series in one window `(end - resolution, end]`.
///
/// A sample that is there itself is a window of one (`init(_:)`). Stale markers are no samples: only one that ends the window is kept, as a time.
public struct Aggregate: Equatable, Sendable {
    /// No window tells of more samples, or of more resets: so no sum of a few of them overflows.
    public static let greatestCount: Int64 = 1 << 53

    /// The window's last time, a multiple of its resolution; of a sample its own time.
    public var end: Timestamp
    /// Samples in the window; 0 if it has only a stale marker. All that follows but `staleTime` then means nothing.
    public var count: Int64
    public var firstTime: Timestamp
    public var first: Double
    public var lastTime: Timestamp
    public var last: Double
    public var sum: Double
    /// Of the values that are not NaN; NaN if there are none.
    public var minimum: Double
    public var maximum: Double
    /// The sum of the values before each counter reset within the window: `last - first + lost` is the increase.
    public var lost: Double
    /// How many resets these were.
    public var resets: Int64
    /// The time of a stale marker behind the last sample; nil if there is none.
    public var staleTime: Timestamp?
    /// Late samples were added when those before were gone: where they lay among them is not known, so `lost` and `resets` are a guess.
    public var isMerged: Bool

    public init(_ sample: Sample) {
        end = sample.time
        count = 1
        firstTime = sample.time
        lastTime = sample.time
        (first, last, sum, minimum, maximum) = (sample.value, sample.value, sample.value, sample.value, sample.value)
        (lost, resets, staleTime, isMerged) = (0, 0, nil, false)
    }

    /// A window without a sample.
    public init(end: Timestamp, staleTime: Timestamp) {
        self.init(Sample(time: end, value: .nan))
        count = 0
        self.staleTime = staleTime
    }
}

/// Which parts of windows a reader needs. Ends, counts, last samples and stale markers are always there.
public struct AggregateParts: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `firstTime`, `first`
    public static let first = AggregateParts(rawValue: 1)
    public static let sum = AggregateParts(rawValue: 2)
    /// `minimum`, `maximum`
    public static let extremes = AggregateParts(rawValue: 4)
    /// `lost`, `resets`
    public static let resets = AggregateParts(rawValue: 8)

    public static let all: AggregateParts = [.first, .sum, .extremes, .resets]
}
