public import Model

extension AppendBatch {
    struct MetadataEntry: Sendable {
        /// A reference, or `unresolved` and an index into `newLabels`.
        var ref: UInt64
        /// An index into `families`.
        var family: Int
    }

    /// Tells what a series is. It is written if it is not known yet; series that share it should come one after the other.
    public mutating func add(_ metadata: Metadata, to ref: SeriesRef) { add(metadata, ref.rawValue) }

    /// The same for a series that the batch has by its labels; `index` is what adding its sample gave.
    public mutating func add(_ metadata: Metadata, toNew index: Int) { add(metadata, Self.unresolved | UInt64(index)) }

    private mutating func add(_ metadata: Metadata, _ ref: UInt64) {
        if families.last.map({ $0.isOf(metadata) }) != true {
            families.append(Family(metadata: metadata, encoded: WALMetadata.encode(metadata)))
        }
        self.metadata.append(MetadataEntry(ref: ref, family: families.count - 1))
    }

    struct Family: Sendable {
        var metadata: Metadata
        /// As the log has it.
        var encoded: [UInt8]

        func isOf(_ other: Metadata) -> Bool {
            metadata.type == other.type && sameBytes(metadata.help, other.help) && sameBytes(metadata.unit, other.unit)
        }
    }
}

/// Metadata on its way to the log and to its series.
struct StagedMetadata {
    var ref: UInt64
    var encoded: [UInt8]
}

extension Head {
    /// Stages what the series of a batch are, where that is new; behind the check of its samples.
    func stageMetadata(_ batch: AppendBatch) {
        guard options.recordsMetadata else { return }
        for entry in batch.metadata {
            guard let slot = staging.slot(of: entry.ref, batch, core) else { continue }
            let ref = staging.reference(of: slot, core)
            let encoded = batch.families[entry.family].encoded
            if !core.metadata.holds(ref, encoded) { staging.metadata.append(StagedMetadata(ref: ref, encoded: encoded)) }
        }
    }

    func applyMetadata() {
        for staged in staging.metadata { core.metadata.set(staged.ref, staged.encoded) }
    }

    func replayMetadata(_ metadata: [WALMetadata]) {
        for one in metadata {
            let slot = core.references.slot(one.reference)
            if slot == ReferenceDirectory.none {
                core.seenUnnamed(one.reference)
            } else {
                core.metadata.set(core.series[slot].pointee.ref, one.metadata)
            }
        }
    }
}
