import Model

/// A sample that passed the checks, on its way to the log and into its series.
struct StagedSample: BitwiseCopyable {
    var ref: UInt64
    var time: Timestamp
    var value: Double
    var slot: UInt32
    /// In the batch.
    var position: UInt32
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
    /// Samples for the out-of-order buffers.
    private(set) var outOfOrder: [StagedSample] = []
    private(set) var created: [NewSeries] = []
    private var createdByLabels: [Labels: UInt32] = [:]
    private(set) var histograms: [StagedHistogram] = []
    private(set) var outOfOrderHistograms: [StagedHistogram] = []
    var exemplars: [StagedExemplar] = []
    var metadata: [StagedMetadata] = []
    /// Where the histograms of the batch are in `histograms`, and behind what times of their series more are in order.
    private var histogramPlaces: [Place: Int] = [:]
    private var histogramEnds: [UInt32: Timestamp] = [:]
    /// Where it has floats in order, if it has histograms, too.
    private var floatPlaces: Set<Place> = []
    /// For new series; looked up for the first.
    private var room: SeriesRoom?
    private var refusedSeries: Set<Int> = []
    /// For each series added by labels its slot, `ReferenceDirectory.none` if there is none.
    var slots: [UInt32] = []
    private let finder = RepeatFinder()
    private(set) var limits = AppendLimits()
    private var refusesOutOfOrder = false
    private(set) var namesRefusals = false
    var outcome = AppendOutcome()

    private let budget: HeadBudget

    init(_ budget: HeadBudget) {
        self.budget = budget
        samples = .allocate(capacity: capacity)
    }

    deinit { samples.deallocate() }

    var staged: UnsafeBufferPointer<StagedSample> { UnsafeBufferPointer(start: samples, count: count) }

    var isEmpty: Bool {
        count == 0 && outOfOrder.isEmpty && histograms.isEmpty && outOfOrderHistograms.isEmpty && exemplars.isEmpty && metadata.isEmpty
    }

