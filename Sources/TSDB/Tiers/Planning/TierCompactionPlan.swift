import Model

extension FoldPlan {
    /// The blocks of a tier to make one of; nil if nothing is to be done. They grow as raw blocks do, to lengths of which each is three times the one
    /// before. One alone is written anew if much of it was deleted.
    ///
    /// Only what is whole and in need of nothing is merged: the one block names all sources of the others.
    func merging(_ tier: Tier, ranges: [Int64]) -> [ULID]? {
        let settled = Array(blocks(tier).dropLast())
        guard let youngest = settled.last else { return nil }
        for range in ranges.dropFirst() {
            for group in groups(settled, range) where isDue(group, range, youngest) && isWhole(tier, group) { return group.map(\.meta.ulid) }
        }
        return settled.first { isWorn($0) && isWhole(tier, [$0]) }.map { [$0.meta.ulid] }
    }

    /// Blocks that lie within the same multiple of `range`. One that crosses its border is in none.
    private func groups(_ blocks: [Folded], _ range: Int64) -> [[Folded]] {
        var groups: [Int64: [Folded]] = [:]
        for block in blocks {
            let past = block.stretch.start % range
            let start = block.stretch.start - (past < 0 ? past + range : past)
            if block.stretch.end <= start.later(by: range) { groups[start, default: []].append(block) }
        }
        return groups.sorted { $0.key < $1.key }.map(\.value)
    }

    private func isDue(_ group: [Folded], _ range: Int64, _ youngest: Folded) -> Bool {
        guard group.count > 1, let first = group.first?.stretch.start, let last = group.last?.stretch.end else { return false }
        return last - first == range || last <= youngest.stretch.start
    }

    /// Whether nothing is missing between the blocks and in them.
    private func isWhole(_ tier: Tier, _ group: [Folded]) -> Bool {
        guard zip(group, group.dropFirst()).allSatisfy({ $0.stretch.end == $1.stretch.start }) else { return false }
        return group.allSatisfy { block in
            !raw.contains { lacks(tier, $0, in: block.stretch) } && !isTorn(tier, block)
        }
    }

    /// Whether a twentieth of the series lost windows.
    private func isWorn(_ block: Folded) -> Bool {
        let stats = block.meta.stats
        return Double(stats.tombstones) / Double(stats.series + 1) > 0.05
    }
}
