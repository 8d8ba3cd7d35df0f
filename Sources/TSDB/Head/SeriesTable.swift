import Glibc

/// Series records in slabs that never move, under a directory of fixed size. Slots are dense and ascend with creation; a sweep renumbers them.
final class SeriesTable {
    private static let slabShift = 10
    private static let slabSize = 1 << slabShift
    /// Room for 268 million series; untouched entries of the directory cost no memory.
    private static let maxSlabs = 1 << 18

    private let slabs: UnsafeMutablePointer<UnsafeMutablePointer<SeriesRecord>?>
    @exclusivity(unchecked) private(set) var count: UInt32 = 0

    init() {
        guard let memory = calloc(Self.maxSlabs, MemoryLayout<UnsafeMutablePointer<SeriesRecord>?>.stride) else {
            preconditionFailure("BUG: no memory for the series directory")
        }
        slabs = memory.assumingMemoryBound(to: UnsafeMutablePointer<SeriesRecord>?.self)
    }

    /// Frees the slabs only; what records point to is the owner's.
    deinit {
        shrink(to: 0)
        Glibc.free(slabs)
    }

    static let capacity = maxSlabs * slabSize

    @inline(__always)
    subscript(slot: UInt32) -> UnsafeMutablePointer<SeriesRecord> {
        guard let slab = slabs[Int(slot &>> UInt32(Self.slabShift))] else { preconditionFailure("BUG: an unknown series slot") }
        return slab + Int(slot & UInt32(Self.slabSize - 1))
    }

    func append(_ record: SeriesRecord) -> UInt32 {
        let slab = Int(count) >> Self.slabShift
        precondition(slab < Self.maxSlabs, "BUG: more series than there is room for")
        if slabs[slab] == nil { slabs[slab] = .allocate(capacity: Self.slabSize) }
        count += 1
        self[count - 1].initialize(to: record)
        return count - 1
    }

    /// Drops the slots from `newCount` on and frees slabs without any.
    func shrink(to newCount: UInt32) {
        var slab = (Int(newCount) + Self.slabSize - 1) >> Self.slabShift
        while slab < Self.maxSlabs, let memory = slabs[slab] {
            memory.deallocate()
            slabs[slab] = nil
            slab += 1
        }
        count = newCount
    }

    var byteCount: Int { (Int(count) + Self.slabSize - 1) / Self.slabSize * Self.slabSize * MemoryLayout<SeriesRecord>.stride }
}
