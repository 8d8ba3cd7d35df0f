import Glibc

/// The bytes of a page's keys and comment lines, one behind the other.
final class KeyBytes {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 256) {
        self.capacity = max(capacity, 1)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// Appends a copy and gives its offset.
    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let offset = count
        if count + bytes.count > capacity { grow(to: max(capacity * 2, count + bytes.count)) }
        if let source = bytes.baseAddress { memcpy(base + offset, source, bytes.count) }
        count += bytes.count
        return offset
    }

    subscript(offset: Int, length: Int) -> UnsafeRawBufferPointer {
        precondition(offset + length <= count, "BUG: key bytes \(offset)+\(length) of \(count)")
        return UnsafeRawBufferPointer(start: base + offset, count: length)
    }

    /// Gives back what was set aside for more.
    func trim() {
        if capacity > count { grow(to: max(count, 1)) }
    }

    private func grow(to newCapacity: Int) {
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
        new.update(from: base, count: count)
        base.deallocate()
        base = new
        capacity = newCapacity
    }
}
