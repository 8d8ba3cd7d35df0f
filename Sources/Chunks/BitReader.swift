/// Reads bits, most significant first, a word at a time.
///
/// `window` holds the next `valid` bits at its top. Behind the end of the input come zeros, and `overrun` tells; so decoders test once per chunk
/// instead of once per bit.
struct BitReader {
    private let base: UnsafeRawPointer
    private let count: Int
    /// The last offset from which a whole word can be loaded.
    private let lastWord: Int
    private var next: Int
    private var valid: UInt64 = 0
    private(set) var window: UInt64 = 0

    /// Begins at byte `offset` of at least one byte of input.
    init(_ base: UnsafeRawPointer, count: Int, offset: Int) {
        self.base = base
        self.count = count
        lastWord = count &- 8
        next = offset
        refill()
    }

    /// Fills up the window: 56 bits or more are valid afterwards.
    @inline(__always)
    mutating func refill() {
        let word: UInt64
        if next <= lastWord {
            word = UInt64(bigEndian: base.loadUnaligned(fromByteOffset: next, as: UInt64.self))
        } else {
            word = tail()
        }
        // Bits of a byte that is only partly taken are loaded again by the next refill, to the same place.
        window |= word &>> valid
        next &+= Int(truncatingIfNeeded: (63 &- valid) &>> 3)
        valid |= 56
    }

    /// The word at `next`, which reaches behind the end of the input.
    @inline(never)
    private func tail() -> UInt64 {
        let missing = next &- lastWord
        if missing >= 8 { return 0 }
        if lastWord >= 0 {
            let word = UInt64(bigEndian: base.loadUnaligned(fromByteOffset: lastWord, as: UInt64.self))
            return word &<< UInt64(truncatingIfNeeded: missing &* 8)
        }
        var word: UInt64 = 0
        for i in next..<next &+ 8 { word = word &<< 8 | (i < count ? UInt64(base.load(fromByteOffset: i, as: UInt8.self)) : 0) }
        return word
    }

    /// Drops bits; there must be as many valid ones, and fewer than 64.
    @inline(__always)
    mutating func skip(_ bits: UInt64) {
        window = window &<< bits
        valid &-= bits
    }

    /// The next `bits` (1…56) bits; refills before if it must.
    @inline(__always)
    mutating func take(_ bits: UInt64) -> UInt64 {
        if valid < bits { refill() }
        let value = window &>> (64 &- bits)
        skip(bits)
        return value
    }

    /// The next `bits` (1…64) bits.
    @inline(__always)
    mutating func takeLong(_ bits: UInt64) -> UInt64 {
        if bits <= 56 { return take(bits) }
        let high = take(32)
        return high &<< (bits &- 32) | take(bits &- 32)
    }

    /// An unsigned LEB128 number; nil if it is longer than 64 bits.
    mutating func takeVarint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = take(8)
            if shift == 63, byte > 1 { return nil }
            value |= (byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        return nil
    }

    /// The byte in which the next bit lies.
    var offset: Int { (next &* 8 &- Int(truncatingIfNeeded: valid)) &>> 3 }
    /// Whether more bits were taken than there are.
    var overrun: Bool { next &* 8 &- Int(truncatingIfNeeded: valid) > count &* 8 }
}
