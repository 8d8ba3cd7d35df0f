import Model

extension FoldPlan {
    /// A block of a tier that is to be written anew: samples came late to its time, or its windows were deleted in part and can be had again. With it
    /// go those whose late samples are the same, so that all of these are taken in at once or not at all.
    func rewriting(_ tier: Tier) -> FoldJob? {
        guard let first = trouble(tier) else { return nil }
        var stretch = first
        while true {
            let unfolded = raw.filter { lacks(tier, $0, in: stretch) }
            let parts = unfolded.map { needed(tier, $0) }.filter { !$0.isEmpty } + coverage(tier).filter(stretch.overlaps)
            let wider = parts.reduce(stretch) { $0.union($1) }
            if wider == stretch { break }
            stretch = wider
        }
        if stretch.end > latest { return nil }
        if tier == .hour, isWaiting(for: stretch) { return nil }
        return job(tier, stretch)
    }

    /// The block of a tier written anew, alone, from what is finer where that is there.
    func saving(_ tier: Tier, _ block: BlockMeta) -> FoldJob {
        var job = job(tier, block.stretch)
        // They are added when it is whole again.
        job.parts.removeAll { if case .late = $0.source { true } else { false } }
        return job
    }

    /// The block of a tier written anew without what was deleted from it; nil if it cannot be now.
    func cleaning(_ tier: Tier, _ block: BlockMeta) -> FoldJob? {
        guard let known = blocks(tier).first(where: { $0.meta.ulid == block.ulid }) else { return nil }
        return isTorn(tier, known) ? rewriting(tier) : FoldJob(merging: [block], of: tier)
    }

    /// The finer tier must be as whole as it can be where this one is made of it. What is gone for good there is not waited for.
    private func isWaiting(for stretch: FoldStretch) -> Bool {
        let finer = finerStretches(.hour, floors).map { $0.common(stretch) }.filter { !$0.isEmpty }
        return finer.contains { part in
            raw.contains { lacks(.fiveMinutes, $0, in: part) }
                || finerStretches(.fiveMinutes, floors).map(part.common).contains { there in
                    !there.isEmpty && blocks(.fiveMinutes).contains { !$0.holes(in: there).isEmpty }
                }
        }
    }

    /// Where the oldest trouble is.
    private func trouble(_ tier: Tier) -> FoldStretch? {
        let late = raw.filter { block in
            coverage(tier).contains { lacks(tier, block, in: $0) } || lacks(tier, block, in: FoldStretch(start: .min, end: finerFloor(tier)))
        }
        let torn = blocks(tier).filter { isTorn(tier, $0) }
        let places = late.map { needed(tier, $0) }.filter { !$0.isEmpty } + torn.map(\.stretch)
        return places.min { $0.start < $1.start }
    }

    /// Whether windows that were deleted because of a part of them can be had again.
    func isTorn(_ tier: Tier, _ block: Folded) -> Bool {
        finerStretches(tier, floors).contains { !block.holes(in: $0).isEmpty }
    }

    /// All blocks of a tier that a raw block touches must take it in together. Where nothing finer is left, so must time of which there is no block.
    private func needed(_ tier: Tier, _ block: BlockMeta) -> FoldStretch {
        let wanted = block.stretch.common(FoldStretch(start: begin(tier), end: .max))
        let gone = wanted.common(FoldStretch(start: .min, end: finerFloor(tier)))
        let blocks = coverage(tier).filter { !$0.common(wanted).isEmpty && block.touches($0.common(wanted)) }
        let all = blocks + (gone.isEmpty || !block.touches(gone) ? [] : [gone])
        guard let first = all.first else { return FoldStretch(start: 0, end: 0) }
        return all.reduce(first) { $0.union($1) }
    }

    // MARK: What it is made of

    /// Up to where nothing finer is left of series that no rule matches.
    private func finerFloor(_ tier: Tier) -> Timestamp {
        tier == .hour ? min(floors.raw, finerStretches(.hour, floors).map(\.start).min() ?? floors.raw) : floors.raw
    }

