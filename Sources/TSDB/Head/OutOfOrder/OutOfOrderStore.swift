import Chunks
import Glibc
import Model

/// The out-of-order samples, floats and histograms, of all series that have some, by slot, because most series have none. Used by one thread at a
/// time; readers copy what `series` gives while nobody writes.
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
    /// While a cut is under way its chunks must stay those it saw.
    var keepsChunks = false

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
    func relation(_ slot: UInt32, _ time: Timestamp, _ value: SampleValue) -> ChunkStore.Outcome {
        guard let series = table[slot], let there = trusted({ () throws(ChunkError) in try series.sample(at: time, scratch) }) else { return .stored }
        return there.outcome(of: value)
    }

    /// Adds what has a time that the series does not have yet.
    func insert(_ slot: UInt32, _ time: Timestamp, _ value: SampleValue) {
        switch value {
        case .float(let value): insert(slot, time, value)
        case .histogram(let histogram): insert(slot, time, histogram)
        }
    }

    private func insert(_ slot: UInt32, _ time: Timestamp, _ value: Double) {
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

    // MARK: Histograms

    /// A histogram is a chunk of its own first: encoded, it takes less room than in any buffer. What was before it in time is not known here.
    private func insert(_ slot: UInt32, _ time: Timestamp, _ histogram: NativeHistogram) {
        var series = table[slot] ?? OutOfOrderSeries()
        appendHistograms([(time, histogram.withoutReset)], &series)
        series.firstTime = min(series.firstTime, time)
        series.lastTime = max(series.lastTime, time)
        samples += 1
        if !keepsChunks { joinHistograms(&series) }
        table[slot] = series
    }

    /// Encodes histograms that are in order of time.
    private func appendHistograms(_ histograms: [(time: Timestamp, histogram: NativeHistogram)], _ series: inout OutOfOrderSeries) {
        var builder = HistogramChunkBuilder()
        for (time, histogram) in histograms {
            let isTooLong = builder.timeRange.map { UInt64(bitPattern: time &- $0.first) > UInt64(UInt32.max) } ?? false
            if let chunk = builder.append(time, histogram, cutting: isTooLong || builder.isFull) { append(chunk, &series) }
        }
        if let chunk = builder.finish() { append(chunk, &series) }
    }

    private func append(_ chunk: Chunks.EncodedChunk, _ series: inout OutOfOrderSeries) {
        let memory = allocate(chunk.bytes.count)
        memory.copyMemory(from: chunk.bytes, byteCount: chunk.bytes.count)
        append(
            ClosedChunk(
                bytes: memory, firstTime: chunk.firstTime, span: UInt32(chunk.lastTime - chunk.firstTime), encoding: chunk.encoding,
                length: chunk.bytes.count), &series)
    }

    /// Makes one chunk of the last ones, if there are enough of a single histogram, in a new list: readers keep the old one.
    private func joinHistograms(_ series: inout OutOfOrderSeries) {
        let old = series
        let single = old.closedChunks.reversed().prefix { $0.encoding.holdsHistograms && $0.count == 1 }.count
        guard single > 0, single % Int(Self.bufferSize) == 0 else { return }
        let joined = old.closedChunks.suffix(Int(Self.bufferSize))
        let column = HistogramColumn()
        for chunk in joined {
            trusted { () throws(ChunkError) in try ChunkDecoder.decode(chunk.buffer, chunk.encoding, into: column) }
        }
        series.closed = nil
        series.closedCount = 0
        series.closedCapacity = 0
        chunks -= Int(old.closedCount)
        for chunk in old.closedChunks.dropLast(joined.count) { append(chunk, &series) }
        appendHistograms(zip(column.times, column.histograms).sorted { $0.0 < $1.0 }, &series)
        for chunk in joined { retire(chunk.bytes, chunk.length) }
        if let closed = old.closed { retire(closed, Int(old.closedCapacity) * MemoryLayout<ClosedChunk>.stride) }
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
        let parts = trusted { () throws(ChunkError) in try chunk.trimmed(range, scratch, allocate: allocate) }
        guard let parts else { return append(chunk, &series) }
        for part in parts { append(part, &series) }
        samples -= chunk.count - parts.reduce(0) { $0 + $1.count }
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
