import Model

/// Writes blocks of tiers: folds raw samples or finer windows, merges late samples into windows whose own are gone, and makes one block of several.
/// All of that is one thing, differing by what goes in.
enum TierWriter {
    /// Writes a block into `folder`, in the way of `BlockWriter`: it is there whole or not at all. Without any series it is written too, and tells
    /// that its time is folded.
    ///
    /// - fold: raw blocks and the head, of all that raw has in the time;
    /// - fold into a coarser tier: the blocks of the finer one;
    /// - compact, or carry out deletions: blocks of the tier itself;
    /// - late data without its companions: blocks of the tier, and the raw block with what came late, as another input or in the same one;
    /// - fold anew where raw is still there for a part of a block's time: the block for the time before, and raw for the time behind.
    ///
    /// Throws `StorageError`; nothing is left then.
    static func write(_ request: TierRequest, into folder: String, _ files: any FileSystem) throws(StorageError) -> BlockMeta {
        // No series leaves the head as long as there is one of these.
        let late = request.inputs.map { $0.head?.outOfOrderCopy() }
        defer { for cut in late { cut?.end() } }
        var sources: [FoldSource] = []
        for (input, late) in zip(request.inputs, late) {
            let range = input.range
            for block in input.touched {
                let cursor = try block.chunkCursor(from: range.from, through: range.through)
                sources.append(FoldSource(cursor: cursor, range: range, series: input.series))
            }
            guard let head = input.head, let late else { continue }
            let before = range.through.later(by: 1)
            sources.append(FoldSource(cursor: head.chunkCursor(from: range.from, before: before), range: range, series: input.series))
            sources.append(FoldSource(cursor: late.cursor(from: range.from, before: before), range: range, series: input.series))
        }
        let cursor = FoldCursor(sources, resolution: request.tier.resolution, skipsDamage: request.skipsDamage)
        guard let meta = try BlockWriter.write(cursor, blockRequest(request), into: folder, files) else {
            preconditionFailure("BUG: a block of a tier that was not written")
        }
        return meta
    }

    private static func blockRequest(_ request: TierRequest) -> BlockRequest {
        var block = BlockRequest(
            ulid: request.ulid, minTime: request.start.later(by: 1), maxTime: request.end.later(by: 1), segmentSize: request.segmentSize)
        block.skipsDamage = request.skipsDamage
        block.proceed = request.proceed
        block.fold = BlockMeta.Fold(request.tier, sources: sources(request))
        let level = request.replaced.map(\.compaction.level).max() ?? 1
        block.compaction.level = request.replaced.count > 1 ? level + 1 : level
        if !request.skipsDamage {
            block.compaction.parents = request.replaced.map { BlockMeta.Parent(ulid: $0.ulid, minTime: $0.minTime, maxTime: $0.maxTime) }
        }
        return block
    }

    /// The blocks of level 1 whose samples are in what goes in.
    private static func sources(_ request: TierRequest) -> [ULID] {
        var sources: Set<ULID> = []
        for block in request.inputs.flatMap(\.touched) {
            let meta = block.meta
            sources.formUnion(meta.fold?.sources ?? meta.compaction.sources)
        }
        return sources.sorted()
    }
}
