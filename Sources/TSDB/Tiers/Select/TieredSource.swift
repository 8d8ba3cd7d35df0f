import Model

/// The head, the raw blocks and those of the tiers as one.
///
/// As long as a selection lies where raw samples are, and asks for nothing coarser, it is answered by the head and the raw blocks alone, at no more
/// cost than without tiers. Otherwise the answer is a `TieredSeriesSet`.
struct TieredSource: SeriesSource {
    private let head: Head
    private let coverage: @Sendable () -> TierCoverage

    /// `coverage` is asked for what there is now, before the head is and after it: a block is there before the head drops what it holds, and what
    /// of the head has been folded was in a block before.
    init(_ head: Head, coverage: @escaping @Sendable () -> TierCoverage) {
        self.head = head
        self.coverage = coverage
    }

    func select(_ selection: Selection) throws -> any SeriesSet {
        var before = coverage()
        while true {
            let isRaw = before.answersRaw(selection)
            let (inOrder, late) = isRaw ? (nil, nil) : (head.inOrderRange, head.lateRange)
            let inHead = try head.select(isRaw ? selection : selection.widened)
            let now = coverage()
            if isRaw, now.answersRaw(selection) {
                return MergedSeriesSet.joined([inHead] + (try now.raw.reversed().map { try $0.select(selection) }))
            }
            if !isRaw, now.number == before.number {
                let plans = TierPlans(now, coarsest: selection.coarsest, unfolded: [inOrder, late].compactMap { $0 })
                return TieredSet(try TierSources(selection, head: inHead, inOrder: inOrder?.from, now, plans), plans)
            }
            before = now
        }
    }

    func labelNames(_ selection: Selection) throws -> [String] {
        MergedSource.joined(try lists(selection) { try $0.labelNames(selection) })
    }

    func labelValues(_ name: String, _ selection: Selection) throws -> [String] {
        MergedSource.joined(try lists(selection) { try $0.labelValues(name, selection) })
    }

    func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) throws -> [SeriesExemplars] {
        head.exemplars(selectors, from: from, through: through)
    }

    /// Asks all that have something in the time; a tier only where raw samples of some series are gone.
    private func lists(_ selection: Selection, _ read: (any SeriesSource) throws -> [String]) throws -> [[String]] {
        var lists = [try read(head)]
        let now = coverage()
        for block in now.raw { lists.append(try read(block)) }
        guard selection.from <= now.rawFloor else { return lists }
        for block in now.fiveMinutes + now.hour where block.meta.minTime <= now.rawFloor { lists.append(try read(block)) }
        return lists
    }
}

extension Head {
    /// From the first to the last sample that came in order and is in no block yet.
    fileprivate var inOrderRange: TimeRange? {
        guard let from = minTime, let through = maxTime else { return nil }
        return TimeRange(from: from, through: through)
    }

    /// From the first to the last sample that came late and is in no block yet.
    var lateRange: TimeRange? {
        let stats = stats
        guard let from = stats.minOutOfOrderTime, let through = stats.maxOutOfOrderTime else { return nil }
        return TimeRange(from: from, through: through)
    }
}

extension TierCoverage {
    /// Whether raw samples answer all of a selection.
    func answersRaw(_ selection: Selection) -> Bool {
        if rawFloor > .min, selection.from <= rawFloor { return false }
        return !Tier.allCases.contains { tier in
            tier.resolution <= selection.coarsest
                && blocks(tier).contains { $0.meta.minTime <= selection.through && $0.meta.range.through >= selection.from }
        }
    }
}
