public import Model

/// What a database tells about itself at one moment.
public struct DatabaseStatus: Sendable {
    /// How far the start has read the logs.
    public struct Replay: Sendable, Equatable {
        public enum State: String, Sendable {
            case waiting, inProgress = "in progress", done
        }

        public var state = State.waiting
        /// The first and the last segment to read, and the one being read.
        public var first = 0
        public var last = 0
        public var current = 0

        public init() {}
    }

    /// A file or folder that could not be read and was moved out of the way.
    public struct Quarantined: Sendable, Equatable {
        /// Where it lies now.
        public var path: String
        public var cause: String

        public init(path: String, cause: String) {
            self.path = path
            self.cause = cause
        }
    }

    /// Bytes on disk.
    public struct Sizes: Sendable, Equatable {
        public var blocks: Int64 = 0
        public var headChunks: Int64 = 0
        /// Of all tiers.
        public var tiers: Int64 = 0
        public var wal: Int64 = 0
        public var wbl: Int64 = 0

        public init() {}

        public var total: Int64 { blocks + tiers + headChunks + wal + wbl }
    }

    /// Since the start.
    public struct Counts: Sendable, Equatable {
        public var compactions = 0
        public var failedCompactions = 0
        public var headTruncations = 0
        public var checkpoints = 0
        public var failedCheckpoints = 0
        public var timeRetentions = 0
        public var sizeRetentions = 0
        public var logCorruptions = 0
        public var headChunkCorruptions = 0
        public var refusedForSpace = 0
        public var staleCompactions = 0
        public var failedStaleCompactions = 0

        public init() {}
    }

    public var replay = Replay()
    public var sizes = Sizes()
    public var counts = Counts()
    public var quarantined: [Quarantined] = []
    /// Series of the head that end with a stale marker, as of the last look a minute ago or less.
    public var staleSeries = 0
    /// Why no samples are taken at the moment; nil if they are.
    public var readOnly: String?
    /// What is kept at the moment.
    public var retention = Retention()
    /// The limit in bytes that follows from the retention; nil without one.
    public var byteLimit: Int64?
    /// Whether another program wrote the folder first.
    public var isAdopted = false
    /// The oldest time of all blocks and the head.
    public var lowestTime: Timestamp?
    /// Raw blocks, then the tiers, the finer first.
    public var tiers = [TierStatus(nil)] + Tier.allCases.map { TierStatus($0) }
    /// What background folding is at; nil when nothing waits.
    public var folding: FoldingProgress?
    /// When the last compaction ended, and how long it took, in milliseconds.
    public var lastCompaction: (end: Timestamp, duration: Int64)?

    public init() {}
}
