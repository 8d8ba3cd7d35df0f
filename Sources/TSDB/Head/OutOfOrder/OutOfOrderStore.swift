import Chunks
import Glibc
import Model

/// The out-of-order samples of all series that have some, by slot, because most series have none. Used by one thread at a time; readers copy what
/// `series` gives while nobody writes.
final class OutOfOrderStore {
    /// A buffer of this many samples is encoded before the next one comes.
    static let bufferSize: UInt32 = 32
    /// Buffers begin small: a series has one late sample more often than thirty-two.
    private static let firstCapacity: UInt32 = 4

    private var table: [UInt32: OutOfOrderSeries] = [:]
    private let reclaimer: Reclaimer
    private let scratch = SampleColumn(capacity: 256)
    /// Bytes of buffers, chunks and the lists of them.
    private(set) var bytes = 0
    private(set) var samples = 0
    private(set) var chunks = 0

    init(reclaimer: Reclaimer) { self.reclaimer = reclaimer }

    var isEmpty: Bool { table.isEmpty }
    /// Those with samples, in no order.
    var slots: [UInt32] { Array(table.keys) }
    var byteCount: Int { bytes + table.capacity * (MemoryLayout<OutOfOrderSeries>.stride + 5) }

    /// From the earliest to the latest of all samples; nil without any.
    var timeRange: TimeRange? {
        guard !table.isEmpty else { return nil }
        return TimeRange(
            from: table.values.reduce(.max) { min($0, $1.firstTime) }, through: table.values.reduce(.min) { max($0, $1.lastTime) })
    }

    func series(_ slot: UInt32) -> OutOfOrderSeries? { table[slot] }

    /// How a sample relates to what came out of order before.
    func relation(_ slot: UInt32, _ time: Timestamp, _ value: Double) -> ChunkStore.Outcome {
        guard let series = table[slot], let there = trusted({ () throws(ChunkError) in try series.value(at: time, scratch) }) else { return .stored }
        return there.bitPattern == value.bitPattern ? .identical : .duplicate
    }

    /// Adds a sample of a time that the series does not have yet.
    func insert(_ slot: UInt32, _ time: Timestamp, _ value: Double) {
        var series = table[slot] ?? OutOfOrderSeries()
        if series.openCount == Self.bufferSize { close(&series) }
        if series.openCount == series.openCapacity { growOpen(&series) }
        series.open?[Int(series.openCount)] = Sample(time: time, value: value)
        series.openCount += 1
        series.firstTime = min(series.firstTime, time)
        series.lastTime = max(series.lastTime, time)
        samples += 1
        table[slot] = series
    }

    /// Chunks that were made in this process cannot be damaged.
    private func trusted<R>(_ body: () throws(ChunkError) -> R) -> R {
        do { return try body() } catch { preconditionFailure("BUG: a chunk of our own: \(error)") }
    }

    // MARK: Memory

    private func growOpen(_ series: inout OutOfOrderSeries) {
        let capacity = series.openCapacity == 0 ? Self.firstCapacity : min(series.openCapacity * 2, Self.bufferSize)
        let stride = MemoryLayout<Sample>.stride
        let memory = allocate(Int(capacity) * stride).bindMemory(to: Sample.self, capacity: Int(capacity))
        if let old = series.open {
            memory.update(from: old, count: Int(series.openCount))
            retire(old, Int(series.openCapacity) * stride)
        }
        series.open = memory
        series.openCapacity = capacity
    }

    private func growClosed(_ series: inout OutOfOrderSeries) {
        let capacity = series.closedCapacity == 0 ? 2 : series.closedCapacity * 2
        let stride = MemoryLayout<ClosedChunk>.stride
        let memory = allocate(Int(capacity) * stride).bindMemory(to: ClosedChunk.self, capacity: Int(capacity))
        if let old = series.closed {
            memory.update(from: old, count: Int(series.closedCount))
            retire(old, Int(series.closedCapacity) * stride)
        }
        series.closed = memory
        series.closedCapacity = capacity
    }

    private func dropOpen(_ series: inout OutOfOrderSeries) {
        if let open = series.open { retire(open, Int(series.openCapacity) * MemoryLayout<Sample>.stride) }
        series.open = nil
        series.openCount = 0
        series.openCapacity = 0
    }

