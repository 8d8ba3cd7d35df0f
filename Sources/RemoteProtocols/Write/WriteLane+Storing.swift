import Model
import TSDB

/// From batches into the head.
extension WriteLane {
    /// Stores what there is of a large request, but not before it is sure that all of it can be read.
    func flushIfFull(_ message: Range<Int>) throws {
        guard weight >= batchLimit else { return }
        if !isValidated { try forEachSeries { try SeriesShape.validate(bytes, $0, form) } }
        isValidated = true
        try flush()
        places.append(Place(message: message, sample: 0, histogram: 0))
    }

    func flush() throws {
        guard weight > 0 else { return clearBatch() }
        var outcome = try head.append(&batch)
        if !outcome.unknown.isEmpty || !outcome.unknownHistograms.isEmpty {
            try nameForgotten(outcome)
            outcome = try head.append(&batch)
        }
        for (index, key) in new {
            if let ref = batch.reference(ofNew: index) { memo.note(key, ref) { [head] in head.stats.series } }
        }
        tally.add(outcome) { describe($0) }
        if form.refusesExemplars { tally.refuse(outcome.exemplarsOutOfOrder, .exemplarOutOfOrder) { nil } }
        if let index = owner.index {
            owner.ref = batch.reference(ofNew: index)
            owner.index = nil
        }
        clearBatch()
    }

    /// The head has let go of series: they are named by their labels.
    private func nameForgotten(_ outcome: AppendOutcome) throws {
        var names: [SeriesRef: (labels: Labels, key: UInt64?)] = [:]
        func name(_ ref: SeriesRef, _ place: Place) throws {
            guard names[ref] == nil else { return }
            names[ref] = (try labels(of: place.message), try key(try SeriesShape(bytes, place.message, form)))
        }
        for position in outcome.unknown { try name(batch.reference(ofSample: position), place(position, \.sample)) }
        for position in outcome.unknownHistograms { try name(batch.reference(ofHistogram: position), place(position, \.histogram)) }
        for (ref, index) in batch.name(names.mapValues(\.labels)) {
            if let key = names[ref]?.key { new.append((index, key)) }
            guard owner.ref == ref else { continue }
            owner.ref = nil
            owner.labels = names[ref]?.labels ?? .empty
            owner.index = index
        }
    }

    /// The series that a sample of the batch belongs to: the last that begins at or before it.
    private func place(_ position: Int, _ start: KeyPath<Place, Int>) -> Place {
        var low = 0
        var high = places.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if places[middle][keyPath: start] <= position { low = middle } else { high = middle }
        }
        return places[low]
    }

    private func describe(_ refusal: AppendOutcome.Refusal) -> String {
        let series = try? labels(of: place(refusal.position, refusal.isHistogram ? \.histogram : \.sample).message)
        return "\(series.map(String.init(describing:)) ?? "") at \(refusal.time): \(RefusalReason(refusal.reason).rawValue)"
    }
}
