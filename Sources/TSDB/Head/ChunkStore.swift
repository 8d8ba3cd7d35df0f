import Chunks
import Model

/// Appends samples to series records: grows open chunks, closes them, and counts the memory. Used by one thread at a time.
final class ChunkStore {
    /// Closed at twice this many samples at the latest; the target of the predicted end.
    static let samplesPerChunk: UInt16 = 120
    /// An open chunk that has become longer is closed before the next sample, so that none is longer than 1,024 bytes.
    static let closeBeyond = 1024 - 20

    /// So many chunks in a range, and their ends are spread: with fewer, one chunk more would be too many.
    private static let chunksToSpread: Int64 = 16

    /// An open chunk's first room.
    private static let firstRoom = 56

    /// Whether open chunks grow in great steps, which is faster and takes more memory.
    var hastens = false {
        didSet { reclaimer.memory.populates = hastens }
    }

    let reclaimer: Reclaimer
    private let chunkRange: Int64
    /// For looking at single samples.
    let lookup = SampleColumn(capacity: 256)
    /// Bytes of open and closed chunks and the lists of them.
    @exclusivity(unchecked) var bytes = 0
    @exclusivity(unchecked) var samples = 0
    /// Those of closed chunks that are still to be written to files, about.
    @exclusivity(unchecked) var closedBytes = 0
    /// Open ones included.
    @exclusivity(unchecked) var chunks = 0

    /// The open chunks of histograms; see `SeriesRecord.key`.
    var histograms: [UInt: HistogramChunkBuilder] = [:]

    enum Outcome {
        case stored, identical, duplicate, outOfOrder
    }

    init(reclaimer: Reclaimer, chunkRange: Int64) {
        self.reclaimer = reclaimer
        // A closed chunk keeps its span in 32 bits.
        self.chunkRange = min(max(chunkRange, 1), Int64(UInt32.max))
    }

    /// How a sample relates to what the series has, without storing it.
    @inline(__always)
    static func relation(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp, _ value: Double) -> Outcome {
        if series.pointee.encoder.count == 0 { return closedRelation(series, time) }
        let last = series.pointee.encoder.lastTime
        if time > last { return .stored }
        if time < last { return .outOfOrder }
        return series.pointee.encoder.lastValue.bitPattern == value.bitPattern ? .identical : .duplicate
    }

    @inline(never)
    static func closedRelation(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp) -> Outcome {
        if series.pointee.flags.contains(.endDeleted), time <= series.pointee.openStart { return .outOfOrder }
        guard let range = series.pointee.timeRange else { return .stored }
        return time > range.last ? .stored : .outOfOrder
    }

    @inline(__always)
    func append(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp, _ value: Double) -> Outcome {
        let relation = Self.relation(series, time, value)
        guard relation == .stored else { return relation }
        prepare(series, time)
        appendOpen(series, time, value)
        samples &+= 1
        return .stored
    }

    /// Appends to the open chunk.
    @inline(__always)
    func appendOpen(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp, _ value: Double) {
        if series.pointee.encoder.byteCount &+ XORState.appendReserve > Int(series.pointee.openCapacity) { grow(series) }
        guard let open = series.pointee.open else { preconditionFailure("BUG: an open chunk without memory") }
        series.pointee.encoder.append(time, value, to: open)
    }

    /// Sees to it that the open chunk may take a sample.
    @inline(__always)
    private func prepare(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp) {
        let count = series.pointee.encoder.count
        if count == Self.samplesPerChunk / 4 { predictEnd(series) }
        if count == 0 || time >= series.pointee.openEnd || count >= Self.samplesPerChunk * 2
            || series.pointee.encoder.byteCount > Self.closeBeyond
        {
            begin(series, time)
        }
    }

    /// After a quarter of a chunk its rate is known: the end moves so that the chunks up to the range's end are of equal length.
    ///
    /// Where a range has many, the first of them gets any length: series that begin together would all have full chunks, and write them out, in the
    /// same second, and the head would need the memory for that. A block gets them in full ones again, see `BlockRequest.joinsShortChunks`.
    private func predictEnd(_ series: UnsafeMutablePointer<SeriesRecord>) {
        let start = series.pointee.openStart
        let quarter = series.pointee.encoder.lastTime &- start &+ 1
        let room = series.pointee.openEnd &- start
        let whole = max(1, quarter &* 4)
        let chunks = room / whole
        guard chunks > 1 else { return }
        let length = room / chunks
        let before = series.pointee.closedChunks.last?.lastTime ?? .min
        let isFirst = chunkRange / whole >= Self.chunksToSpread && before < start.earlier(by: chunkRange &- room)
        series.pointee.openEnd = start &+ (isFirst ? length / 4 &+ length / 256 &* Self.phase(series.pointee.ref) : length)
    }

    /// A share of a chunk's length, 0…255, for each series another.
    private static func phase(_ ref: UInt64) -> Int64 { Int64((ref &* 0x9e37_79b9_7f4a_7c15) &>> 56) }

    @inline(never)
    func begin(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp) {
        close(series)
        series.pointee.flags.remove(.endDeleted)
        startOpen(series, time)
    }

    func startOpen(_ series: UnsafeMutablePointer<SeriesRecord>, _ time: Timestamp) {
        series.pointee.openStart = time
        series.pointee.openEnd = endOfRange(time)
        chunks += 1
    }

    /// The end of the chunk range that a time lies in; ranges are aligned to 1970.
    private func endOfRange(_ time: Timestamp) -> Timestamp {
        let past = time % chunkRange
        let (end, overflow) = time.addingReportingOverflow(past < 0 ? -past : chunkRange - past)
        return overflow ? .max : end
    }

