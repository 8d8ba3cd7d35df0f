import CSnappy
import Synchronization

/// Snappy's block form: the length of what was compressed, then literals and copies.
///
/// https://github.com/google/snappy/blob/main/format_description.txt
enum SnappyBlock {
    /// Bytes of a request, restored.
    static let limit = 64 << 20
    /// No element of the form gives more than 64 bytes for three of its own, so that a length that is a lie is seen before there is memory for it.
    private static let greatestGain = 22

    /// How many bytes there will be.
    static func length(_ bytes: UnsafeRawBufferPointer) throws(WriteFault) -> Int {
        var length = 0
        guard snappy_uncompressed_length(bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, &length) == SNAPPY_OK else {
            throw .malformed("the body is not in Snappy's block form: it does not begin with a length")
        }
        guard length <= limit else { throw .malformed("the body would be \(length) bytes when decompressed; at most \(limit) are taken") }
        guard length / greatestGain <= bytes.count else {
            throw .malformed("the body says that it is \(length) bytes when decompressed, which \(bytes.count) bytes cannot become")
        }
        return length
    }

    /// Restores into memory that is used again, and hands the bytes over for as long as `body` runs.
    static func restored<R>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(WriteFault) -> R) throws(WriteFault) -> R {
        let memory = RestoringMemory.spare.withLock { $0.popLast() } ?? RestoringMemory()
        defer {
            if memory.capacity <= RestoringMemory.keptCapacity {
                RestoringMemory.spare.withLock { if $0.count < RestoringMemory.keptCount { $0.append(memory) } }
            }
        }
        let count = bytes.withUnsafeBytes { bytes in Result { () throws(WriteFault) in try restore(bytes, memory) } }
        return try body(UnsafeRawBufferPointer(start: memory.base, count: count.get()))
    }

    private static func restore(_ bytes: UnsafeRawBufferPointer, _ memory: RestoringMemory) throws(WriteFault) -> Int {
        var length = try length(bytes)
        memory.reserve(length)
        let output = memory.base.assumingMemoryBound(to: CChar.self)
        guard snappy_uncompress(bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, output, &length) == SNAPPY_OK else {
            throw .malformed("the body is not in Snappy's block form")
        }
        return length
    }
}

/// Bytes to decompress into, for one request at a time.
private final class RestoringMemory: @unchecked Sendable {
    static let spare = Mutex<[RestoringMemory]>([])
    static let keptCount = 4
    /// What is larger goes back to the system.
    static let keptCapacity = 8 << 20

    private(set) var base: UnsafeMutableRawPointer
    private(set) var capacity = 64 << 10

    init() { base = .allocate(byteCount: capacity, alignment: 8) }

    deinit { base.deallocate() }

    func reserve(_ count: Int) {
        guard count > capacity else { return }
        base.deallocate()
        capacity = max(count, min(capacity * 2, Self.keptCapacity))
        base = .allocate(byteCount: capacity, alignment: 8)
    }
}
