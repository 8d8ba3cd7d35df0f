/// Integers, one for each window of a chunk, that lie about a centre:
///
///     | uvarint length of the rest | varint centre | block | block | …
///     block: | width in bits | the zig-zag differences from the centre of sixteen integers, or of the last few, lowest bits first |
///
/// Without a block all are the centre. Widths are 0…56 and 64. A reader loads words, so seven bytes more must follow somewhere behind.
struct IntegerColumn {
    static let blockSize = 16
    /// How many bytes must follow the last column.
    static let slack = 7

    let centre: Int64
    private let blocks: ByteSource

    init(_ source: inout ByteSource) throws(ChunkError) {
        var body = try source.takeSized()
        centre = try body.takeSigned()
        blocks = body
    }

    /// Whether all integers are `centre`.
    var isConstant: Bool { blocks.isAtEnd }

    /// Writes the first `wanted` of the column's `count` integers.
    func read(_ wanted: Int, of count: Int, into out: UnsafeMutablePointer<Int64>) throws(ChunkError) {
        if isConstant { return out.update(repeating: centre, count: wanted) }
        var blocks = blocks
        for start in stride(from: 0, to: wanted, by: Self.blockSize) {
            let number = min(Self.blockSize, count - start)
            let width = UInt64(try blocks.takeByte())
            guard width <= 56 || width == 64 else { throw blocks.error("integers of \(width) bits") }
            let packed = try blocks.takePart(of: (width * UInt64(number) + 7) >> 3)
            unpack(packed.base + packed.next, width, min(number, wanted - start), out + start)
        }
        guard wanted < count || blocks.isAtEnd else { throw blocks.error("more integers than windows") }
    }

    @inline(__always)
    private func unpack(_ packed: UnsafeRawPointer, _ width: UInt64, _ count: Int, _ out: UnsafeMutablePointer<Int64>) {
        if width == 0 { return out.update(repeating: centre, count: count) }
        // Of a width of 64 every integer begins at a byte.
        let mask = UInt64.max &>> (64 &- width)
        var bit: UInt64 = 0
        for i in 0..<count {
            let word = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: Int(truncatingIfNeeded: bit &>> 3), as: UInt64.self))
            out[i] = ZigZag.decode(word &>> (bit & 7) & mask) &+ centre
            bit &+= width
        }
    }
}

extension ByteSink {
    /// What must follow the last column.
    mutating func putSlack() { for _ in 0..<IntegerColumn.slack { put(0) } }

    mutating func put(column: [Int64]) { column.withUnsafeBufferPointer { put(column: $0) } }

    /// A column of `count` integers, which are asked for in their order.
    @inline(__always)
    mutating func put(column count: Int, _ integer: (Int) -> Int64) {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: count) { column in
            for i in 0..<count { column.initializeElement(at: i, to: integer(i)) }
            put(column: UnsafeBufferPointer(column))
        }
    }

    mutating func put(column: UnsafeBufferPointer<Int64>) {
        putSized { part in
            guard let first = column.first else { return part.put(signed: 0) }
            if column.allSatisfy({ $0 == first }) { return part.put(signed: first) }
            let centre = Self.centre(of: column)
            part.put(signed: centre)
            for start in stride(from: 0, to: column.count, by: IntegerColumn.blockSize) {
                part.put(block: column[start..<min(start + IntegerColumn.blockSize, column.count)], centre)
            }
        }
    }

    /// The median, or nearly: what a few of the integers lie far from costs their blocks alone.
    private static func centre(of column: UnsafeBufferPointer<Int64>) -> Int64 {
        let pace = max(column.count / 40, 1)
        let count = (column.count + pace - 1) / pace
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: count) { sample in
            for i in 0..<count {
                let value = column[i * pace]
                // Few enough to be put in order one after the other.
                var place = i
                while place > 0, sample[place - 1] > value {
                    sample.initializeElement(at: place, to: sample[place - 1])
                    place -= 1
                }
                sample.initializeElement(at: place, to: value)
            }
            return sample[count / 2]
        }
    }

    private mutating func put(block: Slice<UnsafeBufferPointer<Int64>>, _ centre: Int64) {
        let bits = block.reduce(UInt64(0)) { $0 | ZigZag.encode($1 &- centre) }
        let needed = 64 - bits.leadingZeroBitCount
        let width = needed > 56 ? 64 : needed
        put(UInt8(width))
        if width == 0 { return }
        var (word, filled) = (UInt64(0), 0)
        for integer in block {
            let bits = ZigZag.encode(integer &- centre)
            word |= bits << UInt64(filled)
            filled += width
            if filled < 64 { continue }
            put(word: word)
            filled -= 64
            // Of the last integer the highest bits are still to be written.
            word = filled > 0 ? bits >> UInt64(width - filled) : 0
        }
        for place in 0..<(filled + 7) / 8 { put(UInt8(truncatingIfNeeded: word >> UInt64(place * 8))) }
    }
}
