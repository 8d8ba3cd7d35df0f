public import Model

/// What a block's `meta.json` says. The form is Prometheus's, version 1.
public struct BlockMeta: Hashable, Sendable {
    public struct Stats: Hashable, Sendable {
        public var samples = 0
        public var floatSamples = 0
        public var histogramSamples = 0
        public var series = 0
        public var chunks = 0
        public var tombstones = 0

        public init() {}

        /// Old blocks do not tell what kinds of samples they have.
        var tellsOfFloatsOnly: Bool { samples > 0 && floatSamples == samples && histogramSamples == 0 }
    }

    /// A block that this one was made from.
    public struct Parent: Hashable, Sendable {
        public var ulid: ULID
        public var minTime: Timestamp
        public var maxTime: Timestamp

        public init(ulid: ULID, minTime: Timestamp, maxTime: Timestamp) {
            self.ulid = ulid
            self.minTime = minTime
            self.maxTime = maxTime
        }
    }

    public struct Compaction: Hashable, Sendable {
        /// 1 for what was cut from the head.
        public var level = 1
        /// The blocks of level 1 whose samples are in it, itself if it is one.
        public var sources: [ULID] = []
        public var parents: [Parent] = []
        /// Everything in it was deleted.
        public var deletable = false
        /// A compaction of it failed.
        public var failed = false
        public var hints: [String] = []

        public init() {}

        public static let fromOutOfOrder = "from-out-of-order"
        public static let fromStaleSeries = "from-stale-series"
        /// Beside `fromOutOfOrder`: it came in order, but is, or was, of a time that is still to come. Our own.
        public static let fromFuture = "from-future"
    }

    /// That a block holds windows of a tier, and of what.
    public struct Fold: Hashable, Sendable {
        /// Of the form of a tier's blocks.
        public static let version: Int64 = 1

        public var tier: Tier
        /// The blocks of level 1 whose samples are folded in.
        public var sources: [ULID]

        public init(_ tier: Tier, sources: [ULID] = []) {
            self.tier = tier
            self.sources = sources
        }
    }

    public var ulid: ULID
    /// The samples' times are in minTime..<maxTime. The windows of a tier's block end in that range.
    public var minTime: Timestamp
    public var maxTime: Timestamp
    public var stats = Stats()
    public var compaction = Compaction()
    /// Nil for a block of raw samples.
    public var fold: Fold?

    public init(ulid: ULID, minTime: Timestamp, maxTime: Timestamp) {
        self.ulid = ulid
        self.minTime = minTime
        self.maxTime = maxTime
    }

    /// The times that its samples may have.
    public var range: TimeRange { TimeRange(from: minTime, through: maxTime.earlier(by: 1)) }
}
