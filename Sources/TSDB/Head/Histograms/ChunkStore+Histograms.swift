import Chunks
import Model

/// Native histograms in series records.
///
/// While a series' open chunk holds histograms, `SeriesFlags.openHistogram` says so, its builder is in `histograms` under the record's key, and
/// the record's encoder is empty but for the time of the last of them. A chunk of floats is closed when a histogram comes, and the other way round.
extension ChunkStore {
    /// How many buckets a histogram in the head may have: more than any program observes, and few enough for a chunk.
    static let bucketLimit = 1 << 16

    /// How a histogram relates to what the series has, without storing it.
    func relation(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp, _ histogram: NativeHistogram) -> Outcome {
        let record = series.pointee
        guard record.hasOpen else { return Self.closedRelation(series, time) }
        let last = record.encoder.lastTime
        if time != last { return time > last ? .stored : .outOfOrder }
        return histograms[record.key]?.isRepetition(histogram) == true ? .identical : .duplicate
    }

    /// Appends a histogram that has passed its check.
    func append(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp, _ histogram: NativeHistogram) -> Outcome {
        let relation = relation(series, time, histogram)
        guard relation == .stored else { return relation }
        if !series.pointee.flags.contains(.openHistogram) {
            begin(series, time)
            series.pointee.flags.insert(.openHistogram)
        }
        // Taken out, so that nothing is copied to be changed.
        var builder = histograms.removeValue(forKey: series.pointee.key) ?? HistogramChunkBuilder()
        let before = builder.byteCount
        let cutting = builder.count > 0 && (time >= series.pointee.openEnd || builder.isFull)
        if let finished = builder.append(time, histogram, cutting: cutting) {
            close(series, finished)
            startOpen(series, time)
        }
        bytes += builder.byteCount - before
        histograms[series.pointee.key] = builder
        series.pointee.encoder = XORState(lastTime: time)
        samples += 1
        return .stored
    }

    /// Moves the open chunk of histograms behind the closed ones.
    func closeHistogram(_ series: UnsafeMutablePointer<SeriesRecord>) {
        var builder = histograms.removeValue(forKey: series.pointee.key)
        bytes -= builder?.byteCount ?? 0
        if let chunk = builder?.finish() { close(series, chunk) }
        series.pointee.flags.remove(.openHistogram)
        series.pointee.encoder = XORState()
    }

    private func close(_ series: UnsafeMutablePointer<SeriesRecord>, _ chunk: Chunks.EncodedChunk) {
        let memory = allocate(chunk.bytes.count)
        memory.copyMemory(from: chunk.bytes, byteCount: chunk.bytes.count)
        let span = UInt32(clamping: chunk.lastTime &- chunk.firstTime)
        appendClosed(
            series,
            ClosedChunk(bytes: memory, firstTime: chunk.firstTime, span: span, encoding: chunk.encoding, length: chunk.bytes.count))
        closedBytes += chunk.bytes.count
    }

    /// Gives up the open chunk of histograms. Returns how many went.
    func dropHistogram(_ series: UnsafeMutablePointer<SeriesRecord>) -> Int {
        let builder = histograms.removeValue(forKey: series.pointee.key)
        bytes -= builder?.byteCount ?? 0
        series.pointee.flags.remove(.openHistogram)
        series.pointee.encoder = XORState()
        return builder?.count ?? 0
    }
}

extension SeriesRecord {
    /// Whether there is an open chunk, of floats or of histograms.
    var hasOpen: Bool { encoder.count > 0 || flags.contains(.openHistogram) }

    /// What stays the same of a series while it is in the head.
    var key: UInt { UInt(bitPattern: labels) }
}

extension HeadCore {
    /// The open histograms of a series as they are now; nil if it has none.
    func openHistogram(_ slot: UInt32) -> HistogramChunkBuilder? {
        let record = series[slot]
        return record.pointee.flags.contains(.openHistogram) ? chunks.histograms[record.pointee.key] : nil
    }
}
