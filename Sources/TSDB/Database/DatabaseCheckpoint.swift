import Model
import Synchronization

extension Database {
    /// Shortens the log behind a truncation of the head. A failure costs disk, no data.
    func checkpoint(_ work: inout Maintenance) throws(StorageError) {
        let current = try log.beginSegment()
        work.logStart.note(current, floor: head.floor)
        let segments = try wrapped { () throws(FileError) in try WALFolder.segments(folder.wal, files) }
        guard let first = segments.first else { return }
        // The older two thirds hold mostly what is in blocks by now; the youngest are left alone, or the same samples would be copied every time.
        let last = first + (current - 1 - first) * 2 / 3
        guard last > first else { return }
        // The checkpoint may leave out the series with the greatest reference; the state remembers it first.
        work.state.greatestReference = max(work.state.greatestReference, head.greatestReference)
        // It leaves out deletions of samples that are in blocks, or were, and what they deleted may still be in the head's chunk files.
        if let through = head.deletedThrough {
            // Like the head's beginning it never lies within a chunk: what is hidden of one would be in the next block that is cut.
            let end = min(blockRange(through).end, head.floor)
            if end <= latestTime, end > work.state.emptiedUntil ?? .min { work.state.emptiedUntil = end }
        }
        let state = work.state
        try wrapped { () throws(FileError) in try state.write(folder.state, files) }
        work.savedState = state
        let wanted = Checkpoint.Wanted(minTime: head.floor) { [head] in head.mayNeed($0, behind: last) }
        do throws(StorageError) {
            try Checkpoint.write(
                folder.wal, through: last, wanted, files, segmentSize: options.walSegmentSize, compression: options.walCompression)
        } catch {
            progress.withLock { $0.counts.failedCheckpoints += 1 }
            throw error
        }
        head.logWasCut(through: last)
        work.logStart.wasCut(through: last)
        progress.withLock { $0.counts.checkpoints += 1 }
    }
}
