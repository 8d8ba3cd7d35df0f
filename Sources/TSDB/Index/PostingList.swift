/// The series slots that carry one label, ascending: an append-only array that holds up to two without memory of its own, because most label
/// values of a large installation belong to very few series.
struct PostingList: BitwiseCopyable {
    /// Two slots, or an address once there are more.
    private var word: UInt64 = 0
    private(set) var count: UInt32 = 0
    /// 0 as long as the slots are in `word`.
    private var capacity: UInt32 = 0

    private var memory: UnsafeMutablePointer<UInt32>? { UnsafeMutablePointer(bitPattern: UInt(truncatingIfNeeded: word)) }

    /// The bytes of the array.
    var byteCount: Int { Int(capacity) * 4 }

    func read<R>(_ body: (UnsafeBufferPointer<UInt32>) -> R) -> R {
        if capacity > 0 { return body(UnsafeBufferPointer(start: memory, count: Int(count))) }
        return withUnsafeBytes(of: word) { body(UnsafeBufferPointer(rebasing: $0.bindMemory(to: UInt32.self)[..<Int(count)])) }
    }

    /// Adds a slot that is greater than all before. Returns by how many bytes the array grew.
    @discardableResult
    mutating func append(_ slot: UInt32) -> Int {
        let before = byteCount
        if capacity == 0, count < 2 {
            // Little-endian: the first slot is the low half.
            word = count == 0 ? UInt64(slot) : word | UInt64(slot) &<< 32
        } else {
            if count == capacity || capacity == 0 { grow() }
            memory?[Int(count)] = slot
        }
        count += 1
        return byteCount - before
    }

    /// The same for a row of slots.
    mutating func append(_ slots: Range<UInt32>) -> Int {
        let before = byteCount
        let needed = count + UInt32(slots.count)
        if needed > max(capacity, 2) { grow(to: needed) }
        for slot in slots { append(slot) }
        return byteCount - before
    }

    private mutating func grow(to needed: UInt32 = 0) {
        // Half as much again: postings are a good part of an idle series' memory.
        let newCapacity = max(6, count + count / 2, needed)
        let new = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(newCapacity))
        read { slots in
            if let from = slots.baseAddress { new.update(from: from, count: slots.count) }
        }
        free()
        word = UInt64(UInt(bitPattern: new))
        capacity = newCapacity
    }

    func free() {
        if capacity > 0 { memory?.deallocate() }
    }

    /// The list with every slot's new number, without those that have none. Order is kept; the old list's memory is freed.
    consuming func renumbered(_ new: [UInt32], dead: UInt32) -> PostingList {
        var result = PostingList()
        read { slots in
            for slot in slots where new[Int(slot)] != dead { result.append(new[Int(slot)]) }
        }
        free()
        return result
    }
}
