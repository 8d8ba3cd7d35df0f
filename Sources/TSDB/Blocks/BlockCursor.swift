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
    private var series: SeriesNumbers
    private let tombstones: DeletedSeries
    private var symbols: SymbolCache
    private var pairs: [LabelPair] = []
    /// The current series has not been handed out: something of it was damaged.
    private var isWaiting = false

    private(set) var labels = Labels.empty
    private(set) var chunks: [ChunkView] = []
    private(set) var deleted: [TimeRange] = []

    /// Where the series are: in the list of all of them, or, if that is damaged, wherever their section has one.
    private enum SeriesNumbers {
        case listed(IndexPostings, next: Int)
        case found(SeriesWalk)

        mutating func next() throws(StorageError) -> UInt32? {
            switch self {
            case .listed(let postings, let at):
                guard at < postings.count else { return nil }
                self = .listed(postings, next: at + 1)
                return postings[at]
            case .found(var walk):
                defer { self = .found(walk) }
                return try walk.next()
            }
        }
    }

    init(_ block: Block, _ range: TimeRange) throws(StorageError) {
        self.block = block
        self.range = range
        symbols = SymbolCache(try block.index.symbols())
        tombstones = block.deleted
        do throws(StorageError) {
            series = .listed(try block.telling { () throws(StorageError) in try block.index.allPostings() }, next: 0)
        } catch {
            series = .found(SeriesWalk(block.index))
        }
    }

    func next() throws(StorageError) -> Bool {
        if isWaiting {
            isWaiting = false
            return true
        }
        return try block.telling { () throws(StorageError) in
            while let number = try series.next() {
                try read(number)
                if !chunks.isEmpty { return true }
            }
            return false
        }
    }

    private func read(_ number: UInt32) throws(StorageError) {
        var metas = try block.index.series(number, labels: &pairs)
        var damage: StorageError?
        chunks.removeAll(keepingCapacity: true)
        while true {
            let next: ChunkMeta?
            do throws(BrokenEntry) { next = try metas.next() } catch { throw block.index.broken(number) }
            guard let meta = next, meta.range.from <= range.through else { break }
            if !meta.range.overlaps(range) { continue }
            do throws(StorageError) {
                let chunk = try block.segments.chunk(meta.reference)
                chunks.append(ChunkView(encoding: chunk.encoding, range: meta.range, bytes: chunk.bytes))
            } catch {
                damage = damage ?? error
            }
        }
        if chunks.isEmpty, damage == nil { return }
        labels = try symbols.labels(pairs)
        deleted = tombstones.ranges(number)
        if let damage {
            isWaiting = !chunks.isEmpty
            throw damage
        }
    }
}
