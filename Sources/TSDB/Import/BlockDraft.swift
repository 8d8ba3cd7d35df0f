public import Model

/// A block to be: samples that are computed for a past time, can be queried at once, and are written as one block.
///
/// In each series they come in order of time; different series may be at different times. Held in memory until the block is written.
public final class BlockDraft: Sendable {
    private let head: Head

    /// - Parameter duration: Of the block, in milliseconds; it begins at a multiple of this.
    public init(duration: Int64, clock: any Clock) {
        var options = HeadOptions()
        options.maxSamples = .max
        options.futureTolerance = nil
        options.outOfOrderWindow = 0
        // Appends may lie half of this behind the newest sample: a series that begins when others are at the block's end.
        options.chunkRange = duration * 2
        head = Head(options: options, clock: clock)
    }

    /// The samples so far.
    public var source: any SeriesSource { head }

    public var samples: Int { head.stats.samples }

    public func append(_ batch: inout AppendBatch) throws(StorageError) -> AppendOutcome { try head.append(&batch) }

    /// Writes the block into `folder`, which is made if need be; nil, with nothing written, if there are no samples. See `BlockBuilder` for its hint.
    public func write(into folder: String, named ulid: ULID, _ files: any FileSystem) throws(StorageError) -> BlockMeta? {
        guard let first = head.minTime, let last = head.maxTime else { return nil }
        try wrapped { () throws(FileError) in try files.makeLastingFolder(folder) }
        let end = last.later(by: 1)
        var request = BlockRequest(ulid: ulid, minTime: first, maxTime: end, hints: [BlockMeta.Compaction.fromOutOfOrder])
        request.joinsShortChunks = true
        return try head.cut(from: first, before: end) { cursor throws(StorageError) in
            try BlockWriter.write([cursor], request, into: folder, files)
        }
    }
}
