import Model

/// How blocks are to be merged.
struct MergeRequest {
    var ulid: ULID
    var segmentSize = 512 << 20
    /// Leaves out what cannot be read; the result then does not count as made from the blocks, so that they are not removed for it.
    var skipsDamage = false
    /// Is told after each series what has been written so far. Once it says no, the work ends with `StorageError.stopped`.
    var proceed: (BlockMeta.Stats) -> Bool = { _ in true }
}

/// Makes one block of several, or of one without what was deleted from it.
enum Compactor {
    /// Writes the new block; the old ones stay. Returns nil if no sample is left.
    static func merge(
        _ blocks: [Block], _ request: MergeRequest, into folder: String, _ files: any FileSystem
    ) throws(StorageError) -> BlockMeta? {
        let metas = blocks.map(\.meta)
        guard let minTime = metas.map(\.minTime).min(), let maxTime = metas.map(\.maxTime).max() else { return nil }
        var target = BlockRequest(ulid: request.ulid, minTime: minTime, maxTime: maxTime, segmentSize: request.segmentSize)
        target.compaction = compaction(metas, request)
        target.skipsDamage = request.skipsDamage
        target.proceed = request.proceed
        var cursors: [any ChunkSeriesCursor] = []
        for block in blocks { cursors.append(try block.chunkCursor(from: .min, through: .max)) }
        return try BlockWriter.write(cursors, target, into: folder, files)
    }

    private static func compaction(_ metas: [BlockMeta], _ request: MergeRequest) -> BlockMeta.Compaction {
        var result = BlockMeta.Compaction()
        let level = metas.map(\.compaction.level).max() ?? 1
        result.level = metas.count > 1 ? level + 1 : level
        result.sources = Set(metas.flatMap(\.compaction.sources)).sorted()
        if !request.skipsDamage {
            result.parents = metas.map { BlockMeta.Parent(ulid: $0.ulid, minTime: $0.minTime, maxTime: $0.maxTime) }
        }
        result.hints = hints(metas)
        return result
    }

    /// A block without hints says that up to its end all samples in order are in blocks, and that the log's need not be read again. A part that does
    /// not say so must not come to it by being merged with an older one.
    static func hints(_ metas: [BlockMeta]) -> [String] {
        let inOrder = metas.filter(\.compaction.hints.isEmpty).map(\.maxTime).max()
        let isInOrder = inOrder.map { end in metas.allSatisfy { $0.maxTime <= end } } ?? false
        return isInOrder ? [] : Set(metas.flatMap(\.compaction.hints)).sorted()
    }

    /// The most room that merging these blocks takes while it lasts: what goes through keeps its size, and the series of the index lie there twice.
    static func estimatedBytes(_ blocks: [Block]) -> Int {
        blocks.reduce(1 << 16) { $0 + $1.bytes + $1.index.file.bytes.count }
    }
}
