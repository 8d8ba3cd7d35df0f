import Model

/// What the index says of one chunk.
struct ChunkMeta: Equatable {
    var range: TimeRange
    /// Its segment's place in the row of segments, 32 bits, and its offset there.
    var reference: UInt64
}

/// A series' entry that ends too soon, though its checksum is right.
struct BrokenEntry: Error {}

/// The chunks of one series, read one after the other from its entry in the index:
///
///     | uvarint labels | { uvarint name, uvarint value }… |
///     | uvarint chunks | varint first time | uvarint duration | uvarint reference |
///     | uvarint gap since the last chunk | uvarint duration | varint reference - last reference | …
///
/// A trivial value, so that it can be kept and gone on with from a chunk in the middle.
struct ChunkMetas {
    private var input: ByteInput
    /// How many are still to come.
    private(set) var left: Int
    private let count: Int
    private var lastTime: Timestamp = 0
    private var lastReference: UInt64 = 0

    /// Reads the labels into `labels`.
    init(_ entry: UnsafeRawBufferPointer, labels: inout [LabelPair]) throws(BrokenEntry) {
        input = ByteInput(entry, offset: 0)
        labels.removeAll(keepingCapacity: true)
        guard let labelCount = input.takeVarint(), labelCount <= entry.count else { throw BrokenEntry() }
        for _ in 0..<labelCount {
            guard let name = input.takeVarint(), let value = input.takeVarint(), name <= UInt32.max, value <= UInt32.max else { throw BrokenEntry() }
            labels.append(LabelPair(name: UInt32(truncatingIfNeeded: name), value: UInt32(truncatingIfNeeded: value)))
        }
        count = try Self.count(&input, entry.count)
        left = count
    }

    /// Skips the labels.
    init(_ entry: UnsafeRawBufferPointer) throws(BrokenEntry) {
        input = ByteInput(entry, offset: 0)
        guard let labelCount = input.takeVarint(), labelCount <= entry.count else { throw BrokenEntry() }
        for _ in 0..<2 * labelCount {
            guard input.takeVarint() != nil else { throw BrokenEntry() }
        }
        count = try Self.count(&input, entry.count)
        left = count
    }

    private static func count(_ input: inout ByteInput, _ limit: Int) throws(BrokenEntry) -> Int {
        guard let count = input.takeVarint(), count <= limit else { throw BrokenEntry() }
        return Int(count)
    }

    /// Nil at the end.
    @inline(__always)
    mutating func next() throws(BrokenEntry) -> ChunkMeta? {
        guard left > 0 else { return nil }
        let gap = left == count ? input.takeSigned() : input.takeVarint().map { Int64(bitPattern: $0) }
        guard let gap, let duration = input.takeVarint() else { throw BrokenEntry() }
        let step = left == count ? input.takeVarint() : input.takeSigned().map { UInt64(bitPattern: $0) }
        guard let step else { throw BrokenEntry() }
        let first = lastTime &+ gap
        lastTime = first &+ Int64(bitPattern: duration)
        lastReference = lastReference &+ step
        left &-= 1
        return ChunkMeta(range: TimeRange(from: first, through: lastTime), reference: lastReference)
    }

    /// Moves to the first chunk that ends at `time` or later, so that `next` gives it.
    mutating func skip(before time: Timestamp) throws(BrokenEntry) {
        var ahead = self
        while let chunk = try ahead.next() {
            if chunk.range.through >= time { return }
            self = ahead
        }
        self = ahead
    }
}
