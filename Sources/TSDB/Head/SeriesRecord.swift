import Chunks
import Model

/// What the head keeps of one series: a trivial struct in a slab, so that a million of them cost no object, no counting and no collector.
struct SeriesRecord: BitwiseCopyable {
    /// The reference given out last for these labels.
    var ref: UInt64
    /// The encoder of the open chunk; its count is 0 if there is none, or if it holds histograms: then it has their last time alone.
    var encoder = XORState()
    /// The bytes of the open chunk.
    var open: UnsafeMutableRawPointer?
    let labels: UnsafeMutablePointer<LabelPair>
    /// Closed chunks in order of time: `closedStart..<closedEnd` of this array are alive.
    var closed: UnsafeMutablePointer<ClosedChunk>?
    /// The time of the open chunk's first sample; another thing with `SeriesFlags.endDeleted`.
    var openStart: Timestamp = 0
    /// How long after `openStart` samples go to the next chunk; no chunk is longer than its chunk range.
    private var openSpan: UInt32 = 0
    var flags: SeriesFlags = []
    var closedStart: UInt32 = 0
    var closedEnd: UInt32 = 0
    var closedCapacity: UInt32 = 0
    var openCapacity: UInt16 = 0
    let labelCount: UInt16

    init(ref: UInt64, labels: UnsafeMutablePointer<LabelPair>, labelCount: UInt16) {
        self.ref = ref
        self.labels = labels
        self.labelCount = labelCount
    }

    /// The time from which on a sample goes to the next chunk.
    var openEnd: Timestamp {
        get { openStart &+ Timestamp(openSpan) }
        set { openSpan = UInt32(clamping: newValue &- openStart) }
    }

    var isEmpty: Bool { !hasOpen && closedStart == closedEnd }
    var labelPairs: UnsafeBufferPointer<LabelPair> { UnsafeBufferPointer(start: labels, count: Int(labelCount)) }

    var closedChunks: UnsafeBufferPointer<ClosedChunk> {
        guard let closed else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: closed + Int(closedStart), count: Int(closedEnd - closedStart))
    }

    /// The times of the first and the last sample in order; nil without any.
    var timeRange: (first: Timestamp, last: Timestamp)? {
        if let closed, closedStart < closedEnd {
            let last = hasOpen ? encoder.lastTime : closed[Int(closedEnd) - 1].lastTime
            return (closed[Int(closedStart)].firstTime, last)
        }
        return hasOpen ? (openStart, encoder.lastTime) : nil
    }

    /// Whether one of its chunks has a part in a time range; between two chunks nothing is.
    func overlaps(_ from: Timestamp, _ through: Timestamp) -> Bool {
        if hasOpen, openStart <= through { return encoder.lastTime >= from || closedOverlap(from, through) }
        return closedOverlap(from, through)
    }

    /// The latest are looked at first: most is asked of what is new, and the list is in order of time.
    private func closedOverlap(_ from: Timestamp, _ through: Timestamp) -> Bool {
        for chunk in closedChunks.reversed() {
            if chunk.lastTime < from { return false }
            if chunk.firstTime <= through { return true }
        }
        return false
    }

    /// The value's symbol of a label, nil if the series does not have it.
    func value(of name: UInt32) -> UInt32? {
        for pair in labelPairs where pair.name == name { return pair.value }
        return nil
    }
}

/// What a series has beside its record, in tables of its own, because most series have none of it.
struct SeriesFlags: OptionSet, BitwiseCopyable {
    let rawValue: UInt32

    /// Samples that came late.
    static let outOfOrder = SeriesFlags(rawValue: 1)
    /// Its open chunk holds native histograms.
    static let openHistogram = SeriesFlags(rawValue: 2)
    /// Its last sample was deleted. There is no open chunk then, and `openStart` is the time of that sample.
    static let endDeleted = SeriesFlags(rawValue: 4)
}

/// A finished chunk: its bytes never change and are shared with whoever reads.
struct ClosedChunk: BitwiseCopyable {
    /// In memory of its own, or in a mapped file.
    let bytes: UnsafeMutableRawPointer
    let firstTime: Timestamp
    /// Chunks end within their chunk range, which fits.
    let span: UInt32
    /// Encoding (8 bits), whether the bytes are in a mapped file (1), whether they must not get there (1), length (22).
    private var word: UInt32

    /// Chunks are shorter.
    static let lengthLimit = 1 << 22

    init(bytes: UnsafeMutableRawPointer, firstTime: Timestamp, span: UInt32, encoding: ChunkEncoding, length: Int, isMapped: Bool = false) {
        precondition(length < Self.lengthLimit, "BUG: a chunk of \(length) bytes")
        self.bytes = bytes
        self.firstTime = firstTime
        self.span = span
        word = UInt32(encoding.rawValue) << 24 | (isMapped ? 1 << 23 : 0) | UInt32(length)
    }

    var encoding: ChunkEncoding { ChunkEncoding(rawValue: UInt8(word >> 24)) }
    var isMapped: Bool { word & 1 << 23 != 0 }
    /// Whether it is never written to a file of head chunks: one that it replaces, and that overlaps it, is there already.
    var staysInMemory: Bool {
        get { word & 1 << 22 != 0 }
        set { word = newValue ? word | 1 << 22 : word & ~(1 << 22) }
    }
    var length: Int { Int(word & (1 << 22 - 1)) }
    /// The number of samples, which every encoding has in its first two bytes.
    var count: Int { XORChunk.count(buffer) }

    var lastTime: Timestamp { firstTime &+ Timestamp(span) }
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: length) }
}
