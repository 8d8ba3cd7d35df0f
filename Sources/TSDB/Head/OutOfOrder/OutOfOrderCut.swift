import Chunks
import Model
import Synchronization

extension Head {
    /// Moves what came out of order until now to where `body` writes it, which is blocks. If `body` does not throw, it is dropped from the head and
    /// its log is shortened; what comes meanwhile stays. Appends and queries go on, deletes must wait. Returns whether there was anything.
    func cutOutOfOrder(_ body: (OutOfOrderCut) throws(StorageError) -> Void) throws(StorageError) -> Bool {
        guard let (cut, segment) = try beginOutOfOrderCut() else { return false }
        do throws(StorageError) {
            // Nothing of it is in doubt any more when it moves.
            try log?.syncOutOfOrder()
            try body(cut)
        } catch {
            cut.end()
            commit.withLock { _ in core.outOfOrder.keepsChunks = false }
            throw error
        }
        commit.withLock { _ in
            drop(cut)
            core.outOfOrder.keepsChunks = false
            cut.end()
            _ = sweepUnlessKept()
            samples.writing { core.recountTimes() }
        }
        try log?.removeOutOfOrderSegments(below: segment)
        return true
    }

    /// Everything that came out of order, as it is at this moment, for a copy of it. `end` must be called on the result.
    func outOfOrderCopy() -> OutOfOrderCut {
        commit.withLock { _ in OutOfOrderCut(self) }
    }

    /// Begins a segment of the log, so that all before it can go later, and encodes the buffers, so that chunks can be told from those to come.
    private func beginOutOfOrderCut() throws(StorageError) -> (cut: OutOfOrderCut, segment: Int)? {
        try commit.withLock { _ throws(StorageError) in
            guard !core.outOfOrder.isEmpty else { return nil }
            let segment = try log?.beginOutOfOrderSegment() ?? 0
            samples.writing { core.outOfOrder.closeAll() }
            core.outOfOrder.keepsChunks = true
            return (OutOfOrderCut(self), segment)
        }
    }

    /// Drops the chunks of a cut. Their addresses tell them: nothing else has these as long as the cut keeps them readable.
    private func drop(_ cut: OutOfOrderCut) {
        for start in stride(from: 0, to: cut.series.count, by: 1000) {
            samples.writing {
                for entry in cut.series[start..<min(start + 1000, cut.series.count)] {
                    let gone = Set(entry.late.closedChunks.map(\.bytes))
                    core.outOfOrder.retain(entry.slot, chunks: { !gone.contains($0.bytes) }, open: { _ in true })
                    core.noteOutOfOrderEnd(entry.slot)
                }
            }
        }
    }
}

/// What the head's series had out of order at one moment. Until `end` is called no series leaves the head.
final class OutOfOrderCut {
    struct Entry {
        let slot: UInt32
        let labels: UnsafeBufferPointer<LabelPair>
        let late: OutOfOrderSeries
    }

    fileprivate let head: Head
    /// As they were found, and sorted by labels.
    private let found: [Entry]
    fileprivate private(set) lazy var series = found.sorted { head.core.symbols.precedes($0.labels, $1.labels) }
    private let ticket: UInt64
    fileprivate let floor: Timestamp
    private var hasEnded = false

    /// Called under `commit`.
    fileprivate init(_ head: Head) {
        self.head = head
        head.keepingSeries.wrappingAdd(1, ordering: .sequentiallyConsistent)
        var entries: [Entry] = []
        let core = head.core
        (ticket, floor) = head.samples.reading {
            for slot in core.outOfOrder.slots {
                guard let late = core.outOfOrder.series(slot) else { continue }
                entries.append(Entry(slot: slot, labels: core.series[slot].pointee.labelPairs, late: late))
            }
            return (head.reclaimer.enter(), core.outOfOrderFloor)
        }
        found = entries
    }

    deinit { end() }

    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        head.reclaimer.leave(ticket)
        head.keepingSeries.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }

    /// From the first to the last sample; nil without any.
    var range: TimeRange? {
        guard !found.isEmpty else { return nil }
        return TimeRange(
            from: max(floor, found.reduce(.max) { min($0, $1.late.firstTime) }), through: found.reduce(.min) { max($0, $1.late.lastTime) })
    }

    /// The starts of those ranges of a length, aligned to 1970, in which there are samples, ascending.
    func starts(length: Int64) -> [Timestamp] {
        var starts: Set<Timestamp> = []
        func note(_ time: Timestamp) {
            let past = time % length
            starts.insert(time.earlier(by: past < 0 ? past + length : past))
        }
        let column = SampleColumn()
        let histograms = HistogramColumn()
        for entry in found {
            column.removeAll()
            histograms.removeAll()
            trusted { () throws(ChunkError) in
                try entry.late.read(from: floor, through: .max, into: column)
                try entry.late.readHistograms(from: floor, through: .max, into: histograms)
            }
            for i in 0..<column.count { note(column.times[i]) }
            for time in histograms.times { note(time) }
        }
        return starts.sorted()
    }

    /// The series with samples in `from..<before`, encoded anew in order of time.
    func cursor(from: Timestamp, before: Timestamp) -> any ChunkSeriesCursor {
        OutOfOrderCursor(self, TimeRange(from: max(from, floor), through: before.earlier(by: 1)))
    }
}

private final class OutOfOrderCursor: ChunkSeriesCursor {
    private let cut: OutOfOrderCut
    private let merge: ChunkMerge
    private let range: TimeRange
    /// The buffer, where it was not encoded before.
    private var encoded: [ClosedChunk] = []
    private var at = 0
    private(set) var labels = Labels.empty
    private(set) var chunks: [ChunkView] = []
    var deleted: [TimeRange] { [] }

    init(_ cut: OutOfOrderCut, _ range: TimeRange) {
        self.cut = cut
        self.range = range
        merge = ChunkMerge(range: range, encodesAnew: true)
    }

    deinit { free() }

    private func free() {
        for chunk in encoded { chunk.bytes.deallocate() }
        encoded = []
    }

    func next() throws(StorageError) -> Bool {
        while at < cut.series.count {
            let entry = cut.series[at]
            at += 1
            guard entry.late.overlaps(range.from, range.through) else { continue }
            encode(entry.late)
            if chunks.isEmpty { continue }
            labels = cut.head.labels(entry.labels)
            return true
        }
        return false
    }

    private func encode(_ late: OutOfOrderSeries) {
        free()
        encoded = ClosedChunk.encode(late.openSamples.sorted { $0.time < $1.time }) { .allocate(byteCount: $0, alignment: 8) }
        merge.removeAll()
        merge.add(late.closedChunks.map(ChunkView.init) + encoded.map(ChunkView.init), deleted: [])
        chunks = trusted { () throws(ChunkError) in try merge.result() }
    }
}

/// Chunks that were made in this process cannot be damaged.
private func trusted<R>(_ body: () throws(ChunkError) -> R) -> R {
    do { return try body() } catch { preconditionFailure("BUG: a chunk of our own: \(error)") }
}
