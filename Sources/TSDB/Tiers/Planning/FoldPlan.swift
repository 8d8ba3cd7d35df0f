import Model

/// Decides what is to be folded next, from what the blocks say of themselves.
///
/// A tier takes only what is in blocks, so that each of its blocks can tell of which: behind `limit` the last windows wait for the next block. A raw
/// block is folded into a tier if that covers its time and all blocks there name its sources.
struct FoldPlan {
    /// A block of a tier.
    struct Folded {
        let meta: BlockMeta
        let stretch: FoldStretch
        let sources: Set<ULID>
        /// Where windows are gone because a part of them was deleted.
        let holes: [TimeRange]

        init(_ meta: BlockMeta, holes: [TimeRange] = []) {
            self.meta = meta
            self.holes = holes
            stretch = meta.stretch
            sources = Set(meta.fold?.sources ?? [])
        }

        func names(_ block: BlockMeta) -> Bool { block.compaction.sources.allSatisfy(sources.contains) }

        func holes(in part: FoldStretch) -> [TimeRange] { holes.filter { $0.overlaps(part.range) } }
    }

    /// By time, as are the others.
    var raw: [BlockMeta]
    var tiers: [Tier: [Folded]] = [:]
    /// Of series that no rule matches.
    var floors = TierFloors()
    /// Of those that the rules match; of several rules the first counts.
    var rules: [TierFloors] = []
    /// What is not behind this is too old for a tier; nil: nothing is.
    var oldest: [Tier: Timestamp] = [:]
    /// Windows that end behind it wait.
    var limit: Timestamp
    /// Blocks of a tier that reach behind it stay as they are. To a clock that is behind all may be of a time still to come, and what floors there
    /// are does not count: folded anew, windows would be lost of which no raw samples are left.
    var latest = Timestamp.max
    /// Stretches begin and end at multiples of this, where there is a choice.
    var step: Int64 = 2 * Tier.seam
    /// The longest stretch that is folded at once.
    var piece: Int64 = 18 * Tier.seam

    /// What to do next; nil: nothing. Blocks that lack something come first, the finer tier before the coarser one, then what is not folded yet, the
    /// oldest first.
    func next() -> FoldJob? {
        for tier in Tier.allCases {
            if let job = rewriting(tier) { return job }
        }
        let new = Tier.allCases.compactMap(extending)
        return new.min { ($0.stretch.start, $0.tier) < ($1.stretch.start, $1.tier) }
    }

    func blocks(_ tier: Tier) -> [Folded] { tiers[tier] ?? [] }

    func coverage(_ tier: Tier) -> [FoldStretch] { blocks(tier).map(\.stretch) }

    /// Nothing at or before it is in a tier any more, or is to be. As long as a block is there it answers for all of its time, however old that is.
    func begin(_ tier: Tier) -> Timestamp {
        let floor = rules.reduce(floors.floor(tier)) { min($0, $1.floor(tier)) }
        guard let oldest = oldest[tier] else { return floor }
        return max(floor, min(oldest, blocks(tier).first { $0.stretch.end > floor }?.stretch.start ?? .max))
    }

    // MARK: What is folded

    /// Whether some samples of a raw block, of those in a stretch, are not in a tier that should have them.
    func lacks(_ tier: Tier, _ block: BlockMeta, in stretch: FoldStretch) -> Bool {
        let wanted = block.stretch.common(stretch).common(FoldStretch(start: begin(tier), end: .max))
        guard !wanted.isEmpty, block.touches(wanted) else { return false }
        return !wanted.without(coverage(tier)).filter(block.touches).isEmpty || !strangers(tier, block, in: wanted).isEmpty
    }

    /// Whether some samples of a raw block are not in a tier that should have them.
    func isUnfolded(_ block: BlockMeta) -> Bool { Tier.allCases.contains { lacks($0, block, in: block.stretch) } }

    /// The blocks of a tier that should have samples of a raw block and do not name it.
    private func strangers(_ tier: Tier, _ block: BlockMeta, in wanted: FoldStretch) -> [Folded] {
        blocks(tier).filter { folded in
            let common = folded.stretch.common(wanted)
            return !common.isEmpty && block.touches(common) && !folded.names(block)
        }
    }

    /// Up to where a tier has all that raw blocks have; nil: nothing of it.
    func foldedThrough(_ tier: Tier) -> Timestamp? {
        guard var end = blocks(tier).first?.stretch.start else { return nil }
        for stretch in coverage(tier) where stretch.start < limit { end = max(end, stretch.end) }
        for block in raw where lacks(tier, block, in: FoldStretch(start: .min, end: end)) { end = min(end, block.stretch.start) }
        return end
    }

    // MARK: What is new

    /// The next stretch of which a tier has nothing, though there is what it would be made of.
    private func extending(_ tier: Tier) -> FoldJob? {
        for (source, stretch) in available(tier) {
            guard let missing = stretch.without(coverage(tier)).first else { continue }
            let piece = piece(of: missing)
            if source == .finer, raw.contains(where: { lacks(.fiveMinutes, $0, in: piece) }) { return nil }
            return FoldJob(tier: tier, stretch: piece, parts: [.init(source: source, stretch: piece)])
        }
        return nil
    }

    /// Where a tier could be folded from something, the oldest first.
    private func available(_ tier: Tier) -> [(FoldJob.Source, FoldStretch)] {
        let wanted = FoldStretch(start: begin(tier), end: limit)
        let rawThere = rawStretches.map { $0.common(wanted) }.filter { !$0.isEmpty }
        guard tier == .hour else { return rawThere.map { (.raw, $0) } }
        let finer = FoldStretch(start: begin(.fiveMinutes), end: limit)
        var found: [(FoldJob.Source, FoldStretch)] = coverage(.fiveMinutes).map { (.finer, $0.common(finer).common(wanted)) }
        // What the finer tier is to have is folded from there, once it has it.
        found += rawThere.flatMap { $0.without([finer]) }.map { (.raw, $0) }
        return found.filter { !$0.1.isEmpty }.sorted { $0.1.start < $1.1.start }
    }

    /// Where raw blocks are. Short times in which there is nothing are folded with the others; but nothing tells of a long one, as a clock that was
    /// ahead leaves behind it: what is still to come there would be late, and the whole be folded anew each time.
    private var rawStretches: [FoldStretch] {
        var runs: [FoldStretch] = []
        for stretch in raw.map(\.stretch).sorted(by: { $0.start < $1.start }) {
            if let last = runs.last, stretch.start <= last.end.later(by: piece) {
                runs[runs.count - 1] = last.union(stretch)
            } else {
                runs.append(stretch)
            }
        }
        if let last = runs.indices.last { runs[last].end = .max }
        return runs.map { $0.common(FoldStretch(start: floors.raw, end: limit)) }
    }

    /// The first part of a stretch that is not too long. Time in which there is nothing adds nothing to that.
    private func piece(of stretch: FoldStretch) -> FoldStretch {
        let first = raw.map(\.stretch).filter { $0.overlaps(stretch) }.map(\.start).min() ?? stretch.end
        let start = max(stretch.start, first)
        let past = start % piece
        let border = start.earlier(by: past < 0 ? past + piece : past).later(by: piece)
        return FoldStretch(start: stretch.start, end: min(stretch.end, border))
    }
}
