import Model

/// What samples, windows and series take, on the disk and in memory.
public struct StorageCosts: Sendable, Equatable {
    /// Of a block's chunks, for each sample or window in them; and of its index, for each of its series.
    public struct Block: Sendable, Equatable {
        public var bytesPerSample: Double
        public var bytesPerSeries: Double

        public init(bytesPerSample: Double, bytesPerSeries: Double) {
            self.bytesPerSample = bytesPerSample
            self.bytesPerSeries = bytesPerSeries
        }
    }

    public var raw: Block
    public var tiers: [Tier: Block]
    /// Bytes of a sample in the log.
    public var logBytesPerSample: Double
    /// Resident bytes of a server without series, and for each series that is scraped.
    public var memoryBytes: Double
    public var memoryBytesPerSeries: Double

    /// Measured on the demo's history (1,497 series: counters, gauges and histograms by daily rhythms; sizes of chunks and of indexes over the counts
    /// in `meta.json`): raw in 16 million samples of a week; tiers in a week of samples every minute that was folded in blocks of 18 hours, of which
    /// larger ones take less. Log and memory with 20,000 counters, half of which change at each scrape, and 156 samples each, in a release build:
    /// `prometheus_tsdb_wal_storage_size_bytes`, and `process_resident_memory_bytes` less what it is without them.
    public static let usual = StorageCosts(
        raw: Block(bytesPerSample: 2.0, bytesPerSeries: 116),
        tiers: [.fiveMinutes: Block(bytesPerSample: 4.3, bytesPerSeries: 99), .hour: Block(bytesPerSample: 11.8, bytesPerSeries: 99)],
        logBytesPerSample: 10.6, memoryBytes: 27e6, memoryBytesPerSeries: 650)

    public init(
        raw: Block, tiers: [Tier: Block], logBytesPerSample: Double, memoryBytes: Double, memoryBytesPerSeries: Double
    ) {
        self.raw = raw
        self.tiers = tiers
        self.logBytesPerSample = logBytesPerSample
        self.memoryBytes = memoryBytes
        self.memoryBytesPerSeries = memoryBytesPerSeries
    }

    public func block(_ tier: Tier?) -> Block { tier.map { tiers[$0] ?? raw } ?? raw }
}

/// What is to be stored: so many series, each with a sample every `interval`.
public struct StorageLoad: Sendable, Equatable {
    public var series: Double
    /// Milliseconds.
    public var interval: Int64
    public var retention: Retention
    public var tiers: TierPolicy

    public init(series: Double, interval: Int64, retention: Retention = .usual, tiers: TierPolicy = TierPolicy()) {
        self.series = series
        self.interval = interval
        self.retention = retention
        self.tiers = tiers
    }

    /// Milliseconds of a kind of block at rest: a tenth of what is kept, at least two hours, at most 31 days, as compaction makes them.
    static func blockLength(keeping time: Int64?) -> Double {
        let longest = 31 * StoragePlan.day
        return max(2 * 3_600_000, min(longest, time.map { Double($0) / 10 } ?? longest))
    }

    func keeps(_ tier: Tier?) -> Int64? {
        if let tier { return tiers.keeps(tier) }
        return retention.time.flatMap { $0 > 0 ? $0 : nil }
    }

    /// Bytes a day of the chunks of a tier's blocks, or of raw ones, and of their indexes.
    public func daily(_ tier: Tier?, _ costs: StorageCosts) -> (chunks: Double, index: Double) {
        let cost = costs.block(tier)
        let samples = StoragePlan.day / Double(max(interval, tier?.resolution ?? 1))
        let blocks = StoragePlan.day / Self.blockLength(keeping: keeps(tier))
        return (series * samples * cost.bytesPerSample, series * blocks * cost.bytesPerSeries)
    }

    /// The log holds what is not in blocks yet: up to three hours, and the head's full chunks a second time.
    public func logBytes(_ costs: StorageCosts) -> Double { 3 * 3_600_000 / Double(interval) * series * costs.logBytesPerSample }

    /// Resident bytes. Queries come on top.
    public func memoryBytes(_ costs: StorageCosts) -> Double { costs.memoryBytes + series * costs.memoryBytesPerSeries }

    public func plan(_ costs: StorageCosts) -> StoragePlan {
        let parts = ([nil] + Tier.allCases).map { tier in
            let daily = daily(tier, costs)
            return StoragePlan.Part(tier, bytesPerDay: daily.chunks + daily.index, keeps: keeps(tier))
        }
        return StoragePlan(parts, fixedBytes: logBytes(costs))
    }
}
