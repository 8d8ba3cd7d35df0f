public import Model

/// What one tier, or the raw blocks above all of them, holds at one moment, and what has been done to it since the start.
public struct TierStatus: Sendable, Equatable {
    /// Since the start.
    public struct Counts: Sendable, Equatable {
        /// Times folded for the first time, one for each block that was written; 0 for raw samples.
        public var folds = 0
        /// Blocks written anew because of late samples, deletions or damage.
        public var refolds = 0
        /// Those of them to which late samples were added whose neighbours are gone.
        public var lateMerges = 0
        /// Blocks made of smaller ones.
        public var compactions = 0
        public var failures = 0
        /// Blocks removed because of their age, and because of their size.
        public var purgedByTime = 0
        public var purgedBySize = 0
        /// Blocks of which a retention rule has removed some series.
        public var trimmedByRule = 0

        public init() {}
    }

    /// Nil: raw samples, in blocks.
    public var tier: Tier?
    public var blocks = 0
    /// Samples; of a tier, windows.
    public var samples = 0
    /// On the disk.
    public var bytes: Int64 = 0
    /// The times of the oldest and the newest sample or window, as far as blocks tell; nil without blocks.
    public var oldest: Timestamp?
    public var newest: Timestamp?
    /// How long it is kept, in milliseconds; nil: for good.
    public var retention: Int64?
    /// What is not behind this was removed because of its age or size; nil: nothing was.
    public var floor: Timestamp?
    /// Up to where the tier has all that raw blocks have; nil: nothing is folded yet, or these are raw samples.
    public var foldedThrough: Timestamp?
    /// Milliseconds of time, and raw blocks, that are in blocks but not wholly in the tier yet.
    public var backlog: Int64 = 0
    public var backlogBlocks = 0
    public var counts = Counts()

    public init(_ tier: Tier?) { self.tier = tier }

    /// `raw`, `5m` or `1h`.
    public var name: String { tier?.rawValue ?? "raw" }
}

/// How far the folding of what was there before has come: of an adopted folder, an import.
public struct FoldingProgress: Sendable, Equatable {
    public var tier: Tier
    /// What was folded last: the windows that end in `(from, through]`.
    public var from: Timestamp
    public var through: Timestamp
    /// Milliseconds of time that wait behind it, in all tiers.
    public var left: Int64

    public init(tier: Tier, from: Timestamp, through: Timestamp, left: Int64) {
        self.tier = tier
        self.from = from
        self.through = through
        self.left = left
    }
}
