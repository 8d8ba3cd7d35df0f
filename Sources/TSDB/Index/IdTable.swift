/// Finds small numbers by a hash: an open-addressed table of 64-bit words, half hash, half number. What the numbers stand for, and whether two
/// are the same, the caller knows.
struct IdTable: ~Copyable {
    /// `hash << 32 | id + 1`; 0 is an empty place.
    private var places: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private(set) var count = 0

    init() {
        mask = 63
        places = Self.empty(64)
    }

    deinit { places.deallocate() }

    private static func empty(_ size: Int) -> UnsafeMutablePointer<UInt64> {
        let places = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
        places.initialize(repeating: 0, count: size)
        return places
    }

    /// The bytes the table takes.
    var byteCount: Int { (mask + 1) * 8 }

    @inline(__always)
    func find(_ hash: UInt64, _ same: (UInt32) -> Bool) -> UInt32? {
        let tag = hash &>> 32
        var at = Int(truncatingIfNeeded: tag) & mask
        while true {
            let place = places[at]
            if place == 0 { return nil }
            if place &>> 32 == tag {
                let id = UInt32(truncatingIfNeeded: place) &- 1
                if same(id) { return id }
            }
            at = (at &+ 1) & mask
        }
    }

    /// Adds a number that is not in the table.
    mutating func insert(_ hash: UInt64, _ id: UInt32) {
        // At most seven eighths full: probes stay short and the table small.
        if (count + 1) * 8 > (mask + 1) * 7 { rebuild(size: (mask + 1) * 2) { $0 } }
        place(hash & ~0xffff_ffff | UInt64(id &+ 1))
        count += 1
    }

    private func place(_ word: UInt64) {
        var at = Int(truncatingIfNeeded: word &>> 32) & mask
        while places[at] != 0 { at = (at &+ 1) & mask }
        places[at] = word
    }

    /// Gives every number a new one; those that get none are removed.
    mutating func renumber(_ new: (UInt32) -> UInt32?) {
        rebuild(size: mask + 1, new)
    }

    private mutating func rebuild(size: Int, _ new: (UInt32) -> UInt32?) {
        let old = places
        let oldSize = mask + 1
        places = Self.empty(size)
        mask = size - 1
        count = 0
        for i in 0..<oldSize where old[i] != 0 {
            guard let id = new(UInt32(truncatingIfNeeded: old[i]) &- 1) else { continue }
            place(old[i] & ~0xffff_ffff | UInt64(id &+ 1))
            count += 1
        }
        old.deallocate()
    }
}
