/// What a batch's entries stand for, once its samples have been checked.
extension Staging {
    /// The slot of an entry's series, which for one that the batch creates is the one it will get; nil if there is none and will be none.
    func slot(of entry: UInt64, _ core: HeadCore) -> UInt32? {
        let isNew = entry & AppendBatch.unresolved != 0
        let slot = isNew ? slots[Int(entry & ~AppendBatch.unresolved)] : core.references.slot(entry)
        return slot == ReferenceDirectory.none ? nil : slot
    }

    /// What the log calls a series.
    func reference(of slot: UInt32, _ core: HeadCore) -> UInt64 {
        slot < core.series.count ? core.series[slot].pointee.ref : created[Int(slot - core.series.count)].ref
    }
}
