import Glibc
import Synchronization

/// Bytes of a page, in memory that is used again for other pages.
public final class PageBuffer: @unchecked Sendable {
    // Exactly one scrape holds a buffer at a time: first its transport writes, then its ingester reads.
    private var base: UnsafeMutablePointer<UInt8>
    public private(set) var count = 0
    public private(set) var capacity: Int

    public init(capacity: Int = 4096) {
        self.capacity = max(capacity, 1)
        base = .allocate(capacity: self.capacity)
    }

    public convenience init(_ text: String) {
        self.init(capacity: text.utf8.count)
        append(text.utf8)
    }

    deinit { base.deallocate() }

    public func removeAll() { count = 0 }

    public func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let source = bytes.baseAddress { memcpy(base + count, source, bytes.count) }
        count += bytes.count
    }

    public func append(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            reserve(1)
            base[count] = byte
            count += 1
        }
    }

    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Lets `body` write at most `room` bytes behind the others; it returns how many it wrote.
    func write<Failure: Error>(room: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int) throws(Failure) {
        reserve(room)
        let written = try body(UnsafeMutableRawBufferPointer(start: base + count, count: room))
        precondition(written <= room, "BUG: \(written) bytes in a room of \(room)")
        count += written
    }

    private func reserve(_ extra: Int) {
        guard count + extra > capacity else { return }
        capacity = max(capacity * 2, count + extra)
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        new.update(from: base, count: count)
        base.deallocate()
        base = new
    }
}

/// Buffers that no scrape uses at the moment.
public final class PageBufferPool: Sendable {
    /// Larger ones are given back to the system.
    private static let keptCapacity = 8 << 20
    private static let keptCount = 2
    private let free = Mutex<[PageBuffer]>([])

    public init() {}

    public func take() -> PageBuffer {
        let buffer = free.withLock { $0.popLast() } ?? PageBuffer()
        buffer.removeAll()
        return buffer
    }

    public func giveBack(_ buffer: PageBuffer) {
        guard buffer.capacity <= Self.keptCapacity else { return }
        free.withLock { if $0.count < Self.keptCount { $0.append(buffer) } }
    }
}
