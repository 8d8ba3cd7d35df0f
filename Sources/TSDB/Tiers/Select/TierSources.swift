import Model

/// The sets of series in which a selection over tiers looks.
struct TierSources {
    /// What is raw, in the order in which samples count.
    struct Raw {
        let set: any SeriesSet
        /// Of these times its samples are to be read beside a tier's windows: they are not in them.
        let missing: [Tier: [TimeRange]]

        /// What to read of it in a range: all with nil, otherwise what is not in the windows of a tier.
        func ranges(beside tier: Tier?, _ range: TimeRange) -> [TimeRange] {
            guard let tier else { return [range] }
            return missing[tier, default: []].compactMap { $0.common(range) }
        }
    }

    struct Folded {
        let tier: Tier
        let set: BlockSeriesSet
    }

    private(set) var raw: [Raw] = []
    private(set) var folded: [Folded] = []

    var sets: [any SeriesSet] { raw.map(\.set) + folded.map { $0.set } }

    /// - Parameters:
    ///   - head: what the head has, also of late samples in the windows around the selection.
    ///   - inOrder: from when on it has samples that came in order; nil: it has none.
    init(_ selection: Selection, head: any SeriesSet, inOrder: Timestamp?, _ coverage: TierCoverage, _ plans: TierPlans) throws {
        let around = selection.widened
        let missing = Dictionary(uniqueKeysWithValues: Tier.allCases.map { ($0, coverage.missing($0)) })
        for block in coverage.raw {
            let ulid = block.meta.ulid
            try add(block, selection, around, missing.compactMapValues { $0[ulid] }, plans)
        }
        if head.count > 0 {
            // What came in order is behind all that is folded, unless a clock was put back far.
            let isBehind = inOrder.map { $0 >= coverage.rawFloor } ?? false
            let late = [TimeRange(from: .min, through: isBehind ? (inOrder ?? .max).earlier(by: 1) : .max)]
            raw.append(Raw(set: head, missing: Dictionary(uniqueKeysWithValues: Tier.allCases.map { ($0, late) })))
        }
        for tier in Tier.allCases {
            for block in coverage.blocks(tier) {
                guard let inside = block.meta.range.common(around.range), plans.use(tier, in: inside) else { continue }
                folded.append(Folded(tier: tier, set: try block.find(around)))
            }
        }
    }

    /// A raw block is looked at where raw samples answer, and around the selection where it is to be read beside windows.
    private mutating func add(
        _ block: Block, _ asked: Selection, _ around: Selection, _ missing: [Tier: [TimeRange]], _ plans: TierPlans
    ) throws {
        let isBeside = missing.contains { tier, ranges in
            ranges.contains { range in range.common(around.range).map { plans.use(tier, in: $0) } ?? false }
        }
        let isRaw = block.meta.range.common(asked.range).map { plans.use(nil, in: $0) } ?? false
        guard isBeside || isRaw else { return }
        raw.append(Raw(set: try block.select(isBeside ? around : asked), missing: missing))
    }
}

extension TierCoverage {
    /// What is missing in a tier of the raw blocks that are not folded into it.
    fileprivate func missing(_ tier: Tier) -> [ULID: [TimeRange]] {
        let unfolded = raw.filter { !isFolded($0, into: tier) }.map(\.meta)
        if unfolded.isEmpty { return [:] }
        let folds = FoldedTimes(blocks(tier).map(\.meta))
        return Dictionary(unfolded.map { ($0.ulid, folds.missing($0)) }) { first, _ in first }
    }
}

extension Selection {
    var range: TimeRange { TimeRange(from: from, through: through) }

    /// With the time around it to which windows may reach.
    var widened: Selection {
        var wide = self
        wide.from = from.earlier(by: 2 * Tier.seam)
        wide.through = through.later(by: Tier.seam)
        wide.windows = nil
        return wide
    }
}

extension TimeRange {
    /// What both have; they must overlap.
    func clamped(to other: TimeRange) -> TimeRange { TimeRange(from: max(from, other.from), through: min(through, other.through)) }

    /// What both have; nil if they do not overlap.
    func common(_ other: TimeRange) -> TimeRange? { overlaps(other) ? clamped(to: other) : nil }
}
