/// The bytes of a chunk of windows, or of a part of one, as they are read: nothing is ever read behind their end.
struct ByteSource {
    /// The chunk's first byte, wherever this part of it begins.
    let base: UnsafeRawPointer
    private(set) var next: Int
    let end: Int

    init(base: UnsafeRawPointer, _ range: Range<Int>) {
        self.base = base
        next = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { next == end }

    func error(_ reason: String) -> ChunkError { ChunkError(offset: next, reason: reason) }

    mutating func takeByte() throws(ChunkError) -> UInt8 {
        guard next < end else { throw error("ends before its windows do") }
        defer { next += 1 }
        return base.load(fromByteOffset: next, as: UInt8.self)
    }

    mutating func takeWord() throws(ChunkError) -> UInt64 {
        guard end - next >= 8 else { throw error("ends before its windows do") }
        defer { next += 8 }
        return UInt64(littleEndian: base.loadUnaligned(fromByteOffset: next, as: UInt64.self))
    }

    /// An unsigned LEB128 number.
    mutating func takeUnsigned() throws(ChunkError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = UInt64(try takeByte())
            guard shift < 63 || byte <= 1 else { break }
            value |= (byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw error("a number longer than 64 bits")
    }

    /// A zig-zag LEB128 number.
    mutating func takeSigned() throws(ChunkError) -> Int64 { ZigZag.decode(try takeUnsigned()) }

    /// A part that stands behind the number of its bytes.
    mutating func takeSized() throws(ChunkError) -> ByteSource { try takePart(of: takeUnsigned()) }

    mutating func takePart(of length: UInt64) throws(ChunkError) -> ByteSource {
        guard length <= UInt64(end - next) else { throw error("a part of \(length) bytes where \(end - next) are left") }
        defer { next += Int(length) }
        return ByteSource(base: base, next..<next + Int(length))
    }
}