    /// Encodes the buffer, if it holds samples.
    private func close(_ series: inout OutOfOrderSeries) {
        guard series.openCount > 0 else { return }
        let sorted = series.openSamples.sorted { $0.time < $1.time }
        for chunk in ClosedChunk.encode(sorted, allocate: allocate) { append(chunk, &series) }
        dropOpen(&series)
    }

    private func append(_ chunk: ClosedChunk, _ series: inout OutOfOrderSeries) {
        if series.closedCount == series.closedCapacity { growClosed(&series) }
        series.closed?[Int(series.closedCount)] = chunk
        series.closedCount += 1
        chunks += 1
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard let memory = malloc(size) else { preconditionFailure("BUG: no memory for \(size) bytes of out-of-order samples") }
        bytes += size
        return memory
    }

    private func retire(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        bytes -= size
        reclaimer.retire(memory)
    }

    // MARK: Going

    /// Keeps only the wanted chunks, and the wanted samples of the buffer.
    func retain(_ slot: UInt32, chunks wanted: (ClosedChunk) -> Bool, open: (Sample) -> Bool) {
        rebuild(slot, open: open) { chunk, series in
            if wanted(chunk) {
                append(chunk, &series)
            } else {
                samples -= chunk.count
                retire(chunk.bytes, chunk.length)
            }
        }
    }

    /// Removes the samples of a time range. Returns how many went.
    func remove(_ slot: UInt32, _ range: TimeRange) -> Int {
        let before = samples
        rebuild(slot, open: { !range.contains($0.time) }) { remove(range, from: $0, &$1) }
        return before - samples
    }

    private func remove(_ range: TimeRange, from chunk: ClosedChunk, _ series: inout OutOfOrderSeries) {
        guard chunk.overlaps(range) else { return append(chunk, &series) }
        let kept = trusted { () throws(ChunkError) in try chunk.samples(scratch) }.filter { !range.contains($0.time) }
        if kept.count == chunk.count { return append(chunk, &series) }
        for part in ClosedChunk.encode(kept, allocate: allocate) { append(part, &series) }
        samples -= chunk.count - kept.count
        retire(chunk.bytes, chunk.length)
    }

    /// Makes a series' list of chunks anew, with what `take` appends to it, and its buffer if samples of it go.
    private func rebuild(_ slot: UInt32, open wanted: (Sample) -> Bool, _ take: (ClosedChunk, inout OutOfOrderSeries) -> Void) {
        guard let old = table[slot] else { return }
        var series = old
        series.closed = nil
        series.closedCount = 0
        series.closedCapacity = 0
        chunks -= Int(old.closedCount)
        for chunk in old.closedChunks { take(chunk, &series) }
        if let closed = old.closed { retire(closed, Int(old.closedCapacity) * MemoryLayout<ClosedChunk>.stride) }
        rebuildOpen(&series, wanted)
        put(series, slot)
    }

    private func rebuildOpen(_ series: inout OutOfOrderSeries, _ wanted: (Sample) -> Bool) {
        let kept = series.openSamples.filter(wanted)
        guard kept.count < series.openCount else { return }
        samples -= Int(series.openCount) - kept.count
        dropOpen(&series)
        for sample in kept {
            if series.openCount == series.openCapacity { growOpen(&series) }
            series.open?[Int(series.openCount)] = sample
            series.openCount += 1
        }
    }

    /// Stores what is left of a series, with its times looked up anew.
    private func put(_ series: OutOfOrderSeries, _ slot: UInt32) {
        guard !series.isEmpty else {
            table[slot] = nil
            return
        }
        var series = series
        let times = series.closedChunks.flatMap { [$0.firstTime, $0.lastTime] } + series.openSamples.map(\.time)
        series.firstTime = times.min() ?? .max
        series.lastTime = times.max() ?? .min
        table[slot] = series
    }

    /// Encodes all buffers.
    func closeAll() {
        for slot in slots {
            guard var series = table[slot] else { continue }
            close(&series)
            table[slot] = series
        }
    }

    /// Frees everything a series holds.
    func free(_ slot: UInt32) { retain(slot, chunks: { _ in false }, open: { _ in false }) }

    func freeAll() {
        for slot in slots { free(slot) }
    }

    /// Follows a sweep: slot `i` is now `new[i]`. Series with out-of-order samples stay, so each has a new slot.
    func renumber(_ new: [UInt32]) {
        table = Dictionary(uniqueKeysWithValues: table.map { (new[Int($0.key)], $0.value) })
    }
}
