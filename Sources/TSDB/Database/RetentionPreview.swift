public import Model

/// What a retention would remove of a folder's raw blocks: to be told before it counts.
public struct RetentionPreview: Sendable, Equatable {
    /// Blocks all of which is too old, what they hold, and their bytes.
    public var blocks = 0
    public var samples = 0
    public var bytes: Int64 = 0
    /// The first and the last time in them; nil without any.
    public var oldest: Timestamp?
    public var newest: Timestamp?

    /// - Parameters:
    ///   - now: the time to go by.
    init(_ raw: [Block], keeping time: Int64?, now: Timestamp) {
        guard let time, time > 0 else { return }
        for block in raw where block.meta.maxTime <= now.earlier(by: time) {
            blocks += 1
            samples += block.meta.stats.samples
            bytes += Int64(block.bytes)
            oldest = min(oldest ?? .max, block.meta.minTime)
            newest = max(newest ?? .min, block.meta.maxTime.earlier(by: 1))
        }
    }

    /// Looks at a folder that need not be open. Only time counts, not size. Throws `StorageError` if the folder cannot be read.
    public static func of(
        _ path: String, _ retention: Retention, _ files: any FileSystem, clock: any Clock
    ) throws(StorageError) -> RetentionPreview {
        let blocks = try FolderReading.blocks(path, files).blocks
        let newest = blocks.map { $0.meta.maxTime.later(by: ClockGuard.jump) }.max() ?? .max
        return RetentionPreview(blocks, keeping: retention.time, now: min(clock.now(), newest))
    }
}

extension Database {
    /// What a retention would remove of the raw blocks that there are, now that nothing else is known of them: they go once they are folded.
    public func retentionPreview(_ retention: Retention) -> RetentionPreview {
        RetentionPreview(blockSet.all, keeping: retention.time, now: clock.now())
    }
}
