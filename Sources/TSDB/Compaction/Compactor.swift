import Model

/// How blocks are to be merged.
struct MergeRequest {
    var ulid: ULID
    var segmentSize = 512 << 20
    /// Leaves out what cannot be read; the result then does not count as made from the blocks, so that they are not removed for it.
    var skipsDamage = false
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
        // As soon as one part holds all series in order, the whole does.
        if metas.allSatisfy({ $0.compaction.hints.contains(BlockMeta.Compaction.fromOutOfOrder) }) {
            result.hints = Set(metas.flatMap(\.compaction.hints)).sorted()
        }
        return result
    }
}
