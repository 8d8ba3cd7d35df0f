import Chunks
import Model

/// What a new block is to be.
struct BlockRequest {
    var ulid: ULID
    /// The samples of minTime..<maxTime are taken.
    var minTime: Timestamp
    var maxTime: Timestamp
    var compaction = BlockMeta.Compaction()
    /// Bytes of a chunk segment.
    var segmentSize = 512 << 20
    /// Bytes of the index that wait in memory until all symbols are known.
    var spoolMemory = 4 << 20
    /// What cannot be read is left out instead of ending the work.
    var skipsDamage = false
    /// Samples that lie in more chunks than they need are encoded anew: what the head's chunks are, as their first ones are of any length.
    var joinsShortChunks = false
    /// What a block of a tier is made of; such a block is written even if there is nothing in it: it tells that its time is folded.
    var fold: BlockMeta.Fold?
    /// Gives members for `meta.json` that are not ours, and may change the rest, when all chunks are in the segments of these names.
    var complete: ((inout BlockMeta, _ segments: [String]) -> [JSONValue.Member])?
    /// Is told after each series what has been written so far. Once it says no, the work ends with `StorageError.stopped`.
    var proceed: (BlockMeta.Stats) -> Bool = { _ in true }

    init(ulid: ULID, minTime: Timestamp, maxTime: Timestamp, hints: [String] = [], segmentSize: Int = 512 << 20) {
        self.ulid = ulid
        self.minTime = minTime
        self.maxTime = maxTime
        self.segmentSize = segmentSize
        compaction.sources = [ulid]
        compaction.hints = hints
    }
}

/// Writes blocks. A block is built under a temporary name, synced, and renamed: it is there whole, or not at all.
enum BlockWriter {
    /// Writes the cursors' samples as a block into `folder`. Returns its meta, or nil, with nothing written, if there are no samples.
    ///
    /// After an error nothing is left but, where the disk refuses even that, a folder under a temporary name.
    static func write(
        _ cursors: [any ChunkSeriesCursor], _ request: BlockRequest, into folder: String, _ files: any FileSystem
    ) throws(StorageError) -> BlockMeta? {
        let range = TimeRange(from: request.minTime, through: request.maxTime.earlier(by: 1))
        let cursor = MergingCursor(cursors, range: range, skipsDamage: request.skipsDamage, joinsShort: request.joinsShortChunks)
        return try write(cursor, request, into: folder, files)
    }

    /// Writes the chunks of a cursor as they are: all of them in the block's time, those of a series in order, nothing deleted.
    static func write(
        _ cursor: any ChunkSeriesCursor, _ request: BlockRequest, into folder: String, _ files: any FileSystem
    ) throws(StorageError) -> BlockMeta? {
        let target = FilePath.join(folder, "\(request.ulid)")
        let temporary = target + BlockFolder.creationSuffix
        do {
            let meta = try fill(temporary, cursor, request, files)
            try wrapped { () throws(FileError) in
                if meta == nil { return try files.removeAll(temporary) }
                try files.rename(temporary, to: target)
                try files.syncFolder(folder)
            }
            return meta
        } catch {
            try? files.removeAll(temporary)
            // Renamed, but perhaps not for good: whoever asked for the block will ask again.
            if (try? files.kind(target)) == .folder { try? BlockFolder.remove(request.ulid, in: folder, files) }
            throw error
        }
    }

    private static func fill(
        _ folder: String, _ cursor: any ChunkSeriesCursor, _ request: BlockRequest, _ files: any FileSystem
    ) throws(StorageError) -> BlockMeta? {
        try wrapped { () throws(FileError) in try files.removeAll(folder) }
        let segments = try wrapped { () throws(FileError) in
            try files.makeFolder(folder)
            return try ChunkSegmentWriter(FilePath.join(folder, BlockFormat.chunks), files, segmentSize: request.segmentSize)
        }
        let index = IndexWriter(FilePath.join(folder, BlockFormat.index), files, spoolMemory: request.spoolMemory)
        var meta = BlockMeta(ulid: request.ulid, minTime: request.minTime, maxTime: request.maxTime)
        meta.compaction = request.compaction
        meta.fold = request.fold
        try copy(cursor, segments, index, &meta.stats, request.proceed)
        guard meta.stats.series > 0 || request.fold != nil else { return nil }
        try wrapped { () throws(FileError) in
            try segments.finish()
            try index.finish()
        }
        try Tombstones().write(folder, files)
        let names = try wrapped { () throws(FileError) in try files.list(FilePath.join(folder, BlockFormat.chunks)) }
        let others = request.complete?(&meta, names.sorted()) ?? []
        try meta.write(folder, files, with: others)
        try wrapped { () throws(FileError) in try files.syncFolder(folder) }
        return meta
    }

    private static func copy(
        _ cursor: any ChunkSeriesCursor, _ segments: ChunkSegmentWriter, _ index: IndexWriter, _ stats: inout BlockMeta.Stats,
        _ proceed: (BlockMeta.Stats) -> Bool
    ) throws(StorageError) {
        var written: [IndexWriter.Chunk] = []
        while try cursor.next() {
            written.removeAll(keepingCapacity: true)
            try wrapped { () throws(FileError) in
                for chunk in cursor.chunks {
                    let reference = try segments.add(chunk.encoding, chunk.bytes)
                    written.append(IndexWriter.Chunk(range: chunk.range, reference: reference))
                    stats.count(chunk)
                }
                try index.add(cursor.labels, written)
            }
            stats.series += 1
            if !proceed(stats) { throw .stopped }
        }
    }
}

extension BlockMeta.Stats {
    /// Every encoding begins with the number of samples, or windows.
    mutating func count(_ chunk: ChunkView) {
        let count = XORChunk.count(chunk.bytes)
        chunks += 1
        samples += count
        if chunk.encoding.holdsHistograms || chunk.encoding == .histogramAggregates {
            histogramSamples += count
        } else {
            floatSamples += count
        }
    }
}
