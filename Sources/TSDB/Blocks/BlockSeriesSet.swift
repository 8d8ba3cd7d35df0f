import Chunks
import Model

/// What a query found in a block.
struct BlockSelection {
    struct Series {
        let number: UInt32
        /// At the first chunk in the selection's range.
        let chunks: ChunkMetas
    }

    let range: TimeRange
    let windows: QueryWindows?
    var series: [Series] = []
    var labels: [Labels] = []

    init(_ selection: Selection) {
        range = TimeRange(from: selection.from, through: selection.through)
        windows = selection.windows
    }
}

/// Selected series of a block. Samples are decoded straight from the mapped file; the block stays mapped as long as the set lives.
final class BlockSeriesSet: SeriesSet, @unchecked Sendable {
    // Immutable after the initialiser; the pointers in it lead into what `block` has mapped.
    let block: Block
    private let found: BlockSelection
    private let deleted: DeletedSeries
    let mayHaveHistograms: Bool

    init(_ block: Block, _ found: BlockSelection, _ deleted: DeletedSeries) {
        self.block = block
        self.found = found
        self.deleted = deleted
        mayHaveHistograms = !block.meta.stats.tellsOfFloatsOnly
    }

    var count: Int { found.series.count }
    func labels(_ index: Int) -> Labels { found.labels[index] }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let start = column.count
        let ranges = ranges(index)
        try forEachChunk(index, from, through) { (chunk, overlaps) throws(StorageError) in
            var through = through
            if let windows = found.windows {
                // Long steps leave out whole chunks, and most of the others.
                guard let end = windows.end(in: chunk.range) else { return }
                through = min(through, end)
            }
            let before = column.count
            let whole: Void? = try block.unlessDamaged { () throws(StorageError) in
                try block.segments.readFloats(chunk.reference, from: from, through: through, into: column)
            }
            if whole == nil { return column.count = before }
            if !ranges.isEmpty { column.remove(ranges, from: before) }
            if overlaps { column.mergeTail(from: before, into: start) }
        }
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        guard mayHaveHistograms else { return }
        let start = column.count
        let ranges = ranges(index)
        try forEachChunk(index, from, through) { (chunk, overlaps) throws(StorageError) in
            let before = column.count
            let whole: Void? = try block.unlessDamaged { () throws(StorageError) in
                try block.segments.readHistograms(chunk.reference, from: from, through: through, into: column)
            }
            if whole == nil { return column.truncate(to: before) }
            if !ranges.isEmpty { column.retain(from: before) { time in !ranges.contains { $0.contains(time) } } }
            if overlaps { column.mergeTail(from: before, into: start) }
        }
    }

    func ranges(_ index: Int) -> [TimeRange] {
        deleted.tombstones.isEmpty ? [] : deleted.ranges(found.series[index].number)
    }

    /// Calls `body` with the chunks in the range, and whether they begin before one before them ends: a careful program writes none that do.
    @inline(__always)
    func forEachChunk(
        _ index: Int, _ from: Timestamp, _ through: Timestamp, _ body: (ChunkMeta, Bool) throws(StorageError) -> Void
    ) throws(StorageError) {
        let series = found.series[index]
        try block.answering { () throws(StorageError) in
            // What is kept of the series begins where the selection did.
            var chunks = from < found.range.from ? try block.index.chunks(series.number) : series.chunks
            var last = Timestamp.min
            do throws(BrokenEntry) { try chunks.skip(before: from) } catch { throw block.index.broken(series.number) }
            while true {
                let next: ChunkMeta?
                do throws(BrokenEntry) { next = try chunks.next() } catch { throw block.index.broken(series.number) }
                guard let chunk = next, chunk.range.from <= through else { return }
                try body(chunk, chunk.range.from <= last)
                last = max(last, chunk.range.through)
            }
        }
    }
}
