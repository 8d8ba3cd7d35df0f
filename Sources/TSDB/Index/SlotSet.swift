/// A set of series slots as bits: unions of thousands of posting lists cost their length, whatever their order.
struct SlotSet: ~Copyable {
    private let words: UnsafeMutablePointer<UInt64>
    private let wordCount: Int

    init(capacity: UInt32) {
        wordCount = Int(capacity) / 64 + 1
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    deinit { words.deallocate() }

    func insert(_ list: PostingList) {
        list.read { slots in
            for slot in slots { words[Int(slot &>> 6)] |= 1 &<< UInt64(slot & 63) }
        }
    }

    /// Adds one slot below the capacity.
    @inline(__always)
    func insert(_ slot: UInt32) { words[Int(slot &>> 6)] |= 1 &<< UInt64(slot & 63) }

    @inline(__always)
    func contains(_ slot: UInt32) -> Bool { words[Int(slot &>> 6)] &>> UInt64(slot & 63) & 1 == 1 }

    /// All members, ascending.
    func slots() -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity((0..<wordCount).reduce(0) { $0 + words[$1].nonzeroBitCount })
        for i in 0..<wordCount {
            var word = words[i]
            while word != 0 {
                result.append(UInt32(i * 64 + word.trailingZeroBitCount))
                word &= word &- 1
            }
        }
        return result
    }
}

/// The slots of an ascending array that are in a posting list too.
func intersect(_ slots: [UInt32], _ list: PostingList) -> [UInt32] {
    list.read { other in
        var result: [UInt32] = []
        result.reserveCapacity(min(slots.count, other.count))
        var at = 0
        for slot in slots {
            at = firstIndex(notBelow: slot, in: other, from: at)
            if at == other.count { break }
            if other[at] == slot { result.append(slot) }
        }
        return result
    }
}

/// Gallops: steps double until the slot is passed, then halve. Near neighbours cost a step or two, far ones the logarithm of the distance.
private func firstIndex(notBelow slot: UInt32, in list: UnsafeBufferPointer<UInt32>, from start: Int) -> Int {
    var low = start
    var step = 1
    while low + step <= list.count, list[low + step - 1] < slot {
        low += step
        step *= 2
    }
    var high = min(low + step, list.count)
    while low < high {
        let middle = (low + high) / 2
        if list[middle] < slot { low = middle + 1 } else { high = middle }
    }
    return low
}
