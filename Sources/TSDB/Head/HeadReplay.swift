import Model

/// What a replay brought.
struct ReplayTotals {
    var samples = 0
    /// Samples of references that no series record names.
    var unknown = 0
    /// Records that tell which samples are in Prometheus's head chunk files as well.
    var markers: Set<WALReport.Place> = []
    var events: [StorageEvent] = []
}

extension Head {
    /// Applies all records of a log. Nobody else may use the head yet, so no lock is taken for a sample.
    ///
    /// Prometheus writes samples that came out of order to this log too; they are passed over here and found in the log they have of their own.
    /// `endReplay` must be called after the last log.
    func replay(_ reader: WALReader) throws(StorageError) -> ReplayTotals {
        var totals = ReplayTotals()
        let samples = WALSamples()
        do {
            while let record = try reader.next() {
                do {
                    switch WALRecordKind(of: record)?.content {
                    case .series: try WALSeries.decode(record, replay)
                    case .samples:
                        try samples.decode(record)
                        replay(samples, &totals)
                    case .histograms:
                        replayHistograms(try WALHistogram.decode(record), &totals)
                    case .tombstones:
                        for tombstone in try WALTombstone.decode(record) { apply(tombstone) }
                    case .exemplars: replayExemplars(try WALExemplar.decode(record))
                    case .metadata: replayMetadata(try WALMetadata.decode(record))
                    case nil: break
                    }
                } catch {
                    reader.reject("\(error)")
                }
                // A series that is empty at this moment may be one whose first samples come in the next record.
                if let event = dropIfTooMany(keepingSeries: true) { totals.events.append(event) }
            }
        } catch {
            throw .compressedLog(error)
        }
        return totals
    }

    private func replay(_ ref: UInt64, _ labels: Labels) throws(UnusableSeries) {
        guard ref < AppendBatch.unresolved else { throw UnusableSeries(reason: "the series reference \(ref) is too great") }
        guard labels.count <= HeadCore.maxLabels else { throw UnusableSeries(reason: "a series with \(labels.count) labels") }
        core.seen(ref)
        // A log may name a series again under another reference, after it had left the head.
        let slot: UInt32
        if let known = core.find(labels) {
            slot = known
            core.references.set(ref, slot)
            // All its samples had been deleted, and with the series the live head forgot where they ended. Some may be back: a block that had them
            // is gone, so that the replay begins earlier.
            let isNewLife = core.series[slot].pointee.ref != ref
            if isNewLife || core.series[slot].pointee.isEmpty { core.series[slot].pointee.flags.remove(.endDeleted) }
            core.series[slot].pointee.ref = ref
        } else {
            slot = core.create(labels, ref: ref)
        }
        if let found = core.found.removeValue(forKey: ref) { attach(found, slot) }
    }

    private func attach(_ found: [ClosedChunk], _ slot: UInt32) {
        core.chunks.attach(core.series[slot], found, from: core.floor)
        if let range = core.series[slot].pointee.timeRange { core.noteTimes(max(range.first, core.floor), range.last) }
    }

    private func replay(_ samples: WALSamples, _ totals: inout ReplayTotals) {
        guard samples.count > 0 else { return }
        var first = Timestamp.max
        var last = Timestamp.min
        var stored = 0
        let count = samples.count
        let (references, times, values) = (samples.references, samples.times, samples.values)
        for i in 0..<count {
            prefetch(references, i, count)
            let slot = core.references.slot(references[i])
            if slot == ReferenceDirectory.none {
                core.seenUnnamed(references[i])
                totals.unknown &+= 1
                continue
            }
            let time = times[i]
            guard time >= core.floor else { continue }
            let outcome = core.chunks.append(core.series[slot], time, values[i])
            if outcome == .outOfOrder, core.series[slot].pointee.isInGap(time) {
                core.fillGap(slot, time, .float(values[i]))
            } else if outcome != .stored {
                continue
            }
            stored &+= 1
            first = min(first, time)
            last = max(last, time)
        }
        if stored > 0 { core.noteTimes(first, last) }
        totals.samples += stored
    }

    @inline(__always)
    private func prefetch(_ references: UnsafeMutablePointer<UInt64>, _ at: Int, _ count: Int) {
        if at &+ HeadCore.recordLead < count {
            let slot = core.references.slot(references[at &+ HeadCore.recordLead])
            if slot != ReferenceDirectory.none { core.prefetchRecord(slot) }
        }
        if at &+ HeadCore.chunkLead < count {
            let slot = core.references.slot(references[at &+ HeadCore.chunkLead])
            if slot != ReferenceDirectory.none { core.prefetchChunk(slot) }
        }
    }
}

private struct UnusableSeries: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
