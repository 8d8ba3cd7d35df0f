import Chunks
import Model

/// A cursor, the time in which it counts, and for which series.
struct FoldSource {
    let cursor: any ChunkSeriesCursor
    let range: TimeRange
    /// Nil: all.
    var series: ((Labels) -> Bool)?
}

/// Several cursors as one over the windows of what they have: see `FoldInput`. One series at a time is in memory.
final class FoldCursor: ChunkSeriesCursor {
    private let sources: AlignedCursors
    private let ranges: [TimeRange]
    private let filters: [((Labels) -> Bool)?]
    private let resolution: Int64
    private let gathered: FoldColumns
    private let windows = AggregateColumn()
    private var histograms: [HistogramAggregate] = []
    /// The bytes of the current series' chunks.
    private let output = ByteStore()
    private(set) var chunks: [ChunkView] = []
    var labels: Labels { sources.labels }
    var deleted: [TimeRange] { [] }

    /// With `skipsDamage` what cannot be read is left out; otherwise `next` throws.
    init(_ sources: [FoldSource], resolution: Int64, skipsDamage: Bool = false) {
        self.sources = AlignedCursors(sources.map(\.cursor), skipsDamage: skipsDamage)
        ranges = sources.map(\.range)
        filters = sources.map(\.series)
        gathered = FoldColumns(resolution: resolution, skipsDamage: skipsDamage)
        self.resolution = resolution
    }

    func next() throws(StorageError) -> Bool {
        while try sources.next() {
            gathered.removeAll()
            do {
                for at in sources.current where filters[at]?(labels) ?? true {
                    try gathered.add(sources[at].chunks, deleted: sources[at].deleted, ranges[at])
                }
            } catch {
                throw .damaged(path: "series \(labels)", offset: error.offset, reason: error.reason)
            }
            fold()
            encode()
            if !chunks.isEmpty { return true }
        }
        return false
    }

    private func fold() {
        windows.removeAll()
        histograms.removeAll(keepingCapacity: true)
        windows.fold(gathered.windows, 0..<gathered.windows.count, resolution: resolution)
        let floats = windows.count
        windows.fold(gathered.samples.times, gathered.samples.values, count: gathered.samples.count, resolution: resolution)
        windows.mergeTail(from: floats, into: 0)
        histograms.fold(gathered.histogramWindows, resolution: resolution)
        let start = histograms.count
        histograms.fold(gathered.histograms, 0..<gathered.histograms.count, resolution: resolution)
        histograms.mergeTail(from: start, into: 0)
    }

    private func encode() {
        var encoded = AggregateChunk.encode(windows, 0..<windows.count, resolution: resolution)
        if !histograms.isEmpty {
            encoded += HistogramAggregateChunk.encode(histograms, resolution: resolution)
            encoded.sort { ($0.firstTime, $0.encoding.rawValue) < ($1.firstTime, $1.encoding.rawValue) }
        }
        output.removeAll()
        for chunk in encoded { chunk.bytes.withUnsafeBytes { output.append($0) } }
        var offset = 0
        chunks.removeAll(keepingCapacity: true)
        for chunk in encoded {
            let bytes = UnsafeRawBufferPointer(rebasing: output.bytes[offset..<offset + chunk.bytes.count])
            chunks.append(ChunkView(encoding: chunk.encoding, range: TimeRange(from: chunk.firstTime, through: chunk.lastTime), bytes: bytes))
            offset += chunk.bytes.count
        }
    }
}