    @inline(never)
    private func grow(_ series: UnsafeMutablePointer<SeriesRecord>) {
        let used = series.pointee.encoder.byteCount
        let needed = max(used + XORState.appendReserve, hastens ? Self.firstRoom * 2 : Self.firstRoom)
        let size = ChunkMemory.blockSize(hastens ? max(needed, min(needed + needed / 2, ChunkMemory.largest)) : needed)
        let memory = allocate(size)
        if let old = series.pointee.open {
            memory.copyMemory(from: old, byteCount: used)
            retire(old, Int(series.pointee.openCapacity))
        }
        series.pointee.open = memory
        series.pointee.openCapacity = UInt16(size)
    }

    /// Takes the open chunk's bytes out of a page that is to become empty.
    func moveOpen(_ series: UnsafeMutablePointer<SeriesRecord>) {
        let capacity = Int(series.pointee.openCapacity)
        guard let old = series.pointee.open, capacity <= ChunkMemory.largest, reclaimer.memory.isLeaving(old) else { return }
        let memory = allocate(capacity)
        memory.copyMemory(from: old, byteCount: series.pointee.encoder.byteCount)
        series.pointee.open = memory
        retire(old, capacity)
    }

    /// Puts the open chunk, if there is one, behind the closed ones.
    func close(_ series: UnsafeMutablePointer<SeriesRecord>) {
        if series.pointee.flags.contains(.openHistogram) { return closeHistogram(series) }
        let encoder = series.pointee.encoder
        guard encoder.count > 0, let open = series.pointee.open else { return }
        // It keeps its block, which is at most a step of sizes too large.
        let chunk = ClosedChunk(
            bytes: open, firstTime: series.pointee.openStart, span: UInt32(encoder.lastTime - series.pointee.openStart),
            encoding: .xor, length: encoder.byteCount)
        appendClosed(series, chunk)
        closedBytes += chunk.length
        bytes -= Int(series.pointee.openCapacity) - chunk.length
        forgetOpen(series)
    }

    func appendClosed(_ series: UnsafeMutablePointer<SeriesRecord>, _ chunk: ClosedChunk) {
        if series.pointee.closedEnd == series.pointee.closedCapacity { growClosed(series) }
        series.pointee.closed?[Int(series.pointee.closedEnd)] = chunk
        series.pointee.closedEnd += 1
    }

    /// The list of closed chunks is only ever appended to in place; readers keep the old one when it moves.
    private func growClosed(_ series: UnsafeMutablePointer<SeriesRecord>) {
        let record = series.pointee
        let count = record.closedEnd - record.closedStart
        let capacity = count < 4 ? count + 1 : count + count / 4 + 1
        let stride = MemoryLayout<ClosedChunk>.stride
        let memory = allocate(Int(capacity) * stride, lasts: true).bindMemory(to: ClosedChunk.self, capacity: Int(capacity))
        if let old = record.closed {
            memory.update(from: old + Int(record.closedStart), count: Int(count))
            retire(UnsafeMutableRawPointer(old), Int(record.closedCapacity) * stride)
        }
        series.pointee.closed = memory
        series.pointee.closedStart = 0
        series.pointee.closedEnd = count
        series.pointee.closedCapacity = capacity
    }

    /// Forgets the open chunk's memory; its samples must be elsewhere or be given up.
    func dropOpen(_ series: UnsafeMutablePointer<SeriesRecord>) {
        if let open = series.pointee.open { retire(open, Int(series.pointee.openCapacity)) }
        forgetOpen(series)
    }

    private func forgetOpen(_ series: UnsafeMutablePointer<SeriesRecord>) {
        series.pointee.open = nil
        series.pointee.openCapacity = 0
        series.pointee.encoder = XORState()
    }

    /// Drops the chunks whose last sample's time is given up, oldest first, the open one too. Returns how many samples went.
    func drop(_ series: UnsafeMutablePointer<SeriesRecord>, if unwanted: (Timestamp) -> Bool) -> Int {
        var dropped = 0
        while let closed = series.pointee.closed, series.pointee.closedStart < series.pointee.closedEnd {
            let chunk = closed[Int(series.pointee.closedStart)]
            guard unwanted(chunk.lastTime) else { break }
            retire(chunk)
            series.pointee.closedStart += 1
            dropped += chunk.count
            chunks -= 1
        }
        if series.pointee.encoder.count > 0, unwanted(series.pointee.encoder.lastTime) {
            dropped += Int(series.pointee.encoder.count)
            chunks -= 1
            dropOpen(series)
        }
        if series.pointee.flags.contains(.openHistogram), unwanted(series.pointee.encoder.lastTime) {
            dropped += dropHistogram(series)
            chunks -= 1
        }
        if let closed = series.pointee.closed, series.pointee.isEmpty {
            retire(UnsafeMutableRawPointer(closed), Int(series.pointee.closedCapacity) * MemoryLayout<ClosedChunk>.stride)
            series.pointee.closed = nil
            series.pointee.closedStart = 0
            series.pointee.closedEnd = 0
            series.pointee.closedCapacity = 0
        }
        samples -= dropped
        return dropped
    }

    /// Frees everything a series holds, for readers after the last is gone.
    func free(_ series: UnsafeMutablePointer<SeriesRecord>) {
        _ = drop(series) { _ in true }
    }

    func allocate(_ size: Int, lasts: Bool = false) -> UnsafeMutableRawPointer {
        bytes += size
        return reclaimer.memory.allocate(size, lasts: lasts)
    }

    func retire(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        bytes -= size
        reclaimer.retireChunkMemory(memory, size)
    }

    /// A chunk in a mapped file has no memory of its own.
    func retire(_ chunk: ClosedChunk) {
        if chunk.isMapped { return }
        retire(chunk.bytes, chunk.length)
        if !chunk.staysInMemory { closedBytes -= chunk.length }
    }
}
