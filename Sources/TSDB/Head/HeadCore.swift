import CLinux
import Chunks
import Model

/// The head's data without its locks: who may call what when is `Head`'s business.
///
/// What is touched for every series or sample, here and in the tables, is not watched for overlapping access at run time: that costs more than many
/// of the accesses themselves.
final class HeadCore {
    static let maxLabels = Int(UInt16.max)

    let symbols = SymbolTable()
    let postings = Postings()
    let series = SeriesTable()
    let references = ReferenceDirectory()
    let departures = Departures()
    let metadata = SeriesMetadata()
    /// At a start: full chunks from files, until the log names their series.
    @exclusivity(unchecked) var found: [UInt64: [ClosedChunk]] = [:]
    let chunks: ChunkStore
    let outOfOrder: OutOfOrderStore
    @exclusivity(unchecked) private var byLabels = IdTable()
    @exclusivity(unchecked) private var labelPairBytes = 0
    /// The next reference to give out.
    @exclusivity(unchecked) private(set) var nextRef: UInt64 = 1
    @exclusivity(unchecked) var totals = HeadStats()
    /// The earliest time the head still answers for. It rises when old chunks are dropped, before the first of them goes: chunks of different
    /// series end at different times, and without it a batch would be half there, for good.
    @exclusivity(unchecked) var floor = Timestamp.min
    /// Nothing earlier is appended in order any more; it rises before a block is cut, so that nothing slips in between its writing and `floor`.
    var appendFloor = Timestamp.min
    /// The earliest time of samples that came out of order; blocks that are cut do not raise it.
    var outOfOrderFloor = Timestamp.min
    /// The latest time that a deletion in the log, which is since the last checkpoint or was found there, is about.
    var deletedThrough: Timestamp?
    /// Whether samples of the log that came in order are, or were, beside the chunks.
    var hasFilledGaps = false

    init(reclaimer: Reclaimer, options: HeadOptions) {
        chunks = ChunkStore(reclaimer: reclaimer, chunkRange: options.chunkRange)
        outOfOrder = OutOfOrderStore(reclaimer: reclaimer)
    }

    deinit {
        outOfOrder.freeAll()
        for slot in 0..<series.count {
            chunks.free(series[slot])
            freeLabels(series[slot])
        }
    }

    func takeRef() -> UInt64 {
        nextRef += 1
        return nextRef - 1
    }

    /// Notes a reference read from a log: none that is not greater is ever given out.
    func seen(_ ref: UInt64) { nextRef = max(nextRef, ref + 1) }

    /// The same for a reference that no series record names: garbage must not use up all there are.
    func seenUnnamed(_ ref: UInt64) {
        if ref < 1 << 56 { seen(ref) }
    }

    /// The slot of a series, nil if there is none with these labels.
    func find(_ labels: Labels) -> UInt32? { find(labels, Self.hash(labels)) }

    static func hash(_ labels: Labels) -> UInt64 { labels.encoding.withUnsafeBytes { StableHash.folded($0) } }

    func find(_ labels: Labels, _ hash: UInt64) -> UInt32? {
        byLabels.find(hash) { slot in
            let pairs = series[slot].pointee.labelPairs
            var at = 0
            var same = true
            labels.forEachBytes { name, value in
                same =
                    at < pairs.count && compareBytes(symbols.bytes(pairs[at].name), name) == 0
                    && compareBytes(symbols.bytes(pairs[at].value), value) == 0
                at += 1
                return same
            }
            return same && at == pairs.count
        }
    }

    /// Adds a series that is not there yet, with at most `maxLabels` labels.
    func create(_ labels: Labels, ref: UInt64) -> UInt32 {
        let slot = createUnlisted(labels, labels.count, Self.hash(labels), ref: ref)
        postings.add(series[slot].pointee.labelPairs, slot: slot)
        return slot
    }

