import Chunks
import Model
import Testing

@testable import TSDB

@Suite struct TrimmedChunks {
    private func histogram(_ i: Int) -> NativeHistogram {
        .fractional(FloatHistogram(count: Double(i * 2), sum: Double(i)))
    }

    /// A range of a histogram chunk goes; what is left is what it was.
    @Test(arguments: [(0, 10), (40, 60), (95, 200), (50, 50)])
    func histogramsAreTrimmedExactly(from: Timestamp, through: Timestamp) throws {
        var builder = HistogramChunkBuilder()
        for i in 0..<100 { _ = builder.append(Timestamp(i), histogram(i)) }
        let finished = builder.finish()
        let whole = try #require(finished)
        #expect(whole.count == 100)
        try whole.bytes.withUnsafeBytes { bytes in
            let base = UnsafeMutableRawPointer(mutating: try #require(bytes.baseAddress))
            let chunk = ClosedChunk(bytes: base, firstTime: 0, span: 99, encoding: whole.encoding, length: bytes.count)
            let range = TimeRange(from: from, through: through)
            let parts = try #require(try chunk.trimmed(range, SampleColumn()) { .allocate(byteCount: $0, alignment: 8) })
            defer { for part in parts { part.bytes.deallocate() } }
            let column = HistogramColumn()
            for part in parts { try ChunkDecoder.decode(part.buffer, part.encoding, into: column) }
            let wanted = (0..<100).map { Timestamp($0) }.filter { !range.contains($0) }
            #expect(column.times == wanted)
            #expect(
                zip(column.times, column.histograms).allSatisfy { time, histogram in
                    if case .fractional(let found) = histogram { return found.count == Double(time * 2) && found.sum == Double(time) }
                    return false
                })
            #expect(parts.first?.firstTime == wanted.first && parts.last?.lastTime == wanted.last)
        }
    }
}
