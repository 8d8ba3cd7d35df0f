public import Model
import Synchronization

extension Block {
    /// Deletes the samples of the matching series in a range of time: tombstones are written durably and then seen by those queries that begin
    /// later. Returns how many series have lost samples by it. A tier loses all windows that the range touches.
    ///
    /// Throws `StorageError`: if the tombstones cannot be written nothing is deleted; if only the block's description cannot, everything is, but the
    /// description does not count it yet.
    @discardableResult
    public func delete(_ matchers: [Matcher], _ range: TimeRange) throws(StorageError) -> Int {
        try deleting.withLock { (_) throws(StorageError) in
            var tombstones = describedTombstones
            let count = try telling { () throws(StorageError) in try add(matchers, range, to: &tombstones) }
            guard count > 0 else { return 0 }
            try write(tombstones)
            return count
        }
    }

    /// Replaces the tombstones. Under `deleting`.
    private func write(_ tombstones: Tombstones) throws(StorageError) {
        try tombstones.write(path, files)
        var meta = meta
        meta.stats.tombstones = tombstones.count
        describe { described in
            described.asked = tombstones
            described.tombstones = DeletedSeries(tombstones.widened(to: meta.fold?.tier))
            described.meta = meta
        }
        try meta.write(path, files)
        let bytes = try Self.smallFiles(path, files)
        describe { $0.bytes = bytes }
    }

    /// Notes that samples of more blocks of level 1 are in a block of a tier, or would be if they had any in its time.
    func name(_ sources: [ULID]) throws(StorageError) {
        try deleting.withLock { (_) throws(StorageError) in
            var meta = meta
            let all = Set(sources + (meta.fold?.sources ?? [])).sorted()
            meta.fold?.sources = all
            try meta.write(path, files)
            describe { $0.meta = meta }
        }
    }

    /// Deletes all of those series for which `isGone` says so. Throws as `delete` does. Returns how many are gone that were not.
    func trim(_ isGone: (Labels) -> Bool) throws(StorageError) -> Int {
        try deleting.withLock { (_) throws(StorageError) in
            var tombstones = describedTombstones
            let count = try telling { () throws(StorageError) in try add(isGone, to: &tombstones) }
            if count > 0 { try write(tombstones) }
            return count
        }
    }

    private func add(_ isGone: (Labels) -> Bool, to tombstones: inout Tombstones) throws(StorageError) -> Int {
        var count = 0
        var symbols = SymbolCache(try index.symbols())
        var pairs: [LabelPair] = []
        for number in try index.allPostings().array() {
            _ = try index.series(number, labels: &pairs)
            guard isGone(try symbols.labels(pairs)), let all = try extent(number, of: TimeRange(from: .min, through: .max)) else { continue }
            if tombstones.add(UInt64(number), all) { count += 1 }
        }
        return count
    }

    private func add(_ matchers: [Matcher], _ range: TimeRange, to tombstones: inout Tombstones) throws(StorageError) -> Int {
        var count = 0
        for number in try BlockMatching(index).series(matchers) {
            guard let extent = try extent(number, of: range) else { continue }
            // No further than the series reaches, as Prometheus does.
            let part = TimeRange(from: max(range.from, extent.from), through: min(range.through, extent.through))
            if tombstones.add(UInt64(number), part) { count += 1 }
        }
        return count
    }

    /// From the first to the last time of a series; nil if no chunk of it is in the range.
    private func extent(_ number: UInt32, of range: TimeRange) throws(StorageError) -> TimeRange? {
        var chunks = try index.chunks(number)
        var extent: TimeRange?
        var touched = false
        do throws(BrokenEntry) {
            while let chunk = try chunks.next() {
                extent = TimeRange(from: extent?.from ?? chunk.range.from, through: max(extent?.through ?? .min, chunk.range.through))
                if chunk.range.overlaps(range) { touched = true }
            }
        } catch {
            throw index.broken(number)
        }
        return touched ? extent : nil
    }
}
