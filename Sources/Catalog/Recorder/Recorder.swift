import Model
import Runtime
import Synchronization

/// Where records go: SQLite, or in tests what refuses them.
protocol RecordStore: Sendable {
    /// Keeps all of them in one transaction, or none. Those that are kept already are passed over; gives how many were not.
    func append(_ records: [PendingRecord]) throws(CatalogError) -> Int
}

/// Takes records from any thread and writes them on the catalog's own, as many at once as have come. What SQLite refuses goes to the spill file; what
/// the spill file has no room for stays in memory, and what the memory has no room for is lost and counted.
final class Recorder: Recording {
    /// How many chunks are written in one transaction.
    private static let batch = 4
    /// Records of the spill file in one transaction.
    private static let replayBatch = 1000

    private let queue: Mutex<RecordQueue>
    private let writing: Mutex<Writing>
    private let store: any RecordStore
    private let thread: SerialThread
    private let run: UInt64
    private let limit: Int
    private let metrics: CatalogMetrics
    private let clock: any Clock
    private let report: @Sendable (CatalogEvent) -> Void

    /// What only the thread changes.
    private struct Writing {
        let spill: SpillFile
        /// Whether the last try failed.
        var isRefused = false
    }

    /// - Parameters:
    ///   - run: a number that no other run has, to tell records apart.
    ///   - limit: how many records may wait in memory.
    init(
        _ store: any RecordStore, _ spill: sending SpillFile, on thread: SerialThread, run: UInt64, limit: Int, _ metrics: CatalogMetrics,
        _ clock: any Clock, report: @escaping @Sendable (CatalogEvent) -> Void
    ) {
        self.store = store
        self.thread = thread
        self.run = run
        self.limit = limit
        self.metrics = metrics
        self.clock = clock
        self.report = report
        queue = Mutex(RecordQueue())
        writing = Mutex(Writing(spill: spill))
    }

    func record(_ entry: RecordEntry) {
        let mustSchedule = queue.withLock { queue in
            guard queue.count < limit, !queue.isClosed else {
                queue.lost += 1
                metrics.lost.increment()
                return false
            }
            queue.append(pending(entry, &queue))
            defer { queue.isScheduled = true }
            return !queue.isScheduled
        }
        if mustSchedule { thread.submit { [self] in write() } }
    }

    /// Writes what waits for the last time; what comes later is lost, and counted.
    func close() {
        write()
        queue.withLock { $0.isClosed = true }
    }

    /// A record of the catalog's own, to be written by the caller.
    func pending(_ entry: RecordEntry) -> PendingRecord { queue.withLock { pending(entry, &$0) } }

    private func pending(_ entry: RecordEntry, _ queue: inout RecordQueue) -> PendingRecord {
        queue.sequence += 1
        return PendingRecord(id: RecordID(run: run, sequence: queue.sequence), entry: entry)
    }

    // MARK: On the thread

    /// Writes all that waits. For the thread, or before it has begun.
    func write() {
        writing.withLock { writing in
            replay(&writing)
            while let records = take(), keepAll(records, &writing) {}
            tellLost()
            metrics.waiting.set(Double(queue.withLock { $0.count }))
            metrics.spillRecords.set(Double(writing.spill.count))
            metrics.spillBytes.set(Double(writing.spill.bytes))
        }
    }

    /// Whether something waits that SQLite did not take.
    var isBehind: Bool { writing.withLock { !$0.spill.isEmpty } || queue.withLock { $0.count > 0 || $0.lost > 0 || $0.unrecorded > 0 } }

    /// All at once, so that nobody waits for the lock; nil if nothing waits.
    private func take() -> [[PendingRecord]]? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isScheduled = false
                return nil
            }
            defer { queue.waiting = [] }
            return queue.waiting
        }
    }

    /// False if some of the records must stay in memory.
    private func keepAll(_ chunks: [[PendingRecord]], _ writing: inout Writing) -> Bool {
        var rest = chunks[...]
        while !rest.isEmpty {
            let records = Array(rest.prefix(Self.batch).joined())
            guard keep(records, &writing) else {
                giveBack(rest)
                return false
            }
            rest = rest.dropFirst(Self.batch)
            queue.withLock { $0.count -= records.count }
        }
        return true
    }

    private func giveBack(_ chunks: ArraySlice<[PendingRecord]>) {
        queue.withLock { queue in
            queue.waiting.insert(contentsOf: chunks, at: 0)
            queue.isScheduled = false
        }
    }

    /// False if the records must stay in memory.
    private func keep(_ records: [PendingRecord], _ writing: inout Writing) -> Bool {
        // Behind what was refused before, so that the order stays.
        if writing.spill.isEmpty, append(records, &writing) { return true }
        do {
            try writing.spill.append(records)
            metrics.spilled.increment(by: records.count)
            return true
        } catch {
            return false
        }
    }

    private func append(_ records: [PendingRecord], _ writing: inout Writing) -> Bool {
        do throws(CatalogError) {
            metrics.kept.increment(by: try store.append(records))
            writing.isRefused = false
            return true
        } catch {
            metrics.refusals.increment()
            tellRefused(error.description, &writing)
            return false
        }
    }

    /// Moves what is in the spill file to SQLite, if that takes it.
    private func replay(_ writing: inout Writing) {
        guard !writing.spill.isEmpty else { return }
        do {
            let records = try writing.spill.records()
            for start in stride(from: 0, to: records.count, by: Self.replayBatch) {
                guard append(Array(records[start..<min(start + Self.replayBatch, records.count)]), &writing) else { return }
            }
            // If this fails they come again, and are passed over.
            try writing.spill.clear()
            report(.replayed(records: records.count))
        } catch {
            tellRefused("\(error)", &writing)
        }
    }

    /// Once, until it works again.
    private func tellRefused(_ reason: String, _ writing: inout Writing) {
        if !writing.isRefused { report(.refused(reason: reason)) }
        writing.isRefused = true
    }

    private func tellLost() {
        let (lost, unrecorded) = queue.withLock { queue in
            let lost = queue.lost
            queue.unrecorded += lost
            queue.lost = 0
            let hasRoom = queue.count < limit
            defer { if hasRoom { queue.unrecorded = 0 } }
            return (lost, hasRoom ? queue.unrecorded : 0)
        }
        if lost > 0 { report(.lost(records: lost, reason: "neither the catalog nor the spill file takes any, and the memory is full")) }
        guard unrecorded > 0 else { return }
        record(.audit(AuditRecord(time: clock.now(), by: .server, action: "records.lost", object: "\(unrecorded) records")))
    }
}
