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
    /// Begins a replay: samples in order before `start` are in blocks already, and references up to `greatestReference` have been given out.
    ///
    /// `chunks` are full chunks that were found in files: the log's samples up to their ends are not applied again.
    func beginReplay(start: Timestamp?, greatestReference: UInt64, chunks: [UInt64: [ClosedChunk]]) {
        if let start { core.floor = max(core.floor, start) }
        core.seen(greatestReference)
        for reference in chunks.keys where reference < AppendBatch.unresolved { core.seen(reference) }
        core.found = chunks
        core.chunks.hastens = true
    }

    /// Ends the replay of all logs: series whose samples are all gone would answer nothing.
    func endReplay() {
        core.found = [:]
        core.chunks.hastens = false
        _ = core.sweep()
        core.totals.seriesRemoved = 0
        core.recountTimes()
    }

    /// Applies all records of a log. Nobody else may use the head yet, so no lock is taken for a sample.
    ///
    /// Prometheus writes samples that came out of order to this log too; they are passed over here and found in the log they have of their own.
    /// `endReplay` must be called after the last log.
    func replay(_ reader: WALReader) throws(StorageError) -> ReplayTotals {
        var totals = ReplayTotals()
        let known = ReplayedSeries()
        let postings = ReplayedPostings(core)
        defer { postings.finish() }
        try forEachPart(of: reader, &totals) { part, samples, totals in
            switch part {
            case .series(let series):
                known.forget()
                for named in series { known.isUncovered(replay(named)) }
                postings.goOn()
            case .samples(let range): replay(samples, range, known, &totals)
            case .histograms(let histograms): replayHistograms(histograms, &totals)
            case .tombstones(let tombstones):
                known.areUncovered()
                for tombstone in tombstones { apply(tombstone) }
            case .exemplars(let exemplars): replayExemplars(exemplars)
            case .metadata(let metadata): replayMetadata(metadata)
            case .markers: break
            }
        }
        return totals
    }

    /// Hands over what a log says, a record's worth at a time.
    func forEachPart(
        of reader: WALReader, _ totals: inout ReplayTotals, _ body: (DecodedRecords.Part, WALSamples, inout ReplayTotals) -> Void
    ) throws(StorageError) {
        let decoder = LogDecoder(reader)
        do {
            while let records = try decoder.next() {
                for part in records.parts {
                    body(part, records.samples, &totals)
                    // A series that is empty at this moment may be one whose first samples come in the next record.
                    if let event = dropIfTooMany(keepingSeries: true) { totals.events.append(event) }
                }
            }
        } catch {
            throw .compressedLog(error)
        }
    }

    /// Returns the series' slot.
    private func replay(_ named: DecodedRecords.NamedSeries) -> UInt32 {
        let (ref, labels, hash) = (named.ref, named.labels, named.hash)
        core.seen(ref)
        // A log may name a series again under another reference, after it had left the head.
        let slot: UInt32
        if let known = core.find(labels, hash) {
            slot = known
            core.references.set(ref, slot)
            // All its samples had been deleted, and with the series the live head forgot where they ended. Some may be back: a block that had them
            // is gone, so that the replay begins earlier.
            let isNewLife = core.series[slot].pointee.ref != ref
            if isNewLife || core.series[slot].pointee.isEmpty { core.series[slot].pointee.flags.remove(.endDeleted) }
            core.series[slot].pointee.ref = ref
        } else {
            slot = core.createUnlisted(labels, named.count, hash, ref: ref)
        }
        if let found = core.found.removeValue(forKey: ref) { attach(found, slot) }
        return slot
    }

    private func attach(_ found: [ClosedChunk], _ slot: UInt32) {
        core.chunks.attach(core.series[slot], found, from: core.floor)
        if let range = core.series[slot].pointee.timeRange { core.noteTimes(max(range.first, core.floor), range.last) }
    }

    private func replay(_ samples: WALSamples, _ range: Range<Int>, _ series: ReplayedSeries, _ totals: inout ReplayTotals) {
        let count = range.count
        series.find(samples.references + range.lowerBound, count, core)
        let (slots, records) = (series.slots, series.records)
        let (times, values) = (samples.times + range.lowerBound, samples.values + range.lowerBound)
        let (chunks, floor) = (core.chunks, core.floor)
        var first = Timestamp.max
        var last = Timestamp.min
        var stored = 0
        for i in 0..<count {
            let (slot, time) = (slots[i], times[i])
            if series.covers(slot, time) { continue }
            if i &+ HeadCore.chunkLead < count, let ahead = records[i &+ HeadCore.chunkLead] { HeadCore.prefetchChunk(ahead) }
            guard let record = records[i] else {
                core.seenUnnamed(samples.references[range.lowerBound + i])
                totals.unknown &+= 1
                continue
            }
            guard time >= floor else { continue }
            let outcome = chunks.append(record, time, values[i])
            if outcome == .outOfOrder, record.pointee.isInGap(time) {
                core.fillGap(slot, time, .float(values[i]))
            } else if outcome != .stored {
                if outcome == .outOfOrder { series.cover(slot, time, record) }
                continue
            }
            stored &+= 1
            first = min(first, time)
            last = max(last, time)
        }
        if stored > 0 { core.noteTimes(first, last) }
        totals.samples += stored
    }
}
