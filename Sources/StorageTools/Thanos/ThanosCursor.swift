import Chunks
import Model
import TSDB

/// The series of a tier's block with the chunks that Thanos would have.
final class ThanosCursor: ChunkSeriesCursor {
    private let source: any ChunkSeriesCursor
    private let resolution: Int64
    /// The windows written so far, as samples.
    private(set) var stats = BlockMeta.Stats()
    private(set) var chunks: [ChunkView] = []
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)
    var labels: Labels { source.labels }
    var deleted: [TimeRange] { [] }

    init(_ source: any ChunkSeriesCursor, resolution: Int64) {
        self.source = source
        self.resolution = resolution
    }

    deinit { memory.deallocate() }

    func next() throws(StorageError) -> Bool {
        while try source.next() {
            let (floats, histograms) = try windows()
            let (ofFloats, ofHistograms) = (ThanosAggregateChunk.encode(floats), ThanosAggregateChunk.encode(histograms))
            stats.floatSamples += ofFloats.reduce(0) { $0 + $1.count }
            stats.histogramSamples += ofHistograms.reduce(0) { $0 + $1.count }
            stats.samples = stats.floatSamples + stats.histogramSamples
            hold((ofFloats + ofHistograms).sorted { $0.range.from < $1.range.from })
            if !chunks.isEmpty { return true }
        }
        return false
    }

    private func windows() throws(StorageError) -> ([Aggregate], [HistogramAggregate]) {
        let column = AggregateColumn()
        var histograms: [HistogramAggregate] = []
        for chunk in source.chunks {
            do throws(ChunkError) {
                if chunk.encoding == .aggregates {
                    try AggregateChunk.decode(chunk.bytes, into: column)
                } else {
                    try HistogramAggregateChunk.decode(chunk.bytes, into: &histograms)
                }
            } catch {
                throw .damaged(path: "series \(labels)", offset: error.offset, reason: error.reason)
            }
        }
        let floats = (0..<column.count).map { column[$0] }.filter { !isDeleted($0.end) }
        return (floats.sorted { $0.end < $1.end }, histograms.filter { !isDeleted($0.end) }.sorted { $0.end < $1.end })
    }

    /// What is deleted of a tier is whole windows.
    private func isDeleted(_ end: Timestamp) -> Bool { source.deleted.contains { $0.overlaps(TimeRange(from: end - resolution + 1, through: end)) } }

    private func hold(_ made: [ThanosAggregateChunk]) {
        memory.deallocate()
        memory = .allocate(byteCount: made.reduce(0) { $0 + $1.bytes.count }, alignment: 1)
        var offset = 0
        chunks = made.map { chunk in
            let place = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + chunk.bytes.count])
            place.copyBytes(from: chunk.bytes)
            offset += chunk.bytes.count
            return ChunkView(encoding: ThanosAggregateChunk.encoding, range: chunk.range, bytes: UnsafeRawBufferPointer(place))
        }
    }
}
