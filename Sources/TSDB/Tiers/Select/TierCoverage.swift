import Model

/// Up to which times data is gone in the finer forms. Multiples of `Tier.seam`, or `.min`: nothing is.
struct TierFloors: Hashable, Sendable {
    /// Raw samples answer behind it.
    var raw: Timestamp = .min
    /// Windows of five minutes answer behind it, where raw samples do not; those of an hour at and before it.
    var fiveMinutes: Timestamp = .min
    /// Windows of an hour are gone at and before it.
    var hour: Timestamp = .min

    init(raw: Timestamp = .min, fiveMinutes: Timestamp = .min, hour: Timestamp = .min) {
        self.raw = raw
        self.fiveMinutes = fiveMinutes
        self.hour = hour
    }

    /// What is left of a tier lies behind it.
    func floor(_ tier: Tier) -> Timestamp { tier == .hour ? hour : fiveMinutes }

    mutating func raise(_ tier: Tier, _ floor: Timestamp) {
        switch tier {
        case .fiveMinutes: fiveMinutes = max(fiveMinutes, floor)
        case .hour: hour = max(hour, floor)
        }
    }

    /// The higher of each.
    func raised(to other: TierFloors) -> TierFloors {
        TierFloors(raw: max(raw, other.raw), fiveMinutes: max(fiveMinutes, other.fiveMinutes), hour: max(hour, other.hour))
    }

    /// Up to where windows of a tier stand in for what is finer.
    func end(of tier: Tier) -> Timestamp {
        switch tier {
        case .fiveMinutes: raw
        case .hour: min(raw, fiveMinutes)
        }
    }
}

/// The floors of series for which another retention holds.
struct RuleFloors: Hashable, Sendable {
    var matchers: [Matcher]
    var floors: TierFloors

    init(matchers: [Matcher], floors: TierFloors) {
        self.matchers = matchers
        self.floors = floors
    }
}

/// All blocks at one moment, and which of them answer when. Whoever changes something makes a new one, with the next number.
///
/// When a floor rises nothing below it is left to be folded, in blocks or in the head. So what raw blocks have at or before a floor and is not folded,
/// and what the head has there, came later; it is read beside the tier's windows.
struct TierCoverage: Sendable {
    /// By time, the oldest first, as are the others.
    let raw: [Block]
    let fiveMinutes: [Block]
    let hour: [Block]
    /// Of series that no rule matches.
    let floors: TierFloors
    /// The first rule that matches a series counts.
    let rules: [RuleFloors]
    /// Raw blocks that are not folded into a tier, or not all of them.
    let unfolded: [Tier: Set<ULID>]
    /// Two of different numbers may differ.
    let number: Int

    /// Finds out what is not folded from what the blocks tell.
    init(raw: [Block], fiveMinutes: [Block], hour: [Block], floors: TierFloors = TierFloors(), rules: [RuleFloors] = [], number: Int = 0) {
        self.raw = raw
        self.fiveMinutes = fiveMinutes
        self.hour = hour
        self.floors = floors
        self.rules = rules
        self.number = number
        // Below the last tier's floor a late sample has no window to be in: it is answered as long as its block is there.
        let lowest = { (tier: Tier) in tier == .hour ? .min : rules.reduce(floors.floor(tier)) { min($0, $1.floors.floor(tier)) } }
        var unfolded: [Tier: Set<ULID>] = [:]
        for tier in Tier.allCases {
            let folds = FoldedTimes((tier == .hour ? hour : fiveMinutes).map(\.meta))
            unfolded[tier] = Set(raw.map(\.meta).filter { !folds.has($0, behind: lowest(tier)) }.map(\.ulid))
        }
        self.unfolded = unfolded
    }

    func blocks(_ tier: Tier) -> [Block] { tier == .hour ? hour : fiveMinutes }

    func isFolded(_ block: Block, into tier: Tier) -> Bool { unfolded[tier]?.contains(block.meta.ulid) != true }

    /// The latest time at which raw samples of some series are gone.
    var rawFloor: Timestamp { rules.reduce(floors.raw) { max($0, $1.floors.raw) } }
}

/// What the blocks of a tier have folded.
struct FoldedTimes {
    /// By time.
    private let folds: [(start: Timestamp, end: Timestamp, sources: Set<ULID>)]

    /// - Parameter metas: of blocks of one tier.
    init(_ metas: [BlockMeta]) {
        folds = metas.map { ($0.minTime.earlier(by: 1), $0.maxTime.earlier(by: 1), Set($0.fold?.sources ?? [])) }.sorted { $0.start < $1.start }
    }

    /// Whether all samples of a raw block behind a floor are folded.
    func has(_ raw: BlockMeta, behind floor: Timestamp = .min) -> Bool { missing(raw).allSatisfy { $0.through <= floor } }

    /// The times of which a raw block's samples are not folded: those that no block covers which names all of its sources. A late block may be folded
    /// for a part of its time already.
    ///
    /// A sample at the very beginning of a block that came in order, if a stretch can end there, belongs to the window before, which was folded with
    /// what the head had then.
    func missing(_ raw: BlockMeta) -> [TimeRange] {
        let isLate = raw.compaction.hints.contains(BlockMeta.Compaction.fromOutOfOrder)
        let last = raw.maxTime.earlier(by: 1)
        let first = isLate || raw.minTime % Tier.seam != 0 ? raw.minTime : raw.minTime.later(by: 1)
        var (missing, next): ([TimeRange], Timestamp) = ([], first)
        for fold in folds where fold.start < last && fold.end >= next && raw.compaction.sources.allSatisfy(fold.sources.contains) {
            if fold.start >= next { missing.append(TimeRange(from: next, through: fold.start)) }
            next = max(next, fold.end.later(by: 1))
        }
        if next <= last { missing.append(TimeRange(from: next, through: last)) }
        return missing
    }

    /// The stretches (start, end] that are folded, ascending, not touching.
    var stretches: [(start: Timestamp, end: Timestamp)] {
        var joined: [(start: Timestamp, end: Timestamp)] = []
        for fold in folds {
            if let last = joined.last, fold.start <= last.end {
                joined[joined.count - 1].end = max(last.end, fold.end)
            } else {
                joined.append((fold.start, fold.end))
            }
        }
        return joined
    }
}
