public struct DatabaseOptions: Sendable {
    /// When what was appended is forced to the disk. Whatever is chosen, it survives the end of the process; this is about power cuts.
    public enum WALSync: Sendable, Equatable {
        /// Before `append` returns.
        case always
        /// By `sync`, which the owner calls so often, in milliseconds.
        case interval(Int64)
        /// Only when the database is closed.
        case off
    }

    public var head = HeadOptions()
    public var walSync = WALSync.interval(1000)
    /// Bytes of a log segment.
    public var walSegmentSize = 128 << 20
    public var walCompression = LogCompression.names
    /// How long the shortest and the longest blocks are, in milliseconds. The longest is also kept to a tenth of the time retention.
    public var minBlockDuration: Int64 = 2 * 3_600_000
    public var maxBlockDuration: Int64 = 31 * 86_400_000
    /// Of raw samples; its limits of size are those of all together. Nil: what is usual. A folder that another program wrote is kept whole then.
    public var retention: Retention?
    public var tiers = TierPolicy()
    /// Free space that is never filled with samples.
    public var reserve = Reserve.share(0.02)
    /// The share of stale series, 0…1, from which on they leave the head before their time; 0: never, which is Prometheus's default.
    ///
    /// Ours is a fifth: where every deployment replaces all series, the head holds a quarter more than is alive, not the several times as much that
    /// three hours of deployments leave. It costs that the last samples of such a series are written twice, to a small block and with what that is
    /// merged to; who has no churn never gets there.
    public var staleSeriesThreshold = 0.2
    /// Fewer of them stay however large their share: a thousand take less than a megabyte, not worth a block.
    public var staleSeriesMinimum = 1000
    /// Bytes of a file of head chunks.
    public var headChunkFileSize = 128 << 20
    /// Bytes of a chunk segment in a block.
    public var blockSegmentSize = 512 << 20

    /// Makes the random part of blocks' and snapshots' names; a simulation hands in a seeded one.
    public var random: @Sendable () -> UInt64 = { UInt64.random(in: 0...UInt64.max) }

    public init() {}
}

/// What is kept; limits that are nil do not exist. Whole blocks go, the oldest first, raw ones once they are folded into the tiers.
public struct Retention: Sendable, Equatable {
    /// In milliseconds.
    public var time: Int64?
    /// Of blocks, raw and of tiers, head chunks and logs together.
    public var bytes: Int64?
    /// The same, in hundredths of the disk's size.
    public var percentage: Double?

    public init(time: Int64? = nil, bytes: Int64? = nil, percentage: Double? = nil) {
        self.time = time
        self.bytes = bytes
        self.percentage = percentage
    }

    /// A week of samples; the tiers have what was before: see `TierPolicy`.
    public static let usual = Retention(time: 7 * 86_400_000)
    public static let everything = Retention()
}

/// How much of the disk must stay free for compactions and other programs.
public enum Reserve: Sendable, Equatable {
    case bytes(Int64)
    /// A share of the disk, 0…1, but no more than 1 GiB.
    case share(Double)

    func bytes(of space: DiskSpace) -> Int64 {
        switch self {
        case .bytes(let bytes): bytes
        case .share(let share): min(Int64(Double(space.total) * share), 1 << 30)
        }
    }
}
