import Chunks
import Model

/// What a query keeps of a series: pointers and counts as they were when it began.
struct SelectedSeries: BitwiseCopyable {
    let labels: UnsafeMutablePointer<LabelPair>
    let closed: UnsafeMutablePointer<ClosedChunk>?
    let open: UnsafeMutableRawPointer?
    let openStart: Timestamp
    let openLast: Timestamp
    let closedStart: UInt32
    let closedEnd: UInt32
    let openCount: UInt16
    let openLength: UInt16
    let labelCount: UInt16

    init(_ record: SeriesRecord) {
        labels = record.labels
        closed = record.closed
        open = record.open
        openStart = record.openStart
        openLast = record.encoder.lastTime
        closedStart = record.closedStart
        closedEnd = record.closedEnd
        openCount = record.encoder.count
        openLength = UInt16(truncatingIfNeeded: record.encoder.byteCount)
        labelCount = record.labelCount
    }

    var labelPairs: UnsafeBufferPointer<LabelPair> { UnsafeBufferPointer(start: labels, count: Int(labelCount)) }

    var closedChunks: UnsafeBufferPointer<ClosedChunk> {
        guard let closed else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: closed + Int(closedStart), count: Int(closedEnd - closedStart))
    }
}

/// A consistent snapshot of the head. The chunks stay in memory as long as it lives.
final class HeadSeriesSet: SeriesSet, @unchecked Sendable {
    // The pointers in `series` are valid until the ticket is given back.
    private let series: [SelectedSeries]
    private let names: [Labels]
    private let floor: Timestamp
    private let reclaimer: Reclaimer
    private let ticket: UInt64
    private let appending: ReadWriteLock

    init(
        _ series: [SelectedSeries], labels: [Labels], floor: Timestamp, _ reclaimer: Reclaimer, _ ticket: UInt64, _ appending: ReadWriteLock
    ) {
        self.series = series
        names = labels
        self.floor = floor
        self.reclaimer = reclaimer
        self.ticket = ticket
        self.appending = appending
    }

    deinit { reclaimer.leave(ticket) }

    var count: Int { series.count }
    func labels(_ index: Int) -> Labels { names[index] }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let series = series[index]
        let from = max(from, floor)
        let chunks = series.closedChunks
        var at = firstChunk(chunks, notBefore: from)
        while at < chunks.count, chunks[at].firstTime <= through {
            if chunks[at].encoding == .xor { try XORChunk.decode(chunks[at].buffer, from: from, through: through, into: column) }
            at += 1
        }
        if series.openCount > 0, series.openStart <= through, series.openLast >= from {
            try readOpen(series, from: from, through: through, into: column)
        }
    }

    private func firstChunk(_ chunks: UnsafeBufferPointer<ClosedChunk>, notBefore time: Timestamp) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].lastTime < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The open chunk may be written to at this moment, its count and its last byte too: its bytes are copied between two batches, and the copy
    /// gets the count of the snapshot.
    private func readOpen(_ series: SelectedSeries, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        guard let open = series.open else { return }
        let length = Int(series.openLength)
        try withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { copy in
            appending.reading { copy.copyMemory(from: UnsafeRawBufferPointer(start: open, count: length)) }
            copy.storeBytes(of: series.openCount.bigEndian, as: UInt16.self)
            try XORChunk.decode(UnsafeRawBufferPointer(copy), from: from, through: through, into: column)
        }
    }
}
