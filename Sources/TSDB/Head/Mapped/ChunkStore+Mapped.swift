import Model

extension ChunkStore {
    /// Puts a chunk in the place of one with the same samples, in a new list: readers keep the old one. Nothing happens if the series does not have
    /// it any more.
    func replace(_ series: UnsafeMutablePointer<SeriesRecord>, _ old: ClosedChunk, with new: ClosedChunk) {
        let chunks = series.pointee.closedChunks
        guard let at = chunks.firstIndex(where: { $0.bytes == old.bytes }) else { return }
        let stride = MemoryLayout<ClosedChunk>.stride
        let list = allocate(chunks.count * stride).bindMemory(to: ClosedChunk.self, capacity: chunks.count)
        for i in 0..<chunks.count { (list + i).initialize(to: i == at ? new : chunks[i]) }
        if let before = series.pointee.closed {
            retire(UnsafeMutableRawPointer(before), Int(series.pointee.closedCapacity) * stride)
        }
        series.pointee.closed = list
        series.pointee.closedStart = 0
        series.pointee.closedEnd = UInt32(chunks.count)
        series.pointee.closedCapacity = UInt32(chunks.count)
        retire(old)
    }

    /// Gives a series the chunks that a file has of it, as far as they go on from what it has.
    func attach(_ series: UnsafeMutablePointer<SeriesRecord>, _ found: [ClosedChunk], from floor: Timestamp) {
        // Under another reference it may have samples already.
        close(series)
        for chunk in found where chunk.lastTime >= floor && series.pointee.timeRange.map({ $0.last < chunk.firstTime }) ?? true {
            appendClosed(series, chunk)
            chunks += 1
            samples += chunk.count
        }
    }
}
