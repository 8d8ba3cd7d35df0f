import Chunks
import Model

extension Head {
    /// Called while `samples` is held for writing, after the samples in order.
    func applyOutOfOrder() {
        for sample in staging.outOfOrder { insert(sample.slot, sample.time, .float(sample.value)) }
        for sample in staging.outOfOrderHistograms { insert(sample.slot, sample.time, .histogram(sample.histogram), isHistogram: true) }
    }

    private func insert(_ slot: UInt32, _ time: Timestamp, _ value: SampleValue, isHistogram: Bool = false) {
        let outcome = core.insertOutOfOrder(slot, time, value)
        staging.count(outcome, isHistogram: isHistogram)
        if outcome == .stored { staging.outcome.appendedOutOfOrder += 1 }
    }
}

extension ChunkStore {
    /// What is at a time among the samples in order; nil if nothing is, or if its chunk cannot be read.
    func sample(_ series: UnsafeMutablePointer<SeriesRecord>, at time: Timestamp) -> SampleValue? {
        let record = series.pointee
        if record.hasOpen, record.openStart <= time { return time <= record.encoder.lastTime ? openSample(record, time) : nil }
        let chunks = record.closedChunks
        let at = chunks.firstIndex(notBefore: time)
        guard at < chunks.count, chunks[at].firstTime <= time else { return nil }
        return try? SampleValue(chunks[at].buffer, chunks[at].encoding, at: time, lookup)
    }

    private func openSample(_ record: SeriesRecord, _ time: Timestamp) -> SampleValue? {
        if record.flags.contains(.openHistogram) {
            guard let chunk = histograms[record.key]?.chunk else { return nil }
            return chunk.bytes.withUnsafeBytes { try? SampleValue($0, chunk.encoding, at: time, lookup) }
        }
        return try? SampleValue(UnsafeRawBufferPointer(start: record.open, count: record.encoder.byteCount), .xor, at: time, lookup)
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
