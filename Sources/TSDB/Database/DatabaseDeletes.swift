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
                    let found = try block.delete(matchers, range)
                    touched += found
                    // The log may still have it, and is read again if retention, or damage, takes all blocks that tell that it is not needed.
                    if found > 0, block.meta.maxTime <= latestTime { try rememberStart(of: [block], &work) }
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

    /// Writes every block anew from which something was deleted, without it.
    public func cleanTombstones() throws(StorageError) {
        try maintenance.withLock { work throws(StorageError) in
            guard !work.isClosed else { throw .closed(path: path) }
            for block in blockSet.all where !block.tombstones.isEmpty { try replace([block], &work) }
        }
    }
}
