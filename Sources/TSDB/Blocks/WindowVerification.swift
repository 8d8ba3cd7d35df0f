import Chunks
import Model

/// Checks chunks of windows. A chunk of samples among them cannot be read as one and is a fault, as one of windows is in a block of samples.
final class WindowVerification {
    private let column = AggregateColumn()

    /// Reads a chunk and checks its windows: their order, their ends, whether they are those that the index tells of, and whether what they tell of
    /// lies within them. Returns how many there are.
    func check(_ chunk: ChunkMeta, _ encoding: ChunkEncoding, _ tier: Tier, _ segments: ChunkSegments) throws(StorageError) -> Int {
        let windows = try read(chunk, encoding, segments)
        func fault(_ reason: String) -> StorageError { segments.damaged(chunk.reference, reason) }
        guard let first = windows.first, let last = windows.last else { throw fault("a chunk without windows") }
        let range = TimeRange(from: first.end - tier.resolution + 1, through: last.end)
        guard range == chunk.range else {
            throw fault(
                "windows from \(range.from) through \(range.through); the index says \(chunk.range.from) through \(chunk.range.through)")
        }
        var before = Timestamp.min
        for window in windows {
            guard window.end % tier.resolution == 0 else { throw fault("a window that ends at \(window.end), which is no end of one") }
            guard window.end > before else { throw fault("windows out of order") }
            before = window.end
            if let reason = window.contradiction(tier) { throw fault("the window that ends at \(window.end) \(reason)") }
        }
        return windows.count
    }

    private func read(_ chunk: ChunkMeta, _ encoding: ChunkEncoding, _ segments: ChunkSegments) throws(StorageError) -> [WindowTimes] {
        if encoding == .histogramAggregates {
            var windows: [HistogramAggregate] = []
            try segments.readHistogramWindows(chunk.reference, from: .min, through: .max, into: &windows)
            return windows.map {
                WindowTimes(end: $0.end, count: $0.count, first: $0.firstTime, last: $0.lastTime, stale: $0.staleTime, resets: $0.resets)
            }
        }
        column.removeAll()
        try segments.readWindows(chunk.reference, from: .min, through: .max, .all, into: column)
        return (0..<column.count).map { place in
            let window = column[place]
            return WindowTimes(
                end: window.end, count: window.count, first: window.firstTime, last: window.lastTime, stale: window.staleTime, resets: window.resets)
        }
    }
}

/// What windows of either kind have in common.
private struct WindowTimes {
    let end: Timestamp
    let count: Int64
    let first: Timestamp
    let last: Timestamp
    let stale: Timestamp?
    let resets: Int64

    /// What cannot be of what it tells.
    func contradiction(_ tier: Tier) -> String? {
        let range = TimeRange(from: end - tier.resolution + 1, through: end)
        if let stale, !range.contains(stale) { return "has a stale marker at \(stale)" }
        if count == 0 { return stale == nil ? "has nothing in it" : nil }
        guard count > 0 else { return "counts \(count) samples" }
        guard range.contains(first), range.contains(last), first <= last else { return "has samples from \(first) through \(last)" }
        if let stale, stale <= last { return "has a stale marker at \(stale), before its last sample" }
        return resets < 0 || resets >= count ? "has \(resets) resets among \(count) samples" : nil
    }
}
