public import Model

/// Reading chunks of Prometheus's encoding 4, which new releases write where they are told to:
///
///     | u16 big-endian sample count | start times: a byte |
///     | varint first time | 64 bits first value |
///     | uvarint first delta | value |
///     | step | …
///
/// A step is `0` for the same delta and value, `10` and a changed value for the same delta, `110`, `1110`, `11110` and a delta of deltas of 13, 20, 64
/// bits in two's complement, then a value, or `11111` for the same delta and a stale marker. A value is `0` for no change, `10` and the bits within the
/// window used last, `110` and a new window as encoding 1 has it, or `111` for a stale marker; a changed value lacks the first of these bits and
/// cannot be stale. XORs are with the last value that was no stale marker. The byte for start times says whether the first sample has one, a varint
/// behind its value (highest bit), and from which sample on others have, behind all else and as varbit; nobody here asks for them.
public enum XOR2Chunk {
    private static let headerSize = 3

    /// Appends the samples with `from ≤ time ≤ through` to `column`.
    ///
    /// Throws `ChunkError` if the bytes end too soon or cannot be read; `column` then is as it was.
    public static func decode(
        _ chunk: UnsafeRawBufferPointer, from: Timestamp = .min, through: Timestamp = .max, into column: SampleColumn
    ) throws(ChunkError) {
        guard chunk.count >= headerSize else { throw ChunkError(offset: chunk.count, reason: "ends within its header") }
        let count = XORChunk.count(chunk)
        guard count > 0, let base = chunk.baseAddress else { return }
        let start = column.count
        var decoder = Decoder(reader: BitReader(base, count: chunk.count, offset: headerSize), startTimes: chunk[2])
        for position in 0..<count {
            let isReadable = decoder.step(position)
            guard isReadable, !decoder.reader.overrun else {
                column.count = start
                let reason = isReadable ? "ends before its \(count) samples do" : "a number longer than 64 bits"
                throw ChunkError(offset: decoder.reader.offset, reason: reason)
            }
            if decoder.time > through { return }
            if decoder.time >= from { column.append(decoder.time, Double(bitPattern: decoder.value)) }
        }
    }

    private struct Decoder {
        var reader: BitReader
        let startTimes: UInt8
        private(set) var time: Timestamp = 0
        private(set) var value: UInt64 = 0
        /// The last value that was no stale marker.
        private var base: UInt64 = 0
        private var delta: UInt64 = 0
        private var leading: UInt64 = 0
        private var trailing: UInt64 = 0

        init(reader: BitReader, startTimes: UInt8) {
            self.reader = reader
            self.startTimes = startTimes
        }

        /// Reads a sample; false if it cannot be.
        mutating func step(_ position: Int) -> Bool {
            switch position {
            case 0: takeFirst()
            case 1: takeSecond() && skipStartTime(position)
            default: takeJoint() && skipStartTime(position)
            }
        }

        private mutating func takeFirst() -> Bool {
            guard let first = reader.takeVarint() else { return false }
            time = Int64(bitPattern: first &>> 1) ^ -Int64(bitPattern: first & 1)
            value = reader.takeLong(64)
            if value != StaleMarker.bits { base = value }
            return startTimes & 0x80 == 0 || reader.takeVarint() != nil
        }

        private mutating func takeSecond() -> Bool {
            guard let first = reader.takeVarint() else { return false }
            delta = first
            time &+= Int64(bitPattern: delta)
            return takeValue()
        }

        private mutating func takeJoint() -> Bool {
            reader.refill()
            let ones = min((~reader.window).leadingZeroBitCount, 5)
            reader.skip(UInt64(min(ones + 1, 5)))
            let width: UInt64 = ones == 2 ? 13 : ones == 3 ? 20 : 64
            if (2...4).contains(ones) { delta &+= signed(reader.takeLong(width), width) }
            time &+= Int64(bitPattern: delta)
            switch ones {
            case 0: value = base
            case 1: return reader.take(1) == 0 ? takeWithinWindow() : takeWindow()
            case 5: value = StaleMarker.bits
            default: return takeValue()
            }
            return true
        }

        private func signed(_ field: UInt64, _ bits: UInt64) -> UInt64 {
            bits < 64 && field >= 1 &<< (bits &- 1) ? field &- 1 &<< bits : field
        }

        private mutating func takeValue() -> Bool {
            if reader.take(1) == 0 {
                value = base
                return true
            }
            if reader.take(1) == 0 { return takeWithinWindow() }
            if reader.take(1) == 0 { return takeWindow() }
            value = StaleMarker.bits
            return true
        }

        private mutating func takeWindow() -> Bool {
            leading = reader.take(5)
            let written = reader.take(6)
            let length = written == 0 ? 64 : written
            guard leading &+ length <= 64 else { return false }
            trailing = 64 &- leading &- length
            return takeWithinWindow()
        }

        private mutating func takeWithinWindow() -> Bool {
            base ^= reader.takeLong(64 &- leading &- trailing) &<< trailing
            value = base
            return true
        }

        private mutating func skipStartTime(_ position: Int) -> Bool {
            let first = Int(startTimes & 0x7f)
            if first > 0, position >= first { _ = reader.takeVarbit() }
            return true
        }
    }
}
