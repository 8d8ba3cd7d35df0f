import Model
import Synchronization

extension Head {
    /// Appends a batch: all that is acceptable becomes visible at once, what is not is counted.
    ///
    /// A refused sample does not stop the others. If the head does not know a reference, nothing is applied and `unknown` says which.
    /// Throws `StorageError` if the log cannot be written; nothing is applied then either. If it cannot be made safe, where appends wait for that, the
    /// batch is applied and the error thrown: it is in the log, and a head without it would take in order what a replay finds behind a later sample.
    public func append(_ batch: inout AppendBatch) throws(StorageError) -> AppendOutcome {
        let (outcome, event) = try commit.withLock { _ throws(StorageError) -> (AppendOutcome, StorageEvent?) in
            if let refusal { throw .readOnly(reason: refusal) }
            try staging.check(batch, core, limits(batch))
            guard staging.outcome.unknown.isEmpty, staging.outcome.unknownHistograms.isEmpty else { return (unknownOnly(), nil) }
            stageMetadata(batch)
            stageExemplars(batch)
            if !staging.isEmpty { try log?.write(staging) }
            create()
            apply()
            applyMetadata()
            applyExemplars()
            for (index, slot) in staging.slots.enumerated() {
                // A refused sample of a series that another sample of the batch created has a reference too.
                guard let slot = slot != ReferenceDirectory.none ? slot : staging.created(batch.newLabels[index]) else { continue }
                batch.newRefs[index] = SeriesRef(core.series[slot].pointee.ref)
            }
            if !staging.isEmpty { try log?.makeSafe() }
            return (staging.outcome, dropIfTooMany())
        }
        if let event { report(event) }
        return outcome
    }

    private func unknownOnly() -> AppendOutcome {
        var outcome = AppendOutcome()
        outcome.unknown = staging.outcome.unknown
        outcome.unknownHistograms = staging.outcome.unknownHistograms
        return outcome
    }

    private func create() {
        guard !staging.created.isEmpty else { return }
        staging.outcome.seriesCreated = staging.created.count
        index.writing {
            for new in staging.created { _ = core.create(new.labels, ref: new.ref) }
        }
    }

    private func apply() {
        samples.writing {
            var first = Timestamp.max
            var last = Timestamp.min
            let staged = staging.staged
            for i in 0..<staged.count {
                // The check of the batch has just read the records; the chunks nobody has.
                if i &+ HeadCore.chunkLead < staged.count { core.prefetchChunk(staged[i &+ HeadCore.chunkLead].slot) }
                let sample = staged[i]
                let outcome = core.chunks.append(core.series[sample.slot], sample.time, sample.value)
                staging.count(outcome)
                guard outcome == .stored else { continue }
                first = min(first, sample.time)
                last = max(last, sample.time)
            }
            let histograms = applyHistograms()
            first = min(first, histograms.first)
            last = max(last, histograms.last)
            if first <= last { core.noteTimes(first, last) }
            applyOutOfOrder()
            count(staging.outcome)
        }
    }

    private func count(_ outcome: AppendOutcome) {
        core.totals.samplesAppended += outcome.appended
        core.totals.samplesOutOfOrder += outcome.outOfOrder
        core.totals.samplesDuplicate += outcome.duplicate
        core.totals.samplesOutOfBounds += outcome.outOfBounds
        core.totals.samplesTooOld += outcome.tooOld
        core.totals.samplesAppendedOutOfOrder += outcome.appendedOutOfOrder
        core.totals.seriesCreated += outcome.seriesCreated
        core.totals.seriesRefused += outcome.seriesRefused.count
    }
}
