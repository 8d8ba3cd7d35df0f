public import Model
import Synchronization

extension Database {
    /// Deletes the samples in `range` of all series that one of `selectors` matches: gone from queries and listings when this returns, and for good.
    /// Their space comes back with the next compaction or `cleanTombstones`.
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
        }
    }
}
