import Model
import Synchronization

extension Head {
    /// Moves the series that ended by a time to where `body` writes them, which is blocks. If `body` does not throw they leave the head; one that
    /// got another sample meanwhile stays, with all it has. Appends and queries go on, deletes must wait. Returns how many left.
    ///
    /// The log is told by tombstones, in the place where the series left: a series that comes back has another reference, and its samples stand
    /// behind them. If a crash comes between the blocks and the tombstones, both have the same samples, and they are answered once.
    func cutEnded(by time: Timestamp, _ body: (EndedCut) throws(StorageError) -> Void) throws(StorageError) -> Int {
        let cut = commit.withLock { _ in EndedCut(self, by: time) }
        do throws(StorageError) {
            if !cut.entries.isEmpty { try body(cut) }
        } catch {
            cut.end()
            throw error
        }
        return try commit.withLock { _ throws(StorageError) in
            cut.end()
            return try drop(cut)
        }
    }

    private func drop(_ cut: EndedCut) throws(StorageError) -> Int {
        let leaving = cut.entries.filter { core.endOfSeries($0.slot) == $0.end && !core.series[$0.slot].pointee.flags.contains(.outOfOrder) }
        guard !leaving.isEmpty else { return 0 }
        let tombstones = leaving.map(tombstone)
        try log?.write(tombstones, outOfOrder: [], of: [])
        for tombstone in tombstones { core.noteDeleted(tombstone.range) }
        for start in stride(from: 0, to: leaving.count, by: 1000) {
            samples.writing {
                for entry in leaving[start..<min(start + 1000, leaving.count)] { core.chunks.dropEnded(core.series[entry.slot]) }
            }
        }
        _ = sweepUnlessKept()
        samples.writing { core.recountTimes() }
        return leaving.count
    }

    private func tombstone(_ entry: EndedCut.Entry) -> WALTombstone {
        let record = core.series[entry.slot].pointee
        return WALTombstone(reference: record.ref, range: TimeRange(from: record.timeRange?.first ?? entry.end, through: entry.end))
    }
}

extension ChunkStore {
    /// Drops all that a series has in order. Should it stay in the head, it takes only what is behind its end, as a replay will.
    fileprivate func dropEnded(_ series: UnsafeMutablePointer<SeriesRecord>) {
        guard let end = series.pointee.timeRange?.last else { return }
        _ = drop(series) { _ in true }
        series.pointee.flags.insert(.endDeleted)
        series.pointee.openStart = end
    }
}

/// The series that had ended at one moment, but for those with samples that came out of order. Until `end` is called no series leaves the head.
final class EndedCut {
    struct Entry {
        let slot: UInt32
        /// The time of its stale marker.
        let end: Timestamp
    }

    private let head: Head
    let entries: [Entry]
    private var hasEnded = false

    /// Called under `commit`.
    fileprivate init(_ head: Head, by time: Timestamp) {
        self.head = head
        head.keepingSeries.wrappingAdd(1, ordering: .sequentiallyConsistent)
        let core = head.core
        entries = (0..<core.series.count).compactMap { slot in
            guard let end = core.endOfSeries(slot), end <= time, !core.series[slot].pointee.flags.contains(.outOfOrder) else { return nil }
            return Entry(slot: slot, end: end)
        }
    }

    deinit { end() }

    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        head.keepingSeries.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }

    /// The starts of those ranges of a length, aligned to 1970, that their chunks reach into, ascending.
    func starts(length: Int64) -> [Timestamp] {
        var starts: Set<Timestamp> = []
        head.samples.reading {
            for entry in entries {
                let record = head.core.series[entry.slot].pointee
                for chunk in record.closedChunks { note(chunk.firstTime, chunk.lastTime, length, &starts) }
                if record.hasOpen { note(record.openStart, entry.end, length, &starts) }
            }
        }
        return starts.sorted()
    }

    private func note(_ first: Timestamp, _ last: Timestamp, _ length: Int64, _ starts: inout Set<Timestamp>) {
        let past = first % length
        var start = first.earlier(by: past < 0 ? past + length : past)
        repeat {
            starts.insert(start)
            start = start.later(by: length)
        } while start <= last && start < .max
    }

    /// The series with samples in `from..<before`.
    func cursor(from: Timestamp, before: Timestamp) -> any ChunkSeriesCursor {
        head.chunkCursor(entries.map(\.slot), from: from, before: before)
    }
}
