import Glibc
import Synchronization

/// Bytes of a page, in memory that is used again for other pages.
public final class PageBuffer: @unchecked Sendable {
    // Exactly one scrape holds a buffer at a time: first its transport writes, then its ingester reads.
    private var base: UnsafeMutablePointer<UInt8>
    /// Where the page begins: what stands before it came with it and is not part of it.
    private var start = 0
    private var end = 0
    public private(set) var capacity: Int
    private let memory: PageMemory?

    public var count: Int { end - start }

    /// - Parameter memory: what counts large buffers; nil for pages that do not come from outside.
    public init(capacity: Int = 4096, memory: PageMemory? = nil) {
        self.capacity = max(capacity, 1)
        self.memory = memory
        base = Self.allocated(self.capacity, nil)
        memory?.count(0, to: self.capacity)
    }

    public convenience init(_ text: String) {
        self.init(capacity: text.utf8.count)
        append(text.utf8)
    }

    deinit {
        free(base)
        memory?.forget(capacity)
    }

    public func removeAll() { (start, end) = (0, 0) }

    /// Adds bytes; throws if there is no memory for them.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(ScrapeError) {
        try write(room: bytes.count) { target in
            if let source = bytes.baseAddress { target.baseAddress?.copyMemory(from: source, byteCount: bytes.count) }
            return bytes.count
        }
    }

    /// Adds bytes that this program has already.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        enlarge(bytes.count)
        if let source = bytes.baseAddress { memcpy(base + end, source, bytes.count) }
        end += bytes.count
    }

    /// Adds bytes that this program has already.
    public func append(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            enlarge(1)
            base[end] = byte
            end += 1
        }
    }

    public func withUnsafeBytes<R, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> R) throws(Failure) -> R {
        try body(UnsafeRawBufferPointer(start: base + start, count: count))
    }

    /// Lets `body` write at most `room` bytes behind the others; it returns how many it wrote.
    func write(room: Int, _ body: (UnsafeMutableRawBufferPointer) throws(ScrapeError) -> Int) throws(ScrapeError) {
        try reserve(room)
        let written = try body(UnsafeMutableRawBufferPointer(start: base + end, count: room))
        precondition(written <= room, "BUG: \(written) bytes in a room of \(room)")
        end += written
    }

    /// Makes room for so many bytes more: twice as many as there were, or what is needed, but without need not more than `most` in all.
    func reserve(_ extra: Int, most: Int = .max) throws(ScrapeError) {
        guard end + extra > capacity else { return }
        let new = max(min(capacity * 2, most), end + extra)
        try memory?.resize(from: capacity, to: new)
        grow(to: new)
    }

    private func enlarge(_ extra: Int) {
        guard end + extra > capacity else { return }
        let new = max(capacity * 2, end + extra)
        memory?.count(capacity, to: new)
        grow(to: new)
    }

    private func grow(to new: Int) {
        capacity = new
        // Large ones are moved by the system, page by page, without a copy.
        base = Self.allocated(new, base)
    }

    private static func allocated(_ capacity: Int, _ old: UnsafeMutablePointer<UInt8>?) -> UnsafeMutablePointer<UInt8> {
        guard let memory = realloc(old, capacity) else { preconditionFailure("BUG: the system has no \(capacity) bytes of memory") }
        return memory.assumingMemoryBound(to: UInt8.self)
    }
}

// MARK: - Where pages are put right in place

extension PageBuffer {
    /// Lets the first bytes go.
    func removeFirst(_ dropped: Int) {
        precondition(dropped <= count, "BUG: \(dropped) of \(count) bytes dropped")
        start += dropped
    }

    /// Keeps only so many bytes.
    func truncate(_ kept: Int) {
        precondition(kept <= count, "BUG: \(kept) of \(count) bytes kept")
        end = start + kept
    }

    /// Lets `body` change the bytes from a place on.
    func change<R>(from place: Int, _ body: (UnsafeMutableRawBufferPointer) throws(ScrapeError) -> R) throws(ScrapeError) -> R {
        try body(UnsafeMutableRawBufferPointer(start: base + start + place, count: count - place))
    }

    /// One that is counted by the same memory.
    func empty() -> PageBuffer { PageBuffer(memory: memory) }

    func isCounted(with other: PageBuffer) -> Bool { memory === other.memory }

    /// Swaps what both hold; both are counted by the same memory.
    func exchange(with other: PageBuffer) {
        precondition(memory === other.memory, "BUG: buffers of two memories exchanged")
        swap(&base, &other.base)
        swap(&start, &other.start)
        swap(&end, &other.end)
        swap(&capacity, &other.capacity)
    }
}

/// Buffers that no scrape uses at the moment.
public final class PageBufferPool: Sendable {
    /// Bytes that are kept for pages to come; what is beyond them is given back to the system.
    private static let keptCapacity = 8 << 20
    private static let keptCount = 64

    private struct Free {
        var buffers: [PageBuffer] = []
        var capacity = 0
    }

    private let free = Mutex(Free())
    private let memory: PageMemory

    public init(memory: PageMemory = PageMemory()) { self.memory = memory }

    public func take() -> PageBuffer {
        let kept = free.withLock { free in
            let buffer = free.buffers.popLast()
            free.capacity -= buffer?.capacity ?? 0
            return buffer
        }
        let buffer = kept ?? PageBuffer(memory: memory)
        buffer.removeAll()
        return buffer
    }

    public func giveBack(_ buffer: PageBuffer) {
        free.withLock { free in
            guard free.buffers.count < Self.keptCount, free.capacity + buffer.capacity <= Self.keptCapacity else { return }
            free.capacity += buffer.capacity
            free.buffers.append(buffer)
        }
    }
}
