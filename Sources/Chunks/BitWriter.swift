/// Writes bits, most significant first, into memory the caller owns.
///
/// Every call stores a whole word, so up to eight bytes behind the last bit are overwritten with zeros.
struct BitWriter {
    let base: UnsafeMutableRawPointer
    /// The number of bits written so far.
    var position: Int

    /// Writes the low `count` bits of `bits` (1…64); the bits above them must be zero.
    @inline(__always)
    mutating func put(_ bits: UInt64, _ count: Int) {
        let byte = position &>> 3
        let used = UInt64(truncatingIfNeeded: position & 7)
        let aligned = bits &<< UInt64(truncatingIfNeeded: 64 &- count)
        let kept = (UInt64(base.load(fromByteOffset: byte, as: UInt8.self)) &<< 56) & ~(UInt64.max &>> used)
        base.storeBytes(of: (kept | aligned &>> used).bigEndian, toByteOffset: byte, as: UInt64.self)
        if Int(truncatingIfNeeded: used) &+ count > 64 {
            let rest = UInt8(truncatingIfNeeded: (aligned &<< (64 &- used)) &>> 56)
            base.storeBytes(of: rest, toByteOffset: byte &+ 8, as: UInt8.self)
        }
        position &+= count
    }

    /// Writes an unsigned LEB128 number, one byte after the other.
    mutating func putVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            put(rest & 0x7f | 0x80, 8)
            rest &>>= 7
        }
        put(rest, 8)
    }
}
