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
            var touched = 0
            for matchers in selectors {
                for block in blockSet.all where range.overlaps(block.meta.range) { touched += try block.delete(matchers, range) }
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
