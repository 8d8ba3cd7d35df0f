import Model
import Synchronization

/// The head's way into the write-ahead log, and into the one beside it for samples that came out of order.
final class DatabaseLog: HeadLog, @unchecked Sendable {
    private let path: String
    private let writer: WALWriter
    private let outOfOrder: WALWriter
    private let syncing: DatabaseOptions.WALSync
    private let closed = Atomic(false)
    /// Only used by `write`, which the head calls from one thread at a time.
    private let batch = WALBatch()
    private let outOfOrderBatch = WALBatch()
    /// The numbers of the batches written last. As `batch`.
    private var written: (inOrder: UInt64, outOfOrder: UInt64) = (0, 0)

    init(path: String, writer: WALWriter, outOfOrder: WALWriter, sync: DatabaseOptions.WALSync) {
        self.path = path
        self.writer = writer
        self.outOfOrder = outOfOrder
        syncing = sync
    }

    func write(_ staging: Staging) throws(StorageError) {
        if closed.load(ordering: .acquiring) { throw .closed(path: path) }
        batch.removeAll()
        for new in staging.created { batch.addSeries(new.ref, new.labels) }
        for sample in staging.staged { batch.addSample(sample.ref, sample.time, sample.value) }
        for sample in staging.histograms { batch.addHistogram(sample.ref, sample.time, sample.histogram) }
        for staged in staging.metadata { batch.addMetadata(staged.ref, staged.encoded) }
        for staged in staging.exemplars { batch.addExemplar(staged.ref, staged.exemplar) }
        outOfOrderBatch.removeAll()
        for sample in staging.outOfOrder { outOfOrderBatch.addSample(sample.ref, sample.time, sample.value) }
        for sample in staging.outOfOrderHistograms { outOfOrderBatch.addHistogram(sample.ref, sample.time, sample.histogram) }
        do { try write() } catch { throw .file(error) }
    }

    func makeSafe() throws(StorageError) {
        do { try syncWritten() } catch { throw .file(error) }
    }

    func write(
        _ tombstones: [WALTombstone], outOfOrder late: [WALTombstone], of series: [(ref: UInt64, labels: Labels)]
    ) throws(StorageError) {
        if closed.load(ordering: .acquiring) { throw .closed(path: path) }
        batch.removeAll()
        for new in series { batch.addSeries(new.ref, new.labels) }
        for tombstone in tombstones { batch.addTombstone(tombstone) }
        outOfOrderBatch.removeAll()
        for tombstone in late { outOfOrderBatch.addTombstone(tombstone) }
        do {
            try write()
            try syncWritten()
        } catch { throw .file(error) }
    }

    /// Writes both batches or none.
    private func write() throws(FileError) {
        let second = try outOfOrder.append(outOfOrderBatch)
        let first: UInt64
        do {
            first = try writer.append(batch)
        } catch {
            if !outOfOrderBatch.isEmpty { outOfOrder.takeBack(second) }
            throw error
        }
        written = (first, second)
    }

    private func syncWritten() throws(FileError) {
        guard syncing == .always else { return }
        if !batch.isEmpty { try writer.sync(through: written.inOrder) }
        if !outOfOrderBatch.isEmpty { try outOfOrder.sync(through: written.outOfOrder) }
    }

    var segment: Int { writer.segment }

    /// Ends the segment being written; returns the number of the new one.
    func beginSegment() throws(StorageError) -> Int {
        do { return try writer.beginSegment() } catch { throw .file(error) }
    }

    func beginOutOfOrderSegment() throws(StorageError) -> Int {
        if closed.load(ordering: .acquiring) { throw .closed(path: path) }
        do { return try outOfOrder.beginSegment() } catch { throw .file(error) }
    }

    func syncOutOfOrder() throws(StorageError) {
        do { try outOfOrder.sync() } catch { throw .file(error) }
    }

    func removeOutOfOrderSegments(below segment: Int) throws(StorageError) {
        do { try outOfOrder.removeSegments(below: segment) } catch { throw .file(error) }
    }

    func sync() throws(StorageError) {
        if closed.load(ordering: .acquiring) { throw .closed(path: path) }
        if syncing != .off { try syncAll() }
    }

    /// The last segments of both logs that are known to be on the disk.
    var safeSegments: (inOrder: Int?, outOfOrder: Int?) { (writer.safeSegment, outOfOrder.safeSegment) }

    /// Whether a run before, or a sync that failed, has left something in doubt.
    var isInDoubt: Bool { writer.isInDoubt || outOfOrder.isInDoubt }

    /// To be called behind the last sync.
    func finish() {
        writer.finish()
        outOfOrder.finish()
    }

    func refuseWrites() { closed.store(true, ordering: .releasing) }

    func syncAll() throws(StorageError) {
        // What came out of order needs the series that the other log names.
        let first = Result { () throws(FileError) in try writer.sync() }
        let second = Result { () throws(FileError) in try outOfOrder.sync() }
        do {
            try first.get()
            try second.get()
        } catch {
            throw .file(error)
        }
    }
}
