public import Model

/// The encoder of one open XOR chunk: a trivial value that can live in bare memory beside the bytes it writes.
///
/// The format is Prometheus's chunk encoding 1:
///
///     | u16 big-endian sample count |
///     | varint first time | 64 bits first value |
///     | uvarint first delta | value bits |
///     | delta of deltas | value bits | …
///
/// A delta of deltas is `0`, or `10`, `110`, `1110` and 14, 17, 20 bits, or `1111` and 64 bits. Value bits are the XOR with the value before:
/// `0` for no change, `10` and the bits within the window of significant bits used last, or `11`, 5 bits of leading zeros, 6 bits of length
/// (64 is written as 0) and the bits themselves.
public struct XORState: BitwiseCopyable, Sendable {
    /// How much room the buffer must have behind `byteCount` before each append, in bytes.
    ///
    /// The longest sample takes 20 bytes (the first one with its header, or the second); the rest is what the word-wise writer may overwrite.
    public static let appendReserve = 32
    /// No sample adds more bytes to a chunk, its header included.
    public static let longestSample = 20

    /// The time of the last sample; meaningless while `count` is 0.
    public private(set) var lastTime: Timestamp = 0
    /// The last distance between two samples, kept unsigned as the format does so that every pair of times can be written.
    private var lastDelta: UInt64 = 0
    private var lastBits: UInt64 = 0
    /// How many bits of the buffer are in use, the header included.
    public private(set) var bitLength: UInt32 = 0
    /// How many samples the chunk holds.
    public private(set) var count: UInt16 = 0
    private var leading: UInt8 = Self.unset
    private var trailing: UInt8 = 0

    private static let unset: UInt8 = 0xff

    /// The state before the first sample.
    public init() {}

    /// The state before the first sample, with the time of something else that came last.
    public init(lastTime: Timestamp) { self.lastTime = lastTime }

    /// The value of the last sample; meaningless while `count` is 0.
    public var lastValue: Double { Double(bitPattern: lastBits) }

    /// How many bytes of the buffer are in use.
    public var byteCount: Int { Int(bitLength &+ 7) &>> 3 }

    /// Appends one sample to `buffer`, which always begins at the chunk's first byte and has `appendReserve` bytes of room behind `byteCount`.
    ///
    /// The header's count is kept current, so the first `byteCount` bytes are a whole chunk after every call. Times need not ascend for the
    /// format's sake, but readers expect them to. A chunk holds at most 65,535 samples.
    public mutating func append(_ time: Timestamp, _ value: Double, to buffer: UnsafeMutableRawPointer) {
        precondition(count < UInt16.max, "BUG: a chunk was never closed")
        var writer = BitWriter(base: buffer, position: Int(bitLength))
        let bits = value.bitPattern
        let delta = UInt64(bitPattern: time &- lastTime)
        switch count {
        case 0:
            writer.position = 16
            writer.putVarint(UInt64(bitPattern: (time &<< 1) ^ (time &>> 63)))
            writer.put(bits, 64)
        case 1:
            writer.putVarint(delta)
            putValue(bits, behind: 0, 0, &writer)
            lastDelta = delta
        default:
            let (prefix, length) = Self.putDeltaOfDeltas(Int64(bitPattern: delta &- lastDelta), &writer)
            putValue(bits, behind: prefix, length, &writer)
            lastDelta = delta
        }
        lastTime = time
        lastBits = bits
        bitLength = UInt32(truncatingIfNeeded: writer.position)
        count &+= 1
        buffer.storeBytes(of: count.bigEndian, as: UInt16.self)
    }

    /// The usual ones are not written, but given back as up to 16 bits that go before the value's: one write does for both.
    ///
    /// An n-bit field holds -(2ⁿ⁻¹ - 1)…2ⁿ⁻¹: lopsided against two's complement, and what Prometheus reads.
    @inline(__always)
    private static func putDeltaOfDeltas(_ value: Int64, _ writer: inout BitWriter) -> (bits: UInt64, length: Int) {
        if value == 0 { return (0, 1) }
        let low = UInt64(bitPattern: value)
        if value >= -0x1fff, value <= 0x2000 { return (0b10 &<< 14 | low & 0x3fff, 16) }
        putLongDeltaOfDeltas(value, &writer)
        return (0, 0)
    }

    @inline(never)
    private static func putLongDeltaOfDeltas(_ value: Int64, _ writer: inout BitWriter) {
        let low = UInt64(bitPattern: value)
        switch value {
        case -0xffff...0x1_0000: writer.put(0b110 &<< 17 | low & 0x1_ffff, 20)
        case -0x7_ffff...0x8_0000: writer.put(0b1110 &<< 20 | low & 0xf_ffff, 24)
        default:
            writer.put(0b1111, 4)
            writer.put(low, 64)
        }
    }

    /// Writes the last `before` bits, at most 16, and then the value's.
    @inline(__always)
    private mutating func putValue(_ bits: UInt64, behind prefix: UInt64, _ before: Int, _ writer: inout BitWriter) {
        let change = bits ^ lastBits
        if change == 0 { return writer.put(prefix &<< 1, before &+ 1) }
        // Five bits hold at most 31.
        let newLeading = UInt8(truncatingIfNeeded: min(change.leadingZeroBitCount, 31))
        let newTrailing = UInt8(truncatingIfNeeded: change.trailingZeroBitCount)
        var control = prefix &<< 2 | 0b10
        var controlLength = before &+ 2
        if leading == Self.unset || newLeading < leading || newTrailing < trailing {
            leading = newLeading
            trailing = newTrailing
            let length = 64 &- UInt64(leading) &- UInt64(trailing)
            control = prefix &<< 13 | 0b11 &<< 11 | UInt64(leading) &<< 6 | length & 0x3f
            controlLength = before &+ 13
        }
        let significant = change &>> UInt64(trailing)
        let length = 64 &- Int(leading) &- Int(trailing)
        if controlLength &+ length <= 64 {
            writer.put(control &<< UInt64(truncatingIfNeeded: length) | significant, controlLength &+ length)
        } else {
            writer.put(control, controlLength)
            writer.put(significant, length)
        }
    }
}
