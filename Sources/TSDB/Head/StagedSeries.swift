/// What a batch's entries stand for, once its samples have been checked.
extension Staging {
    /// The slot of an entry's series, which for one that the batch creates is the one it will get; nil if there is none and will be none.
    func slot(of entry: UInt64, _ batch: AppendBatch, _ core: HeadCore) -> UInt32? {
        let isNew = entry & AppendBatch.unresolved != 0
        let slot = isNew ? slot(ofNew: Int(entry & ~AppendBatch.unresolved), batch, core) : core.references.slot(entry)
        return slot == ReferenceDirectory.none ? nil : slot
    }

    /// The same for a series that the batch has by its labels, which may have no sample there.
    private func slot(ofNew index: Int, _ batch: AppendBatch, _ core: HeadCore) -> UInt32 {
        if slots[index] != ReferenceDirectory.none { return slots[index] }
        let labels = batch.newLabels[index]
        let slot = created(labels) ?? core.find(labels) ?? ReferenceDirectory.none
        slots[index] = slot
        return slot
    }

    /// What the log calls a series.
    func reference(of slot: UInt32, _ core: HeadCore) -> UInt64 {
        slot < core.series.count ? core.series[slot].pointee.ref : created[Int(slot - core.series.count)].ref
    }
}
