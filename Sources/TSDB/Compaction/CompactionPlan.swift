import Model

/// Decides which blocks are merged next, as Prometheus's leveled compaction does.
enum CompactionPlan {
    /// Block lengths, each three times the one before, up to `longest`; at least the shortest.
    static func ranges(shortest: Int64, longest: Int64) -> [Int64] {
        var ranges = [shortest]
        while let last = ranges.last, last <= longest / 3 { ranges.append(last * 3) }
        return ranges
    }

    /// The names of the blocks to merge; nil if nothing is to be done.
    ///
    /// Overlapping blocks come first. Then blocks that fill a range of the next length together, or lie before the youngest of them; the very
    /// youngest block is left out, because late samples may still come for its time. Then a single block from which much was deleted.
    ///
    /// Blocks of late samples and stale series whose time the head still has are not merged with older ones: the whole would end behind what came in
    /// order, could no longer say how far that has become blocks, and the next start would take up again what has.
    static func next(_ metas: [BlockMeta], ranges: [Int64]) -> Set<ULID>? {
        let sorted = metas.sorted { ($0.minTime, $0.ulid) < ($1.minTime, $1.ulid) }
        let end = metas.filter(\.compaction.hints.isEmpty).map(\.maxTime).max()
        if let overlapping = overlapping(sorted, inOrderEnd: end ?? .min) { return overlapping }
        let settled = sorted.dropLast().filter { $0.maxTime <= end ?? .max }
        guard let youngest = settled.last else { return nil }
        for range in ranges.dropFirst() {
            for group in groups(settled, range) where isDue(group, range, youngest) { return Set(group.map(\.ulid)) }
        }
        return deleted(settled, ranges)
    }

    /// So many blocks of stale series may lie beside each other in a time that the head still has. More will come, and the head's own, and each merge
    /// writes all of them again; but every one costs queries a look.
    static let pile = 10

    /// `inOrderEnd` is the end of what came in order and has become blocks.
    private static func overlapping(_ sorted: [BlockMeta], inOrderEnd: Timestamp) -> Set<ULID>? {
        for (at, first) in sorted.enumerated() {
            var group = [first.ulid]
            var waits = isEarly(first, inOrderEnd)
            var end = first.maxTime
            for other in sorted[(at + 1)...] where other.minTime < end {
                group.append(other.ulid)
                waits = waits && isEarly(other, inOrderEnd)
                end = max(end, other.maxTime)
            }
            if group.count > (waits ? pile : 1) { return Set(group) }
        }
        return nil
    }

    /// Whether a block is one of stale series of a time that the head still has.
    private static func isEarly(_ meta: BlockMeta, _ inOrderEnd: Timestamp) -> Bool {
        meta.maxTime > inOrderEnd && meta.compaction.hints.contains(BlockMeta.Compaction.fromStaleSeries)
    }

    /// Blocks that lie within the same multiple of `range`. One that crosses its border is in none.
    private static func groups(_ metas: [BlockMeta], _ range: Int64) -> [[BlockMeta]] {
        var groups: [Int64: [BlockMeta]] = [:]
        for meta in metas {
            let past = meta.minTime % range
            let start = meta.minTime - (past < 0 ? past + range : past)
            if meta.maxTime <= start.later(by: range) { groups[start, default: []].append(meta) }
        }
        return groups.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func isDue(_ group: [BlockMeta], _ range: Int64, _ youngest: BlockMeta) -> Bool {
        guard group.count > 1, !group.contains(where: \.compaction.failed), let first = group.first, let last = group.last else { return false }
        return last.maxTime - first.minTime == range || last.maxTime <= youngest.minTime
    }

    /// The youngest block of at least the middle length from which a twentieth of the series lost samples; or one from which all did, if no larger
    /// block is younger.
    private static func deleted(_ metas: [BlockMeta], _ ranges: [Int64]) -> Set<ULID>? {
        let middle = ranges.isEmpty ? 0 : ranges[ranges.count / 2]
        for meta in metas.reversed() {
            if meta.maxTime - meta.minTime < middle {
                return meta.stats.tombstones > 0 && meta.stats.tombstones >= meta.stats.series ? [meta.ulid] : nil
            }
            if Double(meta.stats.tombstones) / Double(meta.stats.series + 1) > 0.05 { return [meta.ulid] }
        }
        return nil
    }
}