    private func begin(_ batch: AppendBatch) {
        if batch.count > capacity {
            samples.deallocate()
            capacity = batch.count
            samples = .allocate(capacity: capacity)
        }
        count = 0
        outOfOrder.removeAll(keepingCapacity: true)
        created.removeAll(keepingCapacity: true)
        createdByLabels.removeAll(keepingCapacity: true)
        histograms.removeAll(keepingCapacity: true)
        outOfOrderHistograms.removeAll(keepingCapacity: true)
        exemplars.removeAll(keepingCapacity: true)
        metadata.removeAll(keepingCapacity: true)
        room = nil
        if !refusedSeries.isEmpty { refusedSeries.removeAll(keepingCapacity: true) }
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(ReferenceDirectory.none, count: batch.newLabels.count))
        outcome = AppendOutcome()
    }

    /// Checks every sample against the series as they are, and several of one series in one batch against each other.
    func check(_ batch: AppendBatch, _ core: HeadCore, _ limits: AppendLimits) throws(StorageError) {
        begin(batch)
        self.limits = limits
        refusesOutOfOrder = batch.refusesOutOfOrder
        namesRefusals = batch.namesRefusals
        for labels in batch.newLabels {
            let count = labels.count
            if count > HeadCore.maxLabels { throw .tooManyLabels(count: count, limit: HeadCore.maxLabels) }
        }
        batch.entries.withUnsafeBufferPointer { entries in
            for position in 0..<entries.count {
                prefetch(entries, position &+ HeadCore.recordLead, core)
                check(entries[position], position, batch, core, limits)
            }
        }
        checkHistograms(batch, core)
        outcome.hasRepeats = finder.hasRepeats(staged, slotCount: Int(core.series.count) + created.count)
        if outcome.hasRepeats { settleRepeats(core) }
        stageStarts(batch, core)
    }

    /// Takes samples, as they are then to be stored in this order, in the place of those that were staged.
    func restage(_ all: [StagedSample]) {
        if all.count > capacity {
            samples.deallocate()
            capacity = all.count
            samples = .allocate(capacity: capacity)
        }
        count = all.count
        for (at, sample) in all.enumerated() { samples[at] = sample }
    }

    func restage(_ all: [StagedHistogram]) { histograms = all }

    @inline(__always)
    private func prefetch(_ entries: UnsafeBufferPointer<AppendBatch.Entry>, _ position: Int, _ core: HeadCore) {
        guard position < entries.count, entries[position].ref & AppendBatch.unresolved == 0 else { return }
        let slot = core.references.slot(entries[position].ref)
        if slot != ReferenceDirectory.none { core.prefetchRecord(slot) }
    }

    @inline(__always)
    private func check(_ entry: AppendBatch.Entry, _ position: Int, _ batch: AppendBatch, _ core: HeadCore, _ limits: AppendLimits) {
        if entry.ref & AppendBatch.unresolved != 0 { return checkNew(entry, position, batch, core) }
        let slot = core.references.slot(entry.ref)
        if slot == ReferenceDirectory.none { return outcome.unknown.append(position) }
        check(entry, position, slot, core, limits)
    }

    @inline(__always)
    private func check(_ entry: AppendBatch.Entry, _ position: Int, _ slot: UInt32, _ core: HeadCore, _ limits: AppendLimits) {
        guard entry.time <= limits.latest else { return refuse(.outOfBounds, position, entry.time) }
        let series = core.series[slot]
        let relation = ChunkStore.relation(series, entry.time, entry.value)
        guard entry.time >= limits.inOrder, relation != .outOfOrder else {
            return checkOutOfOrder(Self.staged(series.pointee.ref, entry, position, slot), core)
        }
        if relation == .stored {
            stage(Self.staged(series.pointee.ref, entry, position, slot))
        } else {
            count(relation, position, entry.time)
        }
    }

    @inline(__always)
    private static func staged(_ ref: UInt64, _ entry: AppendBatch.Entry, _ position: Int, _ slot: UInt32) -> StagedSample {
        StagedSample(ref: ref, time: entry.time, value: entry.value, slot: slot, position: UInt32(truncatingIfNeeded: position))
    }

    @inline(__always)
    private func stage(_ sample: StagedSample) {
        samples[count] = sample
        count &+= 1
    }

    /// A sample that cannot be stored in order is taken out of order, or refused.
    @inline(never)
    private func checkOutOfOrder(_ sample: StagedSample, _ core: HeadCore) {
        if admits(sample.time, Int(sample.position)) { stageOutOfOrder(sample, core) }
    }

    private func stageOutOfOrder(_ sample: StagedSample, _ core: HeadCore) {
        let relation = core.relationToAll(sample.slot, sample.time, .float(sample.value))
        if relation == .stored { outOfOrder.append(sample) } else { count(relation, Int(sample.position), sample.time) }
    }

    /// Whether a sample may come out of order; counts it if not.
    private func admits(_ time: Timestamp, _ position: Int, isHistogram: Bool = false) -> Bool {
        guard let earliest = limits.outOfOrder else {
            refuse(time < limits.inOrder ? .outOfBounds : .outOfOrder, position, time, isHistogram: isHistogram)
            return false
        }
        if time < earliest {
            refuse(.tooOld, position, time, isHistogram: isHistogram)
        } else if refusesOutOfOrder {
            refuse(.outOfOrder, position, time, isHistogram: isHistogram)
        }
        return time >= earliest && !refusesOutOfOrder
    }

    private struct Place: Hashable {
        let slot: UInt32
        let time: Timestamp
    }

    /// Takes from what is staged in order what is not behind an earlier sample of the same batch and series. What repeats one of them must not
    /// reach the log of late samples: after a delete of the one the other would come back from there.
    @inline(never)
    private func settleRepeats(_ core: HeadCore) {
        var last: [UInt32: Timestamp] = [:]
        var values: [Place: Double] = [:]
        var kept = 0
        for i in 0..<count {
            let sample = samples[i]
            let place = Place(slot: sample.slot, time: sample.time)
            if let before = last[sample.slot], sample.time <= before {
                guard sample.time == before || admits(sample.time, Int(sample.position)) else { continue }
                if let there = values[place] {
                    count(there.bitPattern == sample.value.bitPattern ? .identical : .duplicate, Int(sample.position), sample.time)
                } else {
                    stageOutOfOrder(sample, core)
                }
                continue
            }
            last[sample.slot] = sample.time
            values[place] = sample.value
            samples[kept] = sample
            kept += 1
        }
        count = kept
    }

    private func checkNew(_ entry: AppendBatch.Entry, _ position: Int, _ batch: AppendBatch, _ core: HeadCore) {
        let index = Int(entry.ref & ~AppendBatch.unresolved)
        let labels = batch.newLabels[index]
        if let slot = core.find(labels) {
            slots[index] = slot
            return check(entry, position, slot, core, limits)
        }
        if entry.time > limits.latest { refuse(.outOfBounds, position, entry.time) }
        guard entry.time <= limits.latest, entry.time >= limits.inOrder || admits(entry.time, position) else {
            return slots[index] = createdByLabels[labels] ?? ReferenceDirectory.none
        }
        guard let slot = createdByLabels[labels] ?? announce(index, batch, core) else { return refuse(.budget, position, entry.time) }
        slots[index] = slot
        let sample = Self.staged(created[Int(slot - core.series.count)].ref, entry, position, slot)
        if entry.time >= limits.inOrder { stage(sample) } else { outOfOrder.append(sample) }
    }

    private func checkHistograms(_ batch: AppendBatch, _ core: HeadCore) {
        guard !batch.histograms.isEmpty else { return }
        histogramPlaces.removeAll(keepingCapacity: true)
        histogramEnds.removeAll(keepingCapacity: true)
        floatPlaces.removeAll(keepingCapacity: true)
        for sample in staged { floatPlaces.insert(Place(slot: sample.slot, time: sample.time)) }
        // A histogram older than a float of its own batch is out of order too.
        if limits.outOfOrder != nil {
            for sample in staged { histogramEnds[sample.slot] = max(sample.time, histogramEnds[sample.slot] ?? .min) }
        }
        for (position, entry) in batch.histograms.enumerated() {
            let isNew = entry.ref & AppendBatch.unresolved != 0
            let index = Int(entry.ref & ~AppendBatch.unresolved)
            let known = isNew ? core.find(batch.newLabels[index]) : core.references.slot(entry.ref)
            if isNew, let known { slots[index] = known }
            if known == ReferenceDirectory.none { outcome.unknownHistograms.append(position) }
            guard known != ReferenceDirectory.none, accepts(entry, position) else { continue }
            if let known {
                check(entry, position, core.series[known].pointee.ref, known, core)
            } else if entry.time >= limits.inOrder || admits(entry.time, position, isHistogram: true) {
                guard let slot = createdByLabels[batch.newLabels[index]] ?? announce(index, batch, core) else {
                    refuse(.budget, position, entry.time, isHistogram: true)
                    continue
                }
                slots[index] = slot
                check(entry, position, created[Int(slot - core.series.count)].ref, slot, core)
            }
        }
    }

    /// A histogram that makes sense, against its series and against those of the batch that come before it.
    private func check(_ entry: AppendBatch.HistogramEntry, _ position: Int, _ ref: UInt64, _ slot: UInt32, _ core: HeadCore) {
        let sample = StagedHistogram(ref: ref, time: entry.time, histogram: entry.histogram, slot: slot, position: position)
        let place = Place(slot: slot, time: entry.time)
        let relation = slot < core.series.count ? core.chunks.relation(core.series[slot], entry.time, entry.histogram) : .stored
        if entry.time < limits.inOrder || relation == .outOfOrder {
            stageOutOfOrder(sample, core)
        } else if relation != .stored || floatPlaces.contains(place) {
            // One of a time that a float of the batch has would find it there.
            count(relation == .stored ? .duplicate : relation, position, entry.time, isHistogram: true)
        } else if let there = histogramPlaces[place] {
            let relation = SampleValue.histogram(histograms[there].histogram).outcome(of: .histogram(entry.histogram))
            count(relation, position, entry.time, isHistogram: true)
        } else if let end = histogramEnds[slot], entry.time < end {
            stageOutOfOrder(sample, core)
        } else {
            histogramPlaces[place] = histograms.count
            histogramEnds[slot] = entry.time
            histograms.append(sample)
        }
    }

    private func stageOutOfOrder(_ sample: StagedHistogram, _ core: HeadCore) {
        guard admits(sample.time, sample.position, isHistogram: true) else { return }
        let relation = core.relationToAll(sample.slot, sample.time, .histogram(sample.histogram))
        if relation == .stored { outOfOrderHistograms.append(sample) } else { count(relation, sample.position, sample.time, isHistogram: true) }
    }

    /// Whether a histogram is not of the future, and makes sense; counts it if not.
    private func accepts(_ entry: AppendBatch.HistogramEntry, _ position: Int) -> Bool {
        if entry.time > limits.latest {
            refuse(.outOfBounds, position, entry.time, isHistogram: true)
        } else if !entry.histogram.isAcceptable {
            refuse(.invalid, position, entry.time, isHistogram: true)
        } else {
            return true
        }
        return false
    }

    /// The slot of a series that this batch creates, nil if it does not.
    func created(_ labels: Labels) -> UInt32? { createdByLabels[labels] }

    /// A series that will exist when the log has it; nil if there is no room for it. Its reference is used up even if that fails: part of the record may
    /// be in the file.
    private func announce(_ index: Int, _ batch: AppendBatch, _ core: HeadCore) -> UInt32? {
        let labels = batch.newLabels[index]
        guard takeRoom(labels, isExempt: index >= batch.exemptFrom, core) else {
            if refusedSeries.insert(index).inserted { outcome.seriesRefused.append(index) }
            return nil
        }
        let slot = core.series.count + UInt32(created.count)
        created.append(NewSeries(ref: core.takeRef(), labels: labels))
        createdByLabels[labels] = slot
        return slot
    }

    private func takeRoom(_ labels: Labels, isExempt: Bool, _ core: HeadCore) -> Bool {
        if room == nil { room = SeriesRoom(budget.value, core) }
        if room?.take(labels, isExempt: isExempt) == true { return true }
        budget.note()
        return false
    }
}