    /// Where the windows of a tier can be folded from what is finer, for series with these floors.
    private func finerStretches(_ tier: Tier, _ floors: TierFloors) -> [FoldStretch] {
        let raw = FoldStretch(start: floors.raw, end: .max)
        guard tier == .hour else { return [raw] }
        let behind = FoldStretch(start: max(floors.fiveMinutes, oldest[.fiveMinutes] ?? .min), end: .max)
        return coverage(.fiveMinutes).map { $0.common(behind) }.filter { !$0.isEmpty } + [raw]
    }

    private func job(_ tier: Tier, _ stretch: FoldStretch) -> FoldJob {
        let replaced = blocks(tier).filter { $0.stretch.overlaps(stretch) }
        var job = FoldJob(tier: tier, stretch: stretch, replaced: replaced.map(\.meta.ulid), parts: [])
        let usual = parts(tier, stretch, floors, rule: nil)
        let byRule = rules.enumerated().map { parts(tier, stretch, $1, rule: $0) }
        job.isByRule = byRule.contains { $0.map { Piece($0) } != usual.map { Piece($0) } }
        job.parts = job.isByRule ? usual + byRule.joined() : usual
        return job
    }

    private struct Piece: Equatable {
        let source: FoldJob.Source
        let stretch: FoldStretch

        init(_ part: FoldJob.Part) { (source, stretch) = (part.source, part.stretch) }
    }

    private func parts(_ tier: Tier, _ stretch: FoldStretch, _ floors: TierFloors, rule: Int?) -> [FoldJob.Part] {
        var parts: [FoldJob.Part] = []
        var rest = [stretch]
        if tier == .hour {
            for finer in finerStretches(.hour, floors).dropLast() { take(.finer, finer) }
        }
        for there in FoldStretch(start: floors.raw, end: .max).without(lost(tier, floors)) { take(.raw, there) }
        parts += rest.flatMap { kept(tier, $0, rule) }
        return parts.sorted { $0.stretch.start < $1.stretch.start }

        func take(_ source: FoldJob.Source, _ there: FoldStretch) {
            parts += rest.map { $0.common(there) }.filter { !$0.isEmpty }.map { FoldJob.Part(source: source, stretch: $0, rule: rule) }
            rest = rest.flatMap { $0.without([there]) }
        }
    }

    /// Where a tier has samples of raw blocks that are gone though nobody purged them, as damaged ones are: its windows are the last that there is of
    /// them.
    private func lost(_ tier: Tier, _ floors: TierFloors) -> [FoldStretch] {
        let there = Set(raw.flatMap(\.compaction.sources))
        let inOrder = raw.filter { block in
            let hints = block.compaction.hints
            return !hints.contains(BlockMeta.Compaction.fromOutOfOrder) || hints.contains(BlockMeta.Compaction.fromFuture)
        }
        let covered = inOrder.map { FoldStretch(start: $0.minTime.earlier(by: 1), end: $0.maxTime.earlier(by: 1)) }
        let behind = FoldStretch(start: floors.raw, end: .max)
        return blocks(tier).filter { !there.isSuperset(of: $0.sources) }.map { $0.stretch.common(behind) }.flatMap { stretch in
            stretch.without(covered).map { FoldStretch(start: $0.start.seamBefore, end: $0.end.seamBehind).common(stretch) }
        }
    }

    /// Where nothing finer is left: what is there, and what raw blocks have that is not in it.
    private func kept(_ tier: Tier, _ stretch: FoldStretch, _ rule: Int?) -> [FoldJob.Part] {
        let there = blocks(tier).filter { $0.stretch.overlaps(stretch) }
        var parts = there.isEmpty ? [] : [FoldJob.Part(source: .replaced, stretch: stretch, rule: rule)]
        for block in raw where lacks(tier, block, in: stretch) {
            for part in stretch.without(there.filter { $0.names(block) }.map(\.stretch)) {
                parts.append(.init(source: .late(block.ulid), stretch: part, rule: rule))
            }
        }
        return parts
    }
}
