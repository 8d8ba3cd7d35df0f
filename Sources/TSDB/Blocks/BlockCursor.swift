public import Model

extension Block {
    /// All series with chunks in the range, and of each those chunks, deleted samples and all. The block stays mapped as long as the cursor lives.
    public func chunkCursor(from: Timestamp, through: Timestamp) throws(StorageError) -> any ChunkSeriesCursor {
        try telling { () throws(StorageError) in try BlockCursor(self, TimeRange(from: from, through: through)) }
    }
}

final class BlockCursor: ChunkSeriesCursor {
    private let block: Block
    private let range: TimeRange
    private let postings: IndexPostings
    private let tombstones: DeletedSeries
    private var at = 0
    private var symbols: SymbolCache
    private var pairs: [LabelPair] = []

    private(set) var labels = Labels.empty
    private(set) var chunks: [ChunkView] = []
    private(set) var deleted: [TimeRange] = []

    init(_ block: Block, _ range: TimeRange) throws(StorageError) {
        self.block = block
        self.range = range
        postings = try block.index.allPostings()
        symbols = SymbolCache(try block.index.symbols())
        tombstones = block.deleted
    }

    func next() throws(StorageError) -> Bool {
        while at < postings.count {
            let number = postings[at]
            at += 1
            chunks.removeAll(keepingCapacity: true)
            try block.telling { () throws(StorageError) in try read(number) }
            if !chunks.isEmpty { return true }
        }
        return false
    }

    private func read(_ number: UInt32) throws(StorageError) {
        var metas = try block.index.series(number, labels: &pairs)
        while true {
            let next: ChunkMeta?
            do throws(BrokenEntry) { next = try metas.next() } catch { throw block.index.broken(number) }
            guard let meta = next, meta.range.from <= range.through else { break }
            if !meta.range.overlaps(range) { continue }
            let chunk = try block.segments.chunk(meta.reference)
            chunks.append(ChunkView(encoding: chunk.encoding, range: meta.range, bytes: chunk.bytes))
        }
        if chunks.isEmpty { return }
        labels = try symbols.labels(pairs)
        deleted = tombstones.ranges(number)
    }
}
