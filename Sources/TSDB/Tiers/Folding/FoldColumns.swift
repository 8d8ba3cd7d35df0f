import Chunks
import Model

/// What several sources have of one series: samples and windows of either kind, each in order of time, nothing deleted.
final class FoldColumns {
    let samples = SampleColumn()
    let histograms = HistogramColumn()
    let windows = AggregateColumn()
    private(set) var histogramWindows: [HistogramAggregate] = []
    private let resolution: Int64
    private let skipsDamage: Bool

    /// - Parameter resolution: that of the windows to be made.
    init(resolution: Int64, skipsDamage: Bool) {
        self.resolution = resolution
        self.skipsDamage = skipsDamage
    }

    /// How much of everything there is.
    private struct Fill {
        var samples = 0
        var histograms = 0
        var windows = 0
        var histogramWindows = 0
    }

    private var fill: Fill {
        Fill(samples: samples.count, histograms: histograms.count, windows: windows.count, histogramWindows: histogramWindows.count)
    }

    func removeAll() { cut(to: Fill()) }

    private func cut(to fill: Fill) {
        samples.count = fill.samples
        histograms.truncate(to: fill.histograms)
        windows.count = fill.windows
        histogramWindows.removeLast(histogramWindows.count - fill.histogramWindows)
    }

    /// Adds the chunks of one source. Of two samples with one time that which was added first stays.
    func add(_ chunks: [ChunkView], deleted: [TimeRange], _ range: TimeRange) throws(ChunkError) {
        let start = fill
        for chunk in chunks where chunk.range.overlaps(range) {
            if deleted.cover(chunk.range) { continue }
            let before = fill
            do {
                try decode(chunk, range)
            } catch {
                if !skipsDamage { throw error }
                cut(to: before)
            }
            if deleted.overlap(chunk.range) { remove(deleted, from: before) }
            mergeTails(from: before, into: start)
        }
        mergeTails(from: start, into: Fill())
    }

    private func decode(_ chunk: ChunkView, _ range: TimeRange) throws(ChunkError) {
        let before = fill
        switch chunk.encoding {
        case .aggregates:
            try checkResolution(chunk)
            try AggregateChunk.decode(chunk.bytes, from: range.from, through: range.through, .all, into: windows)
        case .histogramAggregates:
            try checkResolution(chunk)
            try HistogramAggregateChunk.decode(chunk.bytes, from: range.from, through: range.through, into: &histogramWindows)
        case .histogram, .floatHistogram:
            try ChunkDecoder.decode(chunk.bytes, chunk.encoding, from: range.from, through: range.through, into: histograms)
            try checkOrder(histograms.times, before.histograms..<histograms.count)
        default:
            try ChunkDecoder.decode(chunk.bytes, chunk.encoding, from: range.from, through: range.through, into: samples)
            try checkOrder(samples.times, before.samples..<samples.count)
        }
    }

    /// A window that lies in two of those to be made could be put into neither.
    private func checkResolution(_ chunk: ChunkView) throws(ChunkError) {
        let finer = try AggregateChunk.resolution(chunk.bytes)
        guard resolution % finer == 0 else { throw ChunkError(offset: 0, reason: "windows of \(finer) ms where \(resolution) ms are to be made") }
    }

    private func checkOrder(_ times: UnsafePointer<Timestamp>, _ places: Range<Int>) throws(ChunkError) {
        var at = places.lowerBound &+ 1
        while at < places.upperBound {
            guard times[at &- 1] < times[at] else {
                throw ChunkError(offset: 0, reason: "times do not ascend: \(times[at]) follows \(times[at - 1])")
            }
            at &+= 1
        }
    }

    /// A window of which something was deleted goes as a whole: what else was in it is not known.
    private func remove(_ deleted: [TimeRange], from start: Fill) {
        samples.remove(deleted, from: start.samples)
        histograms.retain(from: start.histograms) { time in !deleted.contains { $0.contains(time) } }
        windows.remove(deleted, from: start.windows)
        histogramWindows.remove(deleted, from: start.histogramWindows)
    }

    private func mergeTails(from start: Fill, into first: Fill) {
        samples.mergeTail(from: start.samples, into: first.samples)
        histograms.mergeTail(from: start.histograms, into: first.histograms)
        windows.mergeTail(from: start.windows, into: first.windows)
        histogramWindows.mergeTail(from: start.histogramWindows, into: first.histogramWindows)
    }
}

extension AggregateColumn {
    /// Removes the windows from index `start` on that end in one of the ranges, which cover whole windows (see `Tombstones.widened`).
    func remove(_ ranges: [TimeRange], from start: Int) {
        var kept = start
        for place in start..<count where !ranges.contains(where: { $0.contains(ends[place]) }) {
            if kept < place { self[kept] = self[place] }
            kept += 1
        }
        count = kept
    }
}

extension [HistogramAggregate] {
    /// The same for histograms.
    mutating func remove(_ ranges: [TimeRange], from start: Int) {
        let kept = self[start...].filter { window in !ranges.contains { $0.contains(window.end) } }
        replaceSubrange(start..., with: kept)
    }
}