    /// Adds a series with `count` labels that is not there yet, but not to the postings.
    func createUnlisted(_ labels: Labels, _ count: Int, _ hash: UInt64, ref: UInt64) -> UInt32 {
        let pairs = chunks.reclaimer.memory.allocate(Self.labelBytes(count), lasts: true).bindMemory(to: LabelPair.self, capacity: count)
        // Most labels of a series are those of the one that came before it.
        let before = series.count > 0 ? series[series.count - 1].pointee.labelPairs : UnsafeBufferPointer(start: nil, count: 0)
        var at = 0
        labels.forEachBytes { name, value in
            let guess = at < before.count ? before[at] : nil
            (pairs + at).initialize(to: LabelPair(name: symbols.intern(name, guess: guess?.name), value: symbols.intern(value, guess: guess?.value)))
            at += 1
            return true
        }
        labelPairBytes += count * MemoryLayout<LabelPair>.stride
        let slot = series.append(SeriesRecord(ref: ref, labels: pairs, labelCount: UInt16(count)))
        byLabels.insert(hash, slot)
        references.set(ref, slot)
        return slot
    }

    /// How many samples ahead of an append its record, and how many its chunk, is called for from memory: with many series neither is in a
    /// cache, and waiting for them is most of what an append costs.
    static let recordLead = 12
    static let chunkLead = 6

    @inline(__always)
    func prefetchRecord(_ slot: UInt32) {
        let record = UnsafeRawPointer(series[slot])
        martlet_prefetch(record)
        martlet_prefetch(record + 64)
    }

    /// The chunk's header, which counts, and its end, which grows.
    @inline(__always)
    func prefetchChunk(_ slot: UInt32) { Self.prefetchChunk(series[slot]) }

    @inline(__always)
    static func prefetchChunk(_ record: UnsafeMutablePointer<SeriesRecord>) {
        guard let open = record.pointee.open else { return }
        martlet_prefetch(open)
        martlet_prefetch(open + record.pointee.encoder.byteCount)
    }

    func noteTimes(_ first: Timestamp, _ last: Timestamp) {
        totals.minTime = min(totals.minTime ?? first, first)
        totals.maxTime = max(totals.maxTime ?? last, last)
    }

    /// Removes the series without samples. Slots move up, order is kept. Nobody may be reading. Returns how many went.
    func sweep() -> Int {
        let dead = ReferenceDirectory.none
        var new = [UInt32](repeating: dead, count: Int(series.count))
        var next: UInt32 = 0
        for slot in 0..<series.count {
            let record = series[slot]
            if !hasSamples(slot) {
                forget(record)
            } else {
                if next != slot { series[next].pointee = record.pointee }
                new[Int(slot)] = next
                next += 1
            }
        }
        let removed = Int(series.count - next)
        guard removed > 0 else { return 0 }
        series.shrink(to: next)
        postings.renumber(new, dead: dead, count: next)
        byLabels.renumber { new[Int($0)] == dead ? nil : new[Int($0)] }
        let gone = references.renumber(new)
        departures.note(gone)
        metadata.remove(gone)
        outOfOrder.renumber(new)
        symbols.removeUnused()
        totals.seriesRemoved += removed
        return removed
    }

    private func forget(_ record: UnsafeMutablePointer<SeriesRecord>) {
        for pair in record.pointee.labelPairs {
            symbols.release(pair.name)
            symbols.release(pair.value)
        }
        labelPairBytes -= Int(record.pointee.labelCount) * MemoryLayout<LabelPair>.stride
        chunks.free(record)
        freeLabels(record)
    }

    private static func labelBytes(_ count: Int) -> Int { count * MemoryLayout<LabelPair>.stride }

    private func freeLabels(_ record: UnsafeMutablePointer<SeriesRecord>) {
        chunks.reclaimer.retireChunkMemory(UnsafeMutableRawPointer(record.pointee.labels), Self.labelBytes(Int(record.pointee.labelCount)))
    }

    /// In order or not.
    var sampleCount: Int { chunks.samples + outOfOrder.samples }

    /// The earliest and the latest time over all series, looked up anew.
    func recountTimes() {
        recountOutOfOrderTimes()
        totals.minTime = nil
        totals.maxTime = nil
        for slot in 0..<series.count {
            if let range = series[slot].pointee.timeRange { noteTimes(max(range.first, floor), range.last) }
        }
    }

    var stats: HeadStats {
        var stats = totals
        stats.series = Int(series.count)
        stats.chunks = chunks.chunks + outOfOrder.chunks
        stats.samples = sampleCount
        stats.symbols = symbols.count
        stats.bytes = byteCount
        return stats
    }

    /// Of memory, by own count.
    var byteCount: Int {
        chunks.bytes + outOfOrder.byteCount
            + labelPairBytes + series.byteCount + symbols.byteCount + postings.byteCount + byLabels.byteCount + references.byteCount
            + metadata.byteCount
    }
}
