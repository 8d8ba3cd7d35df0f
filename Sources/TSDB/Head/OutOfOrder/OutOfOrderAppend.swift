import Chunks
import Model

extension Head {
    /// Called while `samples` is held for writing, after the samples in order.
    func applyOutOfOrder() {
        for sample in staging.outOfOrder {
            let outcome = core.insertOutOfOrder(sample.slot, sample.time, sample.value)
            staging.count(outcome)
            if outcome == .stored { staging.outcome.appendedOutOfOrder += 1 }
        }
    }
}

extension ChunkStore {
    /// The value at a time among the samples in order; nil if there is none, or if its chunk cannot be read.
    func value(_ series: UnsafeMutablePointer<SeriesRecord>, at time: Timestamp) -> Double? {
        let record = series.pointee
        if let open = record.open, record.encoder.count > 0, record.openStart <= time {
            let bytes = UnsafeRawBufferPointer(start: open, count: record.encoder.byteCount)
            return time <= record.encoder.lastTime ? decode(bytes, time) : nil
        }
        let chunks = record.closedChunks
        let at = chunks.firstIndex(notBefore: time)
        guard at < chunks.count, chunks[at].encoding == .xor, chunks[at].firstTime <= time else { return nil }
        return decode(chunks[at].buffer, time)
    }

    private func decode(_ chunk: UnsafeRawBufferPointer, _ time: Timestamp) -> Double? {
        lookup.removeAll()
        guard (try? XORChunk.decode(chunk, from: time, through: time, into: lookup)) != nil, lookup.count > 0 else { return nil }
        return lookup.values[0]
    }
}

extension UnsafeBufferPointer<ClosedChunk> {
    /// The first of chunks in order of time that ends at or behind a time.
    func firstIndex(notBefore time: Timestamp) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].lastTime < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
