public import Model

extension AppendBatch {
    struct ExemplarEntry: Sendable {
        /// A reference, or `unresolved` and an index into `newLabels`.
        var ref: UInt64
        var exemplar: Exemplar
    }

    /// Adds an exemplar of a series; those of one series by ascending time.
    public mutating func add(_ exemplar: Exemplar, to ref: SeriesRef) { exemplars.append(ExemplarEntry(ref: ref.rawValue, exemplar: exemplar)) }

    /// The same for a series that the batch has by its labels; `index` is what adding its sample gave.
    public mutating func add(_ exemplar: Exemplar, toNew index: Int) {
        exemplars.append(ExemplarEntry(ref: Self.unresolved | UInt64(index), exemplar: exemplar))
    }
}

/// An exemplar that passed the checks, on its way to the log and into the ring.
struct StagedExemplar {
    var ref: UInt64
    var slot: UInt32
    var exemplar: Exemplar
}

extension Head {
    /// Whether exemplars are kept at all.
    public var keepsExemplars: Bool { exemplars.isOn }
    public var exemplarStats: ExemplarStats { exemplars.stats }

    /// How many exemplars are kept; 0 or less: none.
    public func setExemplarLimit(_ limit: Int) { exemplars.setLimit(limit) }

    public func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) -> [SeriesExemplars] {
        exemplars.select(selectors, from: from, through: through)
    }

    /// Checks a batch's exemplars, behind its samples, against those kept and against each other. One whose series is not there is left out.
    func stageExemplars(_ batch: AppendBatch) {
        guard !batch.exemplars.isEmpty, keepsExemplars else { return }
        var newest: [UInt64: Exemplar] = [:]
        exemplars.use { state in
            for entry in batch.exemplars {
                guard let slot = staging.slot(of: entry.ref, batch, core) else { continue }
                let ref = staging.reference(of: slot, core)
                let before = newest[ref] ?? state.ring.newest(ref) { stagedLabels(slot) }
                let verdict = ExemplarRing.verdict(entry.exemplar, behind: before)
                if verdict == .outOfOrder {
                    state.outOfOrder += 1
                    staging.outcome.exemplarsOutOfOrder += 1
                }
                if verdict == .repeated { staging.outcome.exemplarsIdentical += 1 }
                guard verdict == .stored else { continue }
                newest[ref] = entry.exemplar
                staging.exemplars.append(StagedExemplar(ref: ref, slot: slot, exemplar: entry.exemplar))
            }
        }
    }

    /// The labels of a series that there is, or will be.
    private func stagedLabels(_ slot: UInt32) -> Labels {
        slot < core.series.count ? labels(core.series[slot].pointee.labelPairs) : staging.created[Int(slot - core.series.count)].labels
    }

    /// Called when the new series are there.
    func applyExemplars() {
        guard !staging.exemplars.isEmpty else { return }
        exemplars.use { state in
            for staged in staging.exemplars {
                state.ring.add(staged.exemplar, staged.ref) { labels(core.series[staged.slot].pointee.labelPairs) }
                state.appended += 1
            }
        }
        staging.outcome.exemplarsAppended = staging.exemplars.count
    }

    func replayExemplars(_ logged: [WALExemplar]) {
        exemplars.use { state in
            for one in logged {
                let slot = core.references.slot(one.reference)
                if slot == ReferenceDirectory.none { core.seenUnnamed(one.reference) }
                guard slot != ReferenceDirectory.none, one.exemplar.time >= core.floor, state.ring.capacity > 0 else { continue }
                let ref = core.series[slot].pointee.ref
                let series = { self.labels(self.core.series[slot].pointee.labelPairs) }
                // Two that the log has with two times are two.
                var timed = one.exemplar
                timed.isTimed = true
                guard ExemplarRing.verdict(timed, behind: state.ring.newest(ref, series)) == .stored else { continue }
                state.ring.add(one.exemplar, ref, series)
                state.appended += 1
            }
        }
    }
}
