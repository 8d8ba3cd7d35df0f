import Model

/// What becomes of samples, counted.
extension Staging {
    /// Counts what became of a sample when it was applied.
    @inline(__always)
    func count(_ relation: ChunkStore.Outcome, isHistogram: Bool = false) {
        switch relation {
        case .stored:
            outcome.appended &+= 1
            if isHistogram { outcome.histogramsAppended &+= 1 }
        case .identical:
            outcome.identical &+= 1
            if isHistogram { outcome.histogramsIdentical &+= 1 }
        case .duplicate: outcome.duplicate &+= 1
        case .outOfOrder: outcome.outOfOrder &+= 1
        }
    }

    /// Counts a sample that the check does not let through.
    @inline(__always)
    func count(_ relation: ChunkStore.Outcome, _ position: Int, _ time: Timestamp, isHistogram: Bool = false) {
        switch relation {
        case .stored, .identical: count(relation, isHistogram: isHistogram)
        case .duplicate: refuse(.duplicate, position, time, isHistogram: isHistogram)
        case .outOfOrder: refuse(.outOfOrder, position, time, isHistogram: isHistogram)
        }
    }

    @inline(never)
    func refuse(_ reason: AppendOutcome.Refusal.Reason, _ position: Int, _ time: Timestamp, isHistogram: Bool = false) {
        switch reason {
        case .outOfOrder: outcome.outOfOrder += 1
        case .duplicate: outcome.duplicate += 1
        case .outOfBounds: outcome.outOfBounds += 1
        case .tooOld: outcome.tooOld += 1
        case .invalid: outcome.invalid += 1
        case .budget: outcome.overBudget += 1
        }
        guard namesRefusals, outcome.firstRefusals.count < AppendOutcome.refusalLimit else { return }
        outcome.firstRefusals.append(.init(position: position, isHistogram: isHistogram, time: time, reason: reason))
    }
}
