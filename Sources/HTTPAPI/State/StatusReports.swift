public import Model

public struct BuildReport: Sendable {
    /// A semantic version, which clients compare to learn what the server can do.
    public var version: String
    public var revision: String
    public var branch: String
    public var buildUser: String
    public var buildDate: String
    /// The compiler; told as `goVersion`, for want of another field that clients know.
    public var compiler: String

    public init(version: String, revision: String = "", branch: String = "", buildUser: String = "", buildDate: String = "", compiler: String = "") {
        self.version = version
        self.revision = revision
        self.branch = branch
        self.buildUser = buildUser
        self.buildDate = buildDate
        self.compiler = compiler
    }
}

public struct RuntimeReport: Sendable {
    public var startTime: Timestamp
    public var workingDirectory: String
    public var hostname: String
    public var serverTime: Timestamp
    public var reloadSucceeded: Bool
    public var lastReload: Timestamp
    /// Damages found in the log so far.
    public var corruptionCount: Int
    /// Threads of the process; told as `goroutineCount`.
    public var threadCount: Int
    /// Processors in use.
    public var processors: Int
    /// Memory of the process; 0: not known.
    public var residentBytes: Int64 = 0
    /// How long samples are kept: `15d`, `1GiB`, `15d or 1GiB`.
    public var storageRetention: String

    public init(
        startTime: Timestamp, workingDirectory: String, hostname: String, serverTime: Timestamp, reloadSucceeded: Bool, lastReload: Timestamp,
        corruptionCount: Int, threadCount: Int, processors: Int, storageRetention: String
    ) {
        self.startTime = startTime
        self.workingDirectory = workingDirectory
        self.hostname = hostname
        self.serverTime = serverTime
        self.reloadSucceeded = reloadSucceeded
        self.lastReload = lastReload
        self.corruptionCount = corruptionCount
        self.threadCount = threadCount
        self.processors = processors
        self.storageRetention = storageRetention
    }
}

/// The head's size, and what it is made of.
public struct TSDBReport: Sendable {
    public struct Entry: Sendable {
        public var name: String
        public var value: Int

        public init(_ name: String, _ value: Int) {
            self.name = name
            self.value = value
        }
    }

    public var seriesCount: Int
    public var labelPairCount: Int
    public var chunkCount: Int
    /// Nil while there are no samples.
    public var minTime: Timestamp?
    public var maxTime: Timestamp?
    // Each largest first.
    public var seriesByMetric: [Entry]
    public var valuesByLabel: [Entry]
    public var bytesByLabel: [Entry]
    /// Named `label=value`.
    public var seriesByLabelPair: [Entry]

    public init(
        seriesCount: Int = 0, labelPairCount: Int = 0, chunkCount: Int = 0, minTime: Timestamp? = nil, maxTime: Timestamp? = nil,
        seriesByMetric: [Entry] = [], valuesByLabel: [Entry] = [], bytesByLabel: [Entry] = [], seriesByLabelPair: [Entry] = []
    ) {
        self.seriesCount = seriesCount
        self.labelPairCount = labelPairCount
        self.chunkCount = chunkCount
        self.minTime = minTime
        self.maxTime = maxTime
        self.seriesByMetric = seriesByMetric
        self.valuesByLabel = valuesByLabel
        self.bytesByLabel = bytesByLabel
        self.seriesByLabelPair = seriesByLabelPair
    }
}
