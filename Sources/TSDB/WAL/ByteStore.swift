/// Bare memory that grows by doubling and keeps its capacity from use to use.
///
/// Not safe for several threads: whoever holds one, or the lock around it, is its only user.
final class ByteStore: @unchecked Sendable {
    private(set) var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 4096) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func removeAll() { count = 0 }

    /// Makes room for `extra` more bytes; every `put` below counts on it.
    @inline(__always)
    func reserve(_ extra: Int) {
        if count &+ extra > capacity { grow(extra) }
    }

    @inline(never)
    private func grow(_ extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    func put(_ byte: UInt8) {
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inline(__always)
    func put(_ value: some FixedWidthInteger & BitwiseCopyable) {
        base.storeBytes(of: value.bigEndian, toByteOffset: count, as: type(of: value))
        count &+= MemoryLayout.size(ofValue: value)
    }

    /// Writes up to `extra` bytes through a value of its own, which costs less than a put for each part.
    @inline(__always)
    func write(atMost extra: Int, _ body: (inout ByteCursor) -> Void) {
        reserve(extra)
        var cursor = ByteCursor(at: base + count)
        body(&cursor)
        count = cursor.at - base
    }

    /// At most ten bytes.
    @inline(__always)
    func putVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        put(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends bytes; makes the room itself.
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Counts bytes that were written behind the end, into reserved room.
    func skip(_ bytes: Int) { count += bytes }

    /// Appends zeros; makes the room itself.
    func appendZeros(_ extra: Int) {
        reserve(extra)
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: extra)
        count += extra
    }
}

/// A place in memory with room enough behind it.
struct ByteCursor {
    private(set) var at: UnsafeMutableRawPointer

    init(at: UnsafeMutableRawPointer) { self.at = at }

    @inline(__always)
    mutating func put(_ word: UInt64) {
        at.storeBytes(of: word.bigEndian, as: UInt64.self)
        at += 8
    }

    /// At most ten bytes.
    @inline(__always)
    mutating func putSigned(_ value: Int64) { putUnsigned(UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))) }

    /// At most ten bytes.
    @inline(__always)
    mutating func putUnsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            at.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            at += 1
            rest &>>= 7
        }
        at.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        at += 1
    }
}
