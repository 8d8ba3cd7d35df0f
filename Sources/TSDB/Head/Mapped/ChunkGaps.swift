import Model

/// Files of head chunks may have lost some, at a power cut or behind a failed write. Samples of the log that lie between chunks that were found are
/// kept beside them: appended in order they cannot be any more.
extension SeriesRecord {
    /// Whether a time lies before a chunk that came from a file, and in no chunk.
    @inline(never)
    func isInGap(_ time: Timestamp) -> Bool {
        let chunks = closedChunks
        let at = chunks.firstIndex(notBefore: time)
        return at < chunks.count && chunks[at].isMapped && time < chunks[at].firstTime
    }
}

extension HeadCore {
    func fillGap(_ slot: UInt32, _ time: Timestamp, _ value: SampleValue) {
        hasFilledGaps = true
        _ = insertOutOfOrder(slot, time, value)
    }
}
