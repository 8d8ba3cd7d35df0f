public import Model

public struct TargetsReport: Sendable {
    public var active: [TargetReport]
    public var dropped: [DroppedTargetReport]
    /// How many targets relabelling has dropped, by scrape pool; every pool is there.
    public var droppedCounts: [String: Int]

    public init(active: [TargetReport] = [], dropped: [DroppedTargetReport] = [], droppedCounts: [String: Int] = [:]) {
        self.active = active
        self.dropped = dropped
        self.droppedCounts = droppedCounts
    }
}

/// A target that is scraped.
public struct TargetReport: Sendable {
    public enum Health: String, Sendable {
        case up, down, unknown
    }

    /// As discovery gave them, before relabelling.
    public var discoveredLabels: Labels
    public var labels: Labels
    public var scrapePool: String
    public var scrapeURL: String
    /// The same with a host name that others can reach, where the target is on this machine.
    public var globalURL: String
    /// Empty if the last scrape went well.
    public var lastError: String
    /// Nil before the first scrape.
    public var lastScrape: Timestamp?
    /// Seconds.
    public var lastScrapeDuration: Double
    public var health: Health
    /// Milliseconds.
    public var scrapeInterval: Int64
    /// Milliseconds.
    public var scrapeTimeout: Int64
    public var page = Page()

    /// What the last page brought.
    public struct Page: Sendable {
        /// Of the unpacked page; −1 if it was beyond the limit.
        public var bytes: Int
        /// As it came.
        public var packedBytes: Int
        public var samples: Int
        /// That the page before did not have.
        public var seriesAdded: Int
        /// Series that are not stored, because the head has no room for new ones.
        public var seriesRefused: Int
        /// The metrics that have the most of them.
        public var refusedMetrics: [(metric: String, count: Int)]

        public init(
            bytes: Int = 0, packedBytes: Int = 0, samples: Int = 0, seriesAdded: Int = 0, seriesRefused: Int = 0,
            refusedMetrics: [(metric: String, count: Int)] = []
        ) {
            self.bytes = bytes
            self.packedBytes = packedBytes
            self.samples = samples
            self.seriesAdded = seriesAdded
            self.seriesRefused = seriesRefused
            self.refusedMetrics = refusedMetrics
        }
    }

    public init(
        discoveredLabels: Labels, labels: Labels, scrapePool: String, scrapeURL: String, globalURL: String? = nil, lastError: String = "",
        lastScrape: Timestamp? = nil, lastScrapeDuration: Double = 0, health: Health = .unknown, scrapeInterval: Int64, scrapeTimeout: Int64
    ) {
        self.discoveredLabels = discoveredLabels
        self.labels = labels
        self.scrapePool = scrapePool
        self.scrapeURL = scrapeURL
        self.globalURL = globalURL ?? scrapeURL
        self.lastError = lastError
        self.lastScrape = lastScrape
        self.lastScrapeDuration = lastScrapeDuration
        self.health = health
        self.scrapeInterval = scrapeInterval
        self.scrapeTimeout = scrapeTimeout
    }
}

/// A target that relabelling has dropped.
public struct DroppedTargetReport: Sendable {
    public var discoveredLabels: Labels
    public var scrapePool: String

    public init(discoveredLabels: Labels, scrapePool: String) {
        self.discoveredLabels = discoveredLabels
        self.scrapePool = scrapePool
    }
}

/// What a relabelling rule has made of labels.
public struct RelabelStepReport: Sendable {
    /// With the keys of its configuration.
    public var rule: JSONValue
    /// Nil if it, or one before it, has dropped them.
    public var output: Labels?

    public init(rule: JSONValue, output: Labels?) {
        self.rule = rule
        self.output = output
    }
}

/// What one target says of one metric family.
public struct MetadataReport: Sendable {
    public var metric: String
    public var metadata: Metadata
    /// The target's labels.
    public var target: Labels

    public init(metric: String, metadata: Metadata, target: Labels) {
        self.metric = metric
        self.metadata = metadata
        self.target = target
    }
}
