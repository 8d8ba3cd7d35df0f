import Model

extension Head {
    /// Applies the log of samples that came out of order, after the log that names the series and has all others. Nobody else may use the head yet.
    ///
    /// Prometheus's markers, which tell that samples are in head chunk files as well, change nothing: the samples themselves are in the log as long
    /// as no block has them, so neither its out-of-order chunks nor the markers are needed.
    func replayOutOfOrder(_ reader: WALReader) throws(StorageError) -> ReplayTotals {
        var totals = ReplayTotals()
        try forEachPart(of: reader, &totals) { part, samples, totals in
            switch part {
            case .samples(let range):
                for i in range { replayOutOfOrder(samples.references[i], samples.times[i], .float(samples.values[i]), &totals) }
            case .histograms(let histograms):
                for sample in histograms { replayOutOfOrder(sample.reference, sample.time, .histogram(sample.histogram), &totals) }
            case .tombstones(let tombstones): for tombstone in tombstones { applyOutOfOrder(tombstone) }
            case .markers(let place): totals.markers.insert(place)
            case .series, .exemplars, .metadata: break
            }
        }
        return totals
    }

    private func replayOutOfOrder(_ reference: UInt64, _ time: Timestamp, _ value: SampleValue, _ totals: inout ReplayTotals) {
        let slot = core.references.slot(reference)
        if slot == ReferenceDirectory.none {
            // Its series record was lost: the reference must not be given to another series while the samples are here.
            core.seenUnnamed(reference)
            totals.unknown += 1
        } else if time >= core.outOfOrderFloor, core.insertOutOfOrder(slot, time, value) == .stored {
            totals.samples += 1
        }
    }
}
