/// The bytes of a chunk of windows as they are written.
struct ByteSink {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    mutating func put(_ byte: UInt8) { bytes.append(byte) }

    mutating func put(_ more: [UInt8]) { bytes += more }

    /// An unsigned LEB128 number.
    mutating func put(unsigned value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A zig-zag LEB128 number.
    mutating func put(signed value: Int64) { put(unsigned: ZigZag.encode(value)) }

    mutating func put(word: UInt64) { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }

    /// The number of bytes, and then the bytes that `body` writes.
    mutating func putSized(_ body: (inout ByteSink) -> Void) {
        let start = bytes.count
        // Of most parts the number is one byte.
        bytes.append(0)
        body(&self)
        let count = bytes.count - start - 1
        if count < 0x80 {
            bytes[start] = UInt8(count)
        } else {
            var number = ByteSink(capacity: 10)
            number.put(unsigned: UInt64(count))
            bytes.replaceSubrange(start...start, with: number.bytes)
        }
    }
}

/// Small numbers for those near zero, whatever their sign.
enum ZigZag {
    @inline(__always)
    static func encode(_ value: Int64) -> UInt64 { UInt64(bitPattern: value &<< 1 ^ value &>> 63) }

    @inline(__always)
    static func decode(_ value: UInt64) -> Int64 { Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1) }
}
