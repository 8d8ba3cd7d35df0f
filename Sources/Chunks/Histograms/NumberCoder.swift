import Model

/// How the numbers of one place of a histogram follow each other from sample to sample. Numbers are handed over as bits.
protocol NumberCoder: Sendable {
    init()
    /// The chunk's first number, if it cannot be negative.
    mutating func putFirstCount(_ number: UInt64, _ buffer: inout BitBuffer)
    /// The chunk's first number, of any sign.
    mutating func putFirst(_ number: UInt64, _ buffer: inout BitBuffer)
    mutating func putNext(_ number: UInt64, _ buffer: inout BitBuffer)
    /// What stands in a stale marker in place of a number.
    mutating func putNothing(_ buffer: inout BitBuffer)

    mutating func takeFirstCount(_ reader: inout BitReader) -> UInt64
    mutating func takeFirst(_ reader: inout BitReader) -> UInt64
    /// Nil if there can be no such number.
    mutating func takeNext(_ reader: inout BitReader) -> UInt64?
}

/// Whole numbers: the first one, then how much the difference to the one before has changed.
struct DeltaCoder: NumberCoder {
    private var number: UInt64 = 0
    private var delta: UInt64 = 0

    mutating func putFirstCount(_ number: UInt64, _ buffer: inout BitBuffer) {
        buffer.putUnsignedVarbit(number)
        self.number = number
    }

    mutating func putFirst(_ number: UInt64, _ buffer: inout BitBuffer) {
        buffer.putVarbit(Int64(bitPattern: number))
        self.number = number
    }

    mutating func putNext(_ number: UInt64, _ buffer: inout BitBuffer) {
        let newDelta = number &- self.number
        buffer.putVarbit(Int64(bitPattern: newDelta &- delta))
        self.number = number
        delta = newDelta
    }

    /// The difference stays as it was, which takes one bit; the number that comes of it is not one that anybody reads.
    mutating func putNothing(_ buffer: inout BitBuffer) { putNext(number &+ delta, &buffer) }

    mutating func takeFirstCount(_ reader: inout BitReader) -> UInt64 {
        number = reader.takeUnsignedVarbit()
        return number
    }

    mutating func takeFirst(_ reader: inout BitReader) -> UInt64 {
        number = UInt64(bitPattern: reader.takeVarbit())
        return number
    }

    mutating func takeNext(_ reader: inout BitReader) -> UInt64? {
        delta &+= UInt64(bitPattern: reader.takeVarbit())
        number &+= delta
        return number
    }
}

/// Floats: the first one's bits, then the XOR with the one before, as `XORState` writes values.
struct XORCoder: NumberCoder {
    private var bits: UInt64 = 0
    private var leading: UInt8 = Self.unset
    private var trailing: UInt8 = 0

    private static let unset: UInt8 = 0xff

    mutating func putFirstCount(_ number: UInt64, _ buffer: inout BitBuffer) { putFirst(number, &buffer) }

    mutating func putFirst(_ number: UInt64, _ buffer: inout BitBuffer) {
        buffer.put(number, 64)
        bits = number
    }

    mutating func putNext(_ number: UInt64, _ buffer: inout BitBuffer) {
        let change = number ^ bits
        bits = number
        guard change != 0 else { return buffer.put(0, 1) }
        let newLeading = UInt8(min(change.leadingZeroBitCount, 31))
        let newTrailing = UInt8(change.trailingZeroBitCount)
        if leading != Self.unset, newLeading >= leading, newTrailing >= trailing {
            buffer.put(0b10, 2)
        } else {
            leading = newLeading
            trailing = newTrailing
            buffer.put(0b11 << 11 | UInt64(leading) << 6 | UInt64(64 - leading - trailing) & 0x3f, 13)
        }
        buffer.put(change >> UInt64(trailing), 64 - Int(leading) - Int(trailing))
    }

    mutating func putNothing(_ buffer: inout BitBuffer) { putNext(0, &buffer) }

    mutating func takeFirstCount(_ reader: inout BitReader) -> UInt64 { takeFirst(&reader) }

    mutating func takeFirst(_ reader: inout BitReader) -> UInt64 {
        bits = reader.takeLong(64)
        leading = 0
        return bits
    }

    mutating func takeNext(_ reader: inout BitReader) -> UInt64? {
        guard reader.take(1) == 1 else { return bits }
        if reader.take(1) == 1 {
            leading = UInt8(reader.take(5))
            let written = UInt8(reader.take(6))
            let length = written == 0 ? 64 : written
            guard leading + length <= 64 else { return nil }
            trailing = 64 - leading - length
        }
        bits ^= reader.takeLong(UInt64(64 - leading - trailing)) &<< UInt64(trailing)
        return bits
    }
}
