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
    /// Which of the out-of-order series that were copied along is its; `noOutOfOrder` if none.
    let outOfOrder: UInt32

    /// The same for open histograms.
    let histogram: UInt32

    static let noOutOfOrder = UInt32.max
    static let noHistogram = UInt32.max

    init(_ record: SeriesRecord, outOfOrder: UInt32 = Self.noOutOfOrder, histogram: UInt32 = Self.noHistogram) {
        self.outOfOrder = outOfOrder
        self.histogram = histogram
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

/// What a query copies of the head in one critical section.
struct HeadSnapshot {
    var series: [SelectedSeries] = []
    var outOfOrder: [OutOfOrderSeries] = []
    var histograms: [HistogramChunkBuilder] = []
    var floor = Timestamp.min
    var outOfOrderFloor = Timestamp.min
    var ticket: UInt64 = 0

    /// Copies what `slots` have in a time range. Called while `samples` is held for reading.
    init(_ core: HeadCore, _ slots: [UInt32], _ reclaimer: Reclaimer, from: Timestamp, through: Timestamp) {
        ticket = reclaimer.enter()
        floor = core.floor
        outOfOrderFloor = core.outOfOrderFloor
        series.reserveCapacity(slots.count)
        for slot in slots {
            let record = core.series[slot]
            if let late = core.outOfOrder(slot, from, through) {
                let histogram = copyHistogram(core, slot)
                series.append(SelectedSeries(record.pointee, outOfOrder: UInt32(outOfOrder.count), histogram: histogram))
                outOfOrder.append(late)
            } else if record.pointee.overlaps(max(from, floor), through) {
                series.append(SelectedSeries(record.pointee, histogram: copyHistogram(core, slot)))
            }
        }
    }

    @inline(__always)
    private mutating func copyHistogram(_ core: HeadCore, _ slot: UInt32) -> UInt32 {
        guard core.series[slot].pointee.flags.contains(.openHistogram), let open = core.openHistogram(slot) else {
            return SelectedSeries.noHistogram
        }
        histograms.append(open)
        return UInt32(histograms.count - 1)
    }

    init() {}
}

/// A consistent snapshot of the head. The chunks stay in memory as long as it lives.
final class HeadSeriesSet: SeriesSet, @unchecked Sendable {
    // The pointers in `series` are valid until the ticket is given back.
    private let series: [SelectedSeries]
    private let names: [Labels]
    private let outOfOrder: [OutOfOrderSeries]
    private let histograms: [HistogramChunkBuilder]
    private let floor: Timestamp
    private let outOfOrderFloor: Timestamp
    private let reclaimer: Reclaimer
    private let ticket: UInt64
    private let appending: ReadWriteLock
    private let chunkFiles: HeadChunkFiles?

    init(
        _ series: [SelectedSeries], labels: [Labels], _ snapshot: HeadSnapshot, _ reclaimer: Reclaimer, _ appending: ReadWriteLock,
        _ chunkFiles: HeadChunkFiles?
    ) {
        self.chunkFiles = chunkFiles
        self.series = series
        names = labels
        outOfOrder = snapshot.outOfOrder
        histograms = snapshot.histograms
        floor = snapshot.floor
        outOfOrderFloor = snapshot.outOfOrderFloor
        self.reclaimer = reclaimer
        ticket = snapshot.ticket
        self.appending = appending
    }

    deinit { reclaimer.leave(ticket) }

    var count: Int { series.count }
    func labels(_ index: Int) -> Labels { names[index] }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let series = series[index]
        let start = column.count
        try readInOrder(series, from: max(from, floor), through: through, into: column)
        if series.outOfOrder != SelectedSeries.noOutOfOrder {
            let late = column.count
            try outOfOrder[Int(series.outOfOrder)].read(from: max(from, outOfOrderFloor), through: through, into: column)
            column.mergeTail(from: late, into: start)
        }
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        let series = series[index]
        let start = column.count
        try readHistogramsInOrder(series, from: max(from, floor), through: through, into: column)
        guard series.outOfOrder != SelectedSeries.noOutOfOrder else { return }
        let late = column.count
        try outOfOrder[Int(series.outOfOrder)].readHistograms(from: max(from, outOfOrderFloor), through: through, into: column)
        column.mergeTail(from: late, into: start)
    }

    private func readHistogramsInOrder(_ series: SelectedSeries, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        let chunks = series.closedChunks
        var at = chunks.firstIndex(notBefore: from)
        while at < chunks.count, chunks[at].firstTime <= through {
            if chunks[at].encoding.holdsHistograms {
                try ChunkDecoder.decode(chunks[at].buffer, chunks[at].encoding, from: from, through: through, into: column)
            }
            at += 1
        }
        guard series.histogram != SelectedSeries.noHistogram, let open = histograms[Int(series.histogram)].chunk else { return }
        try open.bytes.withUnsafeBytes { try ChunkDecoder.decode($0, open.encoding, from: from, through: through, into: column) }
    }

    private func readInOrder(_ series: SelectedSeries, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let chunks = series.closedChunks
        var at = chunks.firstIndex(notBefore: from)
        while at < chunks.count, chunks[at].firstTime <= through {
            if chunks[at].encoding == .xor { try XORChunk.decode(chunks[at].buffer, from: from, through: through, into: column) }
            at += 1
        }
        if series.openCount > 0, series.openStart <= through, series.openLast >= from {
            try readOpen(series, from: from, through: through, into: column)
        }
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
