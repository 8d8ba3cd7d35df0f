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
    var series: [Series] = []
    var labels: [Labels] = []

    init(from: Timestamp, through: Timestamp) { range = TimeRange(from: from, through: through) }
}

/// Selected series of a block. Samples are decoded straight from the mapped file; the block stays mapped as long as the set lives.
final class BlockSeriesSet: SeriesSet, @unchecked Sendable {
    // Immutable after the initialiser; the pointers in it lead into what `block` has mapped.
    private let block: Block
    private let found: BlockSelection
    private let deleted: DeletedSeries

    init(_ block: Block, _ found: BlockSelection, _ deleted: DeletedSeries) {
        self.block = block
        self.found = found
        self.deleted = deleted
    }

    var count: Int { found.series.count }
    func labels(_ index: Int) -> Labels { found.labels[index] }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let series = found.series[index]
        try block.telling { () throws(StorageError) in
            // What is kept of the series begins where the selection did.
            var chunks = from < found.range.from ? try block.index.chunks(series.number) : series.chunks
            do throws(BrokenEntry) {
                try chunks.skip(before: from)
            } catch {
                throw block.index.broken(series.number)
            }
            try readFloats(&chunks, series.number, from, through, column)
        }
    }

    private func readFloats(
        _ chunks: inout ChunkMetas, _ number: UInt32, _ from: Timestamp, _ through: Timestamp, _ column: SampleColumn
    ) throws(StorageError) {
        let segments = block.segments
        let ranges = deleted.tombstones.isEmpty ? [] : deleted.ranges(number)
        var last = Timestamp.min
        while true {
            let next: ChunkMeta?
            do throws(BrokenEntry) { next = try chunks.next() } catch { throw block.index.broken(number) }
            guard let chunk = next, chunk.range.from <= through else { return }
            let before = column.count
            try segments.readFloats(chunk.reference, from: from, through: through, into: column)
            if !ranges.isEmpty { column.remove(ranges, from: before) }
            // Chunks of one series do not overlap where a careful program wrote them.
            if chunk.range.from <= last { column.mergeTail(from: before) }
            last = max(last, chunk.range.through)
        }
    }
}
