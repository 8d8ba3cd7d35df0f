import Chunks
import Model

/// Removing samples from chunks. Readers keep what they saw: nothing is changed in place.
extension ChunkStore {
    /// Removes a series' samples of a time range. Returns how many went.
    ///
    /// What is appended later must still be behind the last sample that was there, deleted or not: the log is replayed against chunks that were
    /// written to files, and there a deletion must not meet samples that came after it. So if the end goes, the rest of the open chunk is closed
    /// and the series keeps the time of its end.
    func remove(_ series: UnsafeMutablePointer<SeriesRecord>, _ range: TimeRange) -> Int {
        guard series.pointee.overlaps(range.from, range.through), let end = series.pointee.timeRange?.last else { return 0 }
        let before = samples
        if series.pointee.flags.contains(.openHistogram) { closeHistogram(series) }
        removeClosed(series, range)
        removeOpen(series, range)
        let hasOpen = series.pointee.encoder.count > 0
        if !hasOpen, !series.pointee.flags.contains(.endDeleted), series.pointee.timeRange?.last != end {
            series.pointee.flags.insert(.endDeleted)
            series.pointee.openStart = end
        }
        return before - samples
    }

    /// Makes the list of closed chunks anew.
    private func removeClosed(_ series: UnsafeMutablePointer<SeriesRecord>, _ range: TimeRange) {
        let old = series.pointee
        guard old.closedChunks.contains(where: { $0.overlaps(range) }) else { return }
        series.pointee.closed = nil
        series.pointee.closedStart = 0
        series.pointee.closedEnd = 0
        series.pointee.closedCapacity = 0
        for chunk in old.closedChunks { keep(chunk, without: range, series) }
        if let list = old.closed { retire(UnsafeMutableRawPointer(list), Int(old.closedCapacity) * MemoryLayout<ClosedChunk>.stride) }
    }

    private func keep(_ chunk: ClosedChunk, without range: TimeRange, _ series: UnsafeMutablePointer<SeriesRecord>) {
        guard chunk.overlaps(range) else { return appendClosed(series, chunk) }
        // Nobody can be answered from a chunk that cannot be read, so that nothing of it is seen though it stays.
        guard let parts = try? chunk.trimmed(range, lookup, allocate: { allocate($0) }) else { return appendClosed(series, chunk) }
        chunks += parts.count - 1
        samples -= chunk.count - parts.reduce(0) { $0 + $1.count }
        for var part in parts {
            part.staysInMemory = chunk.isMapped || chunk.staysInMemory
            if !part.staysInMemory { closedBytes += part.length }
            appendClosed(series, part)
        }
        retire(chunk)
    }

    private func removeOpen(_ series: UnsafeMutablePointer<SeriesRecord>, _ range: TimeRange) {
        let record = series.pointee
        guard record.encoder.count > 0, let open = record.open, record.openStart <= range.through, record.encoder.lastTime >= range.from
        else { return }
        let bytes = UnsafeRawBufferPointer(start: open, count: record.encoder.byteCount)
        guard let all = try? XORChunk.samples(bytes, lookup) else { preconditionFailure("BUG: an open chunk that cannot be read") }
        let kept = all.filter { !range.contains($0.time) }
        guard kept.count < all.count else { return }
        samples -= all.count - kept.count
        dropOpen(series)
        chunks -= 1
        // Only what goes on to the end can stay open.
        let behind = record.encoder.lastTime > range.through ? kept.behind(range) : kept.count
        for part in ClosedChunk.encode(Array(kept[..<behind]), allocate: { allocate($0) }) {
            appendClosed(series, part)
            closedBytes += part.length
            chunks += 1
        }
        if behind < kept.count { reopen(series, kept[behind...], end: record.openEnd) }
    }

    /// Makes an open chunk of samples that were in one.
    private func reopen(_ series: UnsafeMutablePointer<SeriesRecord>, _ kept: ArraySlice<Sample>, end: Timestamp) {
        series.pointee.openStart = kept[kept.startIndex].time
        series.pointee.openEnd = end
        chunks += 1
        for sample in kept { appendOpen(series, sample.time, sample.value) }
    }
}

extension ClosedChunk {
    func overlaps(_ range: TimeRange) -> Bool { firstTime <= range.through && lastTime >= range.from }
}
