import Chunks
import Model
import Synchronization

extension Head {
    /// The times of the oldest and the newest sample that came in order; nil without any.
    public var minTime: Timestamp? { samples.reading { core.totals.minTime } }
    public var maxTime: Timestamp? { samples.reading { core.totals.maxTime } }

    /// Whether the samples span so much that the oldest range can become a block: half a range stays for samples that are still to come in order.
    var isCutDue: Bool {
        samples.reading {
            guard let first = core.totals.minTime, let last = core.totals.maxTime else { return false }
            let (span, overflow) = last.subtractingReportingOverflow(first)
            return overflow || span > options.chunkRange / 2 * 3
        }
    }

    /// From now on samples before a time only come out of order.
    func closeForAppends(before: Timestamp) {
        commit.withLock { _ in core.appendFloor = max(core.appendFloor, before) }
    }

    /// The earliest time behind `time` for which there is a sample that came in order.
    func firstTime(after time: Timestamp) -> Timestamp? {
        samples.reading {
            var first: Timestamp?
            for slot in 0..<core.series.count {
                let record = core.series[slot].pointee
                for chunk in record.closedChunks where chunk.lastTime > time { first = min(first ?? .max, max(chunk.firstTime, time.later(by: 1))) }
                if record.hasOpen, record.encoder.lastTime > time { first = min(first ?? .max, max(record.openStart, time.later(by: 1))) }
            }
            return first
        }
    }

    /// Calls `body` with a cursor over the chunks that have samples in `from..<before`, as they are at this moment. A chunk that crosses an edge is
    /// there whole. Appends and queries go on meanwhile; no series leaves the head.
    func cut<R>(
        from: Timestamp, before: Timestamp, _ body: (any ChunkSeriesCursor) throws(StorageError) -> R
    ) throws(StorageError) -> R {
        keepingSeries.wrappingAdd(1, ordering: .sequentiallyConsistent)
        defer { keepingSeries.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
        return try body(chunkCursor(from: from, before: before))
    }

    /// A cursor over the chunks of some series, nil: all, that have samples in `from..<before`. No series may leave the head while it is used.
    func chunkCursor(_ slots: [UInt32]? = nil, from: Timestamp, before: Timestamp) -> any ChunkSeriesCursor {
        let range = TimeRange(from: from, through: before.earlier(by: 1))
        return sweeping.reading {
            let snapshot = index.reading {
                samples.reading { HeadSnapshot(core, slots ?? Array(0..<core.series.count), reclaimer, from: range.from, through: range.through) }
            }
            return HeadCursor(self, sortedByLabels(snapshot.series), snapshot.histograms, range, snapshot.ticket)
        }
    }

    /// Gives up everything in order before a time, after it has become a block. Out-of-order samples stay.
    func truncate(before: Timestamp) {
        commit.withLock { _ in
            samples.writing { core.floor = max(core.floor, before) }
            _ = dropChunks(outOfOrderToo: false) { $0 < before }
            _ = sweepUnlessKept()
            samples.writing { core.recountTimes() }
        }
    }

    /// Removes the series without samples, unless somebody walks over them: then the next sweep does. Returns how many went. Under `commit`.
    func sweepUnlessKept() -> Int {
        guard keepingSeries.load(ordering: .sequentiallyConsistent) == 0 else { return 0 }
        defer { reviewBudgetInTurn() }
        return sweeping.writing { index.writing { core.sweep() } }
    }
}

/// The head's chunks in a time range.
private final class HeadCursor: ChunkSeriesCursor {
    private let head: Head
    private let series: [SelectedSeries]
    private let histograms: [HistogramChunkBuilder]
    private let range: TimeRange
    private let ticket: UInt64
    private var at = 0
    private let open = ByteStore()
    private(set) var labels = Labels.empty
    private(set) var chunks: [ChunkView] = []
    var deleted: [TimeRange] { [] }

    init(_ head: Head, _ series: [SelectedSeries], _ histograms: [HistogramChunkBuilder], _ range: TimeRange, _ ticket: UInt64) {
        self.head = head
        self.series = series
        self.histograms = histograms
        self.range = range
        self.ticket = ticket
    }

    deinit { head.reclaimer.leave(ticket) }

    func next() throws(StorageError) -> Bool {
        while at < series.count {
            let record = series[at]
            at += 1
            chunks = record.closedChunks.map(ChunkView.init).filter { $0.range.overlaps(range) }
            if record.openCount > 0, record.openStart <= range.through, record.openLast >= range.from { copyOpen(record) }
            if record.histogram != SelectedSeries.noHistogram { copyHistogram(histograms[Int(record.histogram)]) }
            if chunks.isEmpty { continue }
            labels = head.labels(record.labelPairs)
            return true
        }
        return false
    }

    private func copyHistogram(_ builder: HistogramChunkBuilder) {
        guard let chunk = builder.chunk, chunk.firstTime <= range.through, chunk.lastTime >= range.from else { return }
        open.removeAll()
        chunk.bytes.withUnsafeBytes { open.append($0) }
        chunks.append(
            ChunkView(encoding: chunk.encoding, range: TimeRange(from: chunk.firstTime, through: chunk.lastTime), bytes: open.bytes))
    }

    /// See `HeadSeriesSet`: the open chunk may be written to at this moment.
    private func copyOpen(_ record: SelectedSeries) {
        guard let bytes = record.open else { return }
        open.removeAll()
        head.samples.reading { open.append(UnsafeRawBufferPointer(start: bytes, count: Int(record.openLength))) }
        open.base.storeBytes(of: record.openCount.bigEndian, as: UInt16.self)
        chunks.append(ChunkView(encoding: .xor, range: TimeRange(from: record.openStart, through: record.openLast), bytes: open.bytes))
    }
}

extension ChunkView {
    init(_ chunk: ClosedChunk) {
        self.init(encoding: chunk.encoding, range: TimeRange(from: chunk.firstTime, through: chunk.lastTime), bytes: chunk.buffer)
    }
}
