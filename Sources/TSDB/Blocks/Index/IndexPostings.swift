/// Numbers that ascend, wherever they lie.
protocol AscendingNumbers {
    var count: Int { get }
    subscript(_ index: Int) -> UInt32 { get }
}

extension [UInt32]: AscendingNumbers {}

/// A posting list as it lies in the index: series numbers, ascending, big-endian.
struct IndexPostings: AscendingNumbers {
    private let bytes: UnsafeRawBufferPointer
    let count: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        count = bytes.count / 4
    }

    @inline(__always)
    subscript(_ index: Int) -> UInt32 { UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self)) }

    func array() -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { copy, length in
            for i in 0..<count { copy.initializeElement(at: i, to: self[i]) }
            length = count
        }
    }
}

/// What both have.
func intersection(_ a: [UInt32], _ b: some AscendingNumbers) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(min(a.count, b.count))
    var at = 0
    for number in a {
        at = firstIndex(notBelow: number, in: b, from: at)
        if at == b.count { break }
        if b[at] == number { result.append(number) }
    }
    return result
}

/// What `a` has and `b` has not.
func difference(_ a: [UInt32], _ b: some AscendingNumbers) -> [UInt32] {
    var at = 0
    return a.filter { number in
        at = firstIndex(notBelow: number, in: b, from: at)
        return at == b.count || b[at] != number
    }
}

/// Gallops: steps double until the number is passed, then halve.
private func firstIndex(notBelow number: UInt32, in list: some AscendingNumbers, from start: Int) -> Int {
    var low = start
    var step = 1
    while low &+ step <= list.count, list[low &+ step &- 1] < number {
        low &+= step
        step &*= 2
    }
    var high = min(low + step, list.count)
    while low < high {
        let middle = (low &+ high) / 2
        if list[middle] < number { low = middle &+ 1 } else { high = middle }
    }
    return low
}

/// What any of the lists has. All numbers must be below `limit`; nil if one is not.
func union(_ lists: [IndexPostings], limit: UInt32) -> [UInt32]? {
    if lists.count == 1 { return lists[0].array() }
    let total = lists.reduce(0) { $0 + $1.count }
    // A bit for every possible number is worth it only where there are many.
    if total < Int(limit) / 256 { return lists.flatMap { $0.array() }.sorted() }
    let set = SlotSet(capacity: limit)
    for list in lists {
        for i in 0..<list.count {
            let number = list[i]
            if number >= limit { return nil }
            set.insert(number)
        }
    }
    return set.slots()
}
