public import TSDB

/// What samples and windows take in a data folder that is there.
public enum MeasuredCosts {
    /// The usual costs, with those in their place that the folder's blocks tell of. Throws `StorageError` if the folder cannot be read.
    public static func of(_ folder: String, _ files: any FileSystem) throws -> StorageCosts {
        var costs = StorageCosts.usual
        if let raw = measure(try FolderReading.blocks(folder, files).blocks) { costs.raw = raw }
        let tiers = try FolderReading.tierBlocks(folder, files).blocks
        for tier in Tier.allCases {
            if let found = measure(tiers.filter { $0.meta.fold?.tier == tier }) { costs.tiers[tier] = found }
        }
        return costs
    }

    /// Nil without samples.
    private static func measure(_ blocks: [Block]) -> StorageCosts.Block? {
        var (samples, series, index, all) = (0, 0, 0, 0)
        for block in blocks {
            samples += block.meta.stats.samples
            series += block.meta.stats.series
            all += block.bytes
            index += block.indexBytes
        }
        guard samples > 0, series > 0 else { return nil }
        return StorageCosts.Block(bytesPerSample: Double(all - index) / Double(samples), bytesPerSeries: Double(index) / Double(series))
    }
}
