public import Model
public import TSDB

/// Makes downsampled blocks, as Thanos has them in a bucket, of a tier's blocks.
public struct ThanosExport {
    private let labels: [Label]
    private let files: any FileSystem

    /// `labels` are what Thanos calls external ones: they tell whose blocks these are.
    public init(labels: [Label], _ files: any FileSystem) {
        self.labels = labels
        self.files = files
    }

    /// Writes a block of a tier into `folder` under a new name; deleted windows are left out. Nil if the block has nothing in it. Throws
    /// `StorageError` for what cannot be read or written, and then leaves nothing behind.
    public func write(_ block: Block, named ulid: ULID, into folder: String) throws(StorageError) -> BlockMeta? {
        guard let tier = block.meta.fold?.tier else { return nil }
        let cursor = ThanosCursor(try block.chunkCursor(from: .min, through: .max), resolution: tier.resolution)
        // Ours is of (A, B], a block of Thanos of [A, B).
        var export = BlockExport(ulid: ulid, minTime: block.meta.minTime - 1, maxTime: block.meta.maxTime - 1)
        export.compaction.level = block.meta.compaction.level
        export.compaction.sources = block.meta.fold?.sources ?? []
        export.stats = { cursor.stats }
        export.members = { segments in [.init("thanos", thanos(tier, segments))] }
        return try export.write(cursor, into: folder, files)
    }

    private func thanos(_ tier: Tier, _ segments: [String]) -> JSONValue {
        .object([
            .init("version", JSONValue(1)),
            .init("labels", .object(labels.map { .init($0.name, .string($0.value)) })),
            .init("downsample", .object([.init("resolution", JSONValue(tier.resolution))])),
            .init("source", .string("compactor")),
            .init("segment_files", .array(segments.map { .string($0) })),
        ])
    }
}
