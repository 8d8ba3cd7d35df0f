public import Model

/// A block to be written for another program: its chunks may have encodings that we do not read.
public struct BlockExport {
    public var ulid: ULID
    /// The block is of the time minTime..<maxTime.
    public var minTime: Timestamp
    public var maxTime: Timestamp
    public var compaction = BlockMeta.Compaction()
    /// What is in the block by the other program's count; chunks and series are counted anyway.
    public var stats: () -> BlockMeta.Stats = { BlockMeta.Stats() }
    /// Members for `meta.json` that the other program wants, once the chunks are in segments of these names.
    public var members: (_ segments: [String]) -> [JSONValue.Member] = { _ in [] }

    public init(ulid: ULID, minTime: Timestamp, maxTime: Timestamp) {
        (self.ulid, self.minTime, self.maxTime) = (ulid, minTime, maxTime)
    }

    /// Writes the cursor's chunks as a block into `folder`, which is made if need be: the block is there whole, or not at all. Returns its meta, or
    /// nil, with nothing written, if there are no series. Throws `StorageError` for what cannot be read or written.
    public func write(_ cursor: any ChunkSeriesCursor, into folder: String, _ files: any FileSystem) throws(StorageError) -> BlockMeta? {
        try wrapped { () throws(FileError) in try files.makeLastingFolder(folder) }
        var request = BlockRequest(ulid: ulid, minTime: minTime, maxTime: maxTime)
        request.compaction = compaction
        request.complete = { meta, segments in
            let (series, chunks) = (meta.stats.series, meta.stats.chunks)
            meta.stats = stats()
            (meta.stats.series, meta.stats.chunks) = (series, chunks)
            return members(segments)
        }
        return try BlockWriter.write(cursor, request, into: folder, files)
    }
}
