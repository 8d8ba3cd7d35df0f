import Model

/// What a new block of a tier is to be.
struct TierRequest {
    var ulid: ULID
    var tier: Tier
    /// The block tells of the windows that end in (start, end], both multiples of `Tier.seam`.
    var start: Timestamp
    var end: Timestamp
    /// What it is made of.
    var inputs: [FoldInput]
    /// The blocks of the tier that it takes the place of.
    var replaced: [BlockMeta] = []
    var segmentSize = 512 << 20
    /// What cannot be read is left out instead of ending the work.
    var skipsDamage = false
    /// Is told after each series what has been written so far. Once it says no, the work ends with `StorageError.stopped`.
    var proceed: (BlockMeta.Stats) -> Bool = { _ in true }

    init(ulid: ULID, tier: Tier, start: Timestamp, end: Timestamp, inputs: [FoldInput], replaced: [BlockMeta] = []) {
        self.ulid = ulid
        self.tier = tier
        self.start = start
        self.end = end
        self.inputs = inputs
        self.replaced = replaced
    }
}

/// Where the windows of a stretch of time come from.
///
/// Stretches may overlap: of what raw blocks have for one time the first stays, as in queries, and all raw blocks and the head have together of one
/// window is one aggregate. Windows of different blocks of tiers for one time, or of one of those and of raw samples, are taken for different
/// samples of the same window and merged.
struct FoldInput {
    /// Raw blocks, blocks of a finer tier, or of the tier itself; by time, the oldest first.
    var blocks: [Block]
    /// With what it has, in order and late.
    var head: Head?
    /// Of these the samples in (start, end].
    var start: Timestamp
    var end: Timestamp
    /// Which series are taken; nil: all.
    var series: ((Labels) -> Bool)?

    init(_ blocks: [Block], head: Head? = nil, start: Timestamp, end: Timestamp) {
        self.blocks = blocks
        self.head = head
        self.start = start
        self.end = end
    }

    var range: TimeRange { TimeRange(from: start.later(by: 1), through: end) }

    /// Those of the blocks that have something in the stretch.
    var touched: [Block] { blocks.filter { $0.meta.range.overlaps(range) } }
}
