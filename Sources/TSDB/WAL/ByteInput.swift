/// Reads big-endian words and LEB128 numbers one after the other; nil where the bytes do not suffice.
struct ByteInput {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    /// `offset` may lie behind the end, which is then the end.
    init(_ bytes: UnsafeRawBufferPointer, offset: Int) {
        self.bytes = bytes
        self.offset = min(offset, bytes.count)
    }

    /// The first four bytes as a big-endian number.
    static func word(_ bytes: some Collection<UInt8>) -> UInt32 { bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }

    var atEnd: Bool { offset == bytes.count }

    @inline(__always)
    mutating func takeWord() -> UInt64? {
        guard bytes.count &- offset >= 8, let base = bytes.baseAddress else { return nil }
        let word = UInt64(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset &+= 8
        return word
    }

    mutating func takeShortWord() -> UInt32? {
        guard bytes.count &- offset >= 4, let base = bytes.baseAddress else { return nil }
        offset += 4
        return UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset - 4, as: UInt32.self))
    }

    mutating func takeByte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        offset += 1
        return bytes[offset - 1]
    }

    @inline(__always)
    mutating func takeVarint() -> UInt64? {
        guard offset < bytes.count, let base = bytes.baseAddress else { return nil }
        let byte = base.load(fromByteOffset: offset, as: UInt8.self)
        if byte < 0x80 {
            offset &+= 1
            return UInt64(byte)
        }
        if bytes.count &- offset >= 8 {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let ends = ~word & 0x8080_8080_8080_8080
            if ends != 0 {
                // How long it is, which nobody foresees, needs no branch.
                let lastBit = UInt64(truncatingIfNeeded: ends.trailingZeroBitCount)
                offset &+= Int(truncatingIfNeeded: lastBit &>> 3) &+ 1
                return Self.squeezed(word & (UInt64.max &>> (63 &- lastBit)))
            }
        }
        return takeLongVarint(base)
    }

    /// The low seven bits of each byte, side by side.
    @inline(__always)
    private static func squeezed(_ word: UInt64) -> UInt64 {
        var bits = word & 0x7f7f_7f7f_7f7f_7f7f
        bits = bits & 0x007f_007f_007f_007f | (bits & 0x7f00_7f00_7f00_7f00) &>> 1
        bits = bits & 0x0000_3fff_0000_3fff | (bits & 0x3fff_0000_3fff_0000) &>> 2
        return bits & 0x0000_0000_0fff_ffff | (bits & 0x0fff_ffff_0000_0000) &>> 4
    }

    private mutating func takeLongVarint(_ base: UnsafeRawPointer) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var at = offset
        while at < bytes.count, shift < 64 {
            let byte = UInt64(base.load(fromByteOffset: at, as: UInt8.self))
            if shift == 63, byte > 1 { return nil }
            at &+= 1
            value |= (byte & 0x7f) &<< shift
            if byte < 0x80 {
                offset = at
                return value
            }
            shift &+= 7
        }
        return nil
    }

    @inline(__always)
    mutating func takeSigned() -> Int64? {
        guard let raw = takeVarint() else { return nil }
        return Int64(bitPattern: raw &>> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// A uvarint length and as many bytes.
    mutating func takeField() -> UnsafeRawBufferPointer? {
        guard let length = takeVarint(), length <= UInt64(bytes.count - offset) else { return nil }
        let start = offset
        offset += Int(length)
        return slice(from: start)
    }

    /// Moves behind a length and as many bytes; false if they are not there.
    @inline(__always)
    mutating func skipField() -> Bool {
        guard let length = takeVarint(), length <= UInt64(bytes.count &- offset) else { return false }
        offset &+= Int(truncatingIfNeeded: length)
        return true
    }

    /// What was read from `start` on.
    func slice(from start: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[start..<offset]) }
}
