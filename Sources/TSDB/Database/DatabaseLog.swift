import Synchronization

/// The head's way into the write-ahead log.
final class DatabaseLog: HeadLog, @unchecked Sendable {
    private let path: String
    private let writer: WALWriter
    private let syncing: DatabaseOptions.WALSync
    private let closed = Atomic(false)
    /// Only used by `write`, which the head calls from one thread at a time.
    private let batch = WALBatch()

    init(path: String, writer: WALWriter, sync: DatabaseOptions.WALSync) {
        self.path = path
        self.writer = writer
        syncing = sync
    }

    func write(_ series: [NewSeries], _ samples: UnsafeBufferPointer<StagedSample>) throws(StorageError) {
        if closed.load(ordering: .acquiring) { throw .closed(path: path) }
        batch.removeAll()
        for new in series { batch.addSeries(new.ref, new.labels) }
        for sample in samples { batch.addSample(sample.ref, sample.time, sample.value) }
        do {
            let number = try writer.append(batch)
            // If this fails the batch stays in the log though it is refused. Repeated, it is recognised as the same at replay.
            if syncing == .always { try writer.sync(through: number) }
        } catch {
            throw .file(error)
        }
    }

    func sync() throws(StorageError) {
        if closed.load(ordering: .acquiring) { throw .closed(path: path) }
        if syncing != .off { try syncAll() }
    }

    func refuseWrites() { closed.store(true, ordering: .releasing) }

    func syncAll() throws(StorageError) {
        do { try writer.sync() } catch { throw .file(error) }
    }
}
