import Model

/// A sample that passed the checks, on its way to the log and into its series.
struct StagedSample: BitwiseCopyable {
    var ref: UInt64
    var time: Timestamp
    var value: Double
    var slot: UInt32
}

struct NewSeries {
    let ref: UInt64
    let labels: Labels
}

/// One batch between check and application; the buffers are reused.
final class Staging {
    private(set) var samples: UnsafeMutablePointer<StagedSample>
    private var capacity = 1024
    private(set) var count = 0
    private(set) var created: [NewSeries] = []
    private var createdByLabels: [Labels: UInt32] = [:]
    /// For each series added by labels its slot, `ReferenceDirectory.none` if there is none.
    private(set) var slots: [UInt32] = []
    var outcome = AppendOutcome()

    init() { samples = .allocate(capacity: capacity) }

    deinit { samples.deallocate() }

    var staged: UnsafeBufferPointer<StagedSample> { UnsafeBufferPointer(start: samples, count: count) }

    private func begin(_ batch: AppendBatch) {
        if batch.count > capacity {
            samples.deallocate()
            capacity = batch.count
            samples = .allocate(capacity: capacity)
        }
        count = 0
        created.removeAll(keepingCapacity: true)
        createdByLabels.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        outcome = AppendOutcome()
    }

    /// Checks every sample against the series as they are. What two samples of one series in one batch mean to each other is found when they are
    /// applied, and again, with the same result, when the log is replayed.
    func check(_ batch: AppendBatch, _ core: HeadCore, latest: Timestamp) throws(StorageError) {
        begin(batch)
        for labels in batch.newLabels {
            let count = labels.count
            if count > HeadCore.maxLabels { throw .tooManyLabels(count: count, limit: HeadCore.maxLabels) }
        }
        batch.entries.withUnsafeBufferPointer { entries in
            for position in 0..<entries.count {
                prefetch(entries, position &+ HeadCore.recordLead, core)
                check(entries[position], position, batch, core, latest)
            }
        }
    }

    @inline(__always)
    private func prefetch(_ entries: UnsafeBufferPointer<AppendBatch.Entry>, _ position: Int, _ core: HeadCore) {
        guard position < entries.count, entries[position].ref & AppendBatch.unresolved == 0 else { return }
        let slot = core.references.slot(entries[position].ref)
        if slot != ReferenceDirectory.none { core.prefetchRecord(slot) }
    }

    @inline(__always)
    private func check(_ entry: AppendBatch.Entry, _ position: Int, _ batch: AppendBatch, _ core: HeadCore, _ latest: Timestamp) {
        if entry.ref & AppendBatch.unresolved != 0 { return checkNew(entry, batch, core, latest) }
        let slot = core.references.slot(entry.ref)
        if slot == ReferenceDirectory.none { return outcome.unknown.append(position) }
        check(entry, slot, core.series[slot], latest)
    }

    @inline(__always)
    private func check(_ entry: AppendBatch.Entry, _ slot: UInt32, _ series: UnsafeMutablePointer<SeriesRecord>, _ latest: Timestamp) {
        guard entry.time <= latest else {
            outcome.outOfBounds &+= 1
            return
        }
        let relation = ChunkStore.relation(series, entry.time, entry.value)
        if relation == .stored {
            stage(series.pointee.ref, entry, slot)
        } else {
            count(relation)
        }
    }

    @inline(__always)
    private func stage(_ ref: UInt64, _ entry: AppendBatch.Entry, _ slot: UInt32) {
        samples[count] = StagedSample(ref: ref, time: entry.time, value: entry.value, slot: slot)
        count &+= 1
    }

    @inline(__always)
    func count(_ relation: ChunkStore.Outcome) {
        switch relation {
        case .stored: outcome.appended &+= 1
        case .identical: outcome.identical &+= 1
        case .duplicate: outcome.duplicate &+= 1
        case .outOfOrder: outcome.outOfOrder &+= 1
        }
    }

    private func checkNew(_ entry: AppendBatch.Entry, _ batch: AppendBatch, _ core: HeadCore, _ latest: Timestamp) {
        let labels = batch.newLabels[Int(entry.ref & ~AppendBatch.unresolved)]
        if let slot = core.find(labels) {
            slots.append(slot)
            return check(entry, slot, core.series[slot], latest)
        }
        // A series that is there has a sample behind the floor, so only for new ones it must be asked.
        guard entry.time <= latest, entry.time >= core.floor else {
            outcome.outOfBounds += 1
            return slots.append(createdByLabels[labels] ?? ReferenceDirectory.none)
        }
        let slot = createdByLabels[labels] ?? announce(labels, core)
        slots.append(slot)
        stage(created[Int(slot - core.series.count)].ref, entry, slot)
    }

    /// A series that will exist when the log has it. Its reference is used up even if that fails: part of the record may be in the file.
    private func announce(_ labels: Labels, _ core: HeadCore) -> UInt32 {
        let slot = core.series.count + UInt32(created.count)
        created.append(NewSeries(ref: core.takeRef(), labels: labels))
        createdByLabels[labels] = slot
        return slot
    }
}
