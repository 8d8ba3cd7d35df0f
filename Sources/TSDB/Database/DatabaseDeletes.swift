public import Model
import Synchronization

extension Database {
    /// Deletes the samples in `range` of all series that one of `selectors` matches: gone from queries and listings when this returns, and for good.
    /// Their space comes back with the next compaction or `cleanTombstones`. In the tiers all windows that the range touches go; those of which only a
    /// part was to go come back, without it, when they are folded anew, if what is finer is still there.
    ///
    /// Throws if some may still be there; deleting again is safe. Returns how many series were touched, a series counted once for each block.
    @discardableResult
    public func delete(_ selectors: [[Matcher]], _ range: TimeRange) throws(StorageError) -> Int {
        try maintenance.withLock { work throws(StorageError) in
            guard !work.isClosed else { throw .closed(path: path) }
            // A block that only the next start would see must not bring back what is deleted now.
            try removeLeftovers()
            var touched = 0
            for matchers in selectors {
                for block in blockSet.all where range.overlaps(block.meta.range) {
                    if block.meta.maxTime > work.logStart.time { try logDeletion(from: block, matchers, range) }
                    touched += try block.delete(matchers, range)
                }
                touched += try head.delete(matchers, range)
            }
            touched += try deleteFromTiers(selectors, range)
            // A power cut must not bring back what was confirmed to be gone.
            try log.syncAll()
            report(
                StorageEvent(
                    .info, "samples deleted",
                    [
                        ("selectors", selectors.map { $0.map { "\($0)" }.joined(separator: ",") }.joined(separator: " ")),
                        ("from", "\(range.from)"), ("through", "\(range.through)"), ("series", "\(touched)"),
                    ]))
            return touched
        }
    }

    private func deleteFromTiers(_ selectors: [[Matcher]], _ range: TimeRange) throws(StorageError) -> Int {
        defer { blockSet.change() }
        var touched = 0
        let coverage = blockSet.coverage
        for tier in Tier.allCases {
            for block in coverage.blocks(tier) where range.widened(to: tier).overlaps(block.meta.range) {
                var here = 0
                for matchers in selectors { here += try block.delete(matchers, range) }
                if here > 0 { noteHoles(block, tier, coverage) }
                touched += here
            }
        }
        return touched
    }

    /// Tells of windows that will not come back.
    private func noteHoles(_ block: Block, _ tier: Tier, _ coverage: TierCoverage) {
        let end = tier == .hour ? coverage.floors.end(of: .hour) : coverage.floors.raw
        let lost = block.holes.filter { $0.through <= end }
        guard let first = lost.first, let last = lost.last else { return }
        report(
            StorageEvent(
                .warning, "windows of a tier of which only a part was deleted are gone as a whole; nothing finer is left of them",
                described(block.meta) + [("from", "\(first.from)"), ("through", "\(last.through)")]))
    }

    /// The log may still have what a block has, and a start reads it again where no block tells that it need not: if retention or damage takes the
    /// block, or the clock has been put back so far that the block counts as one of a time to come.
    private func logDeletion(from block: Block, _ matchers: [Matcher], _ range: TimeRange) throws(StorageError) {
        let part = TimeRange(from: max(range.from, block.meta.range.from), through: min(range.through, block.meta.range.through))
        let series: any SeriesSet
        do {
            series = try block.select(Selection(matchers: matchers, from: part.from, through: part.through))
        } catch let error as StorageError {
            throw error
        } catch {
            preconditionFailure("BUG: a block that cannot be read for \(error)")
        }
        for start in stride(from: 0, to: series.count, by: 1000) {
            try head.logDeletion(of: (start..<min(start + 1000, series.count)).map { series.labels($0) }, part)
        }
    }

    /// Writes every block anew from which something was deleted, without it.
    public func cleanTombstones() throws(StorageError) {
        try maintenance.withLock { work throws(StorageError) in
            guard !work.isClosed else { throw .closed(path: path) }
            for block in blockSet.all where !block.tombstones.isEmpty { try replace([block], &work) }
            for tier in Tier.allCases {
                for block in blockSet.all(tier) where !block.tombstones.isEmpty { try clean(block, of: tier, &work) }
            }
        }
    }

    /// What can be folded anew is, and with it blocks that need the same; the rest is written as it is.
    private func clean(_ block: Block, of tier: Tier, _ work: inout Maintenance) throws(StorageError) {
        while blockSet.all(tier).contains(where: { $0.meta.ulid == block.meta.ulid }) {
            guard let job = foldPlan(work).cleaning(tier, block.meta) else { return }
            if try settle(job, &work) { try carryOut(job, &work) }
        }
    }
}
