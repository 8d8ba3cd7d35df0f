import Model

/// When the pages of a made-up past are scraped: the longer ago, the more seldom.
struct HistoryPlan {
    /// A stretch of time, both ends multiples of an hour but for the last.
    struct Part: Equatable {
        let from: Timestamp
        let through: Timestamp
        /// Milliseconds from one scrape to the next.
        let interval: Int64
        /// Milliseconds of the blocks that hold it. Long ones: each is written to the disk, with its tiers, and waited for.
        let blockDuration: Int64

        /// The times of its scrapes: behind `from`, at multiples of the interval, so that the last of a window is at its end.
        var times: some Sequence<Timestamp> { ((from / interval + 1)..<(through / interval + 1)).lazy.map { $0 * interval } }
    }

    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 24 * hour
    /// How far back each part reaches, with its interval and the length of its blocks. Each window that a tier keeps of it by the default policy has
    /// two samples at least, so that it tells of a rate.
    private static let shapes: [(reach: Int64, interval: Int64, blocks: Int64)] = [
        (.max, hour / 2, 10 * day), (30 * day, 150_000, day), (7 * day, 100_000, 2 * hour), (6 * hour, 15_000, 2 * hour),
    ]

    /// The oldest first.
    let parts: [Part]

    /// - Parameters:
    ///   - end: the time of the last scrape or soon after it.
    ///   - length: milliseconds before that.
    init(end: Timestamp, length: Int64) {
        let starts = Self.shapes.map { (end - min(length, $0.reach)) / Self.hour * Self.hour }
        parts = zip(Self.shapes, zip(starts, starts.dropFirst() + [end])).compactMap { shape, times in
            guard times.0 < times.1 else { return nil }
            return Part(from: times.0, through: times.1, interval: shape.interval, blockDuration: shape.blocks)
        }
    }
}
