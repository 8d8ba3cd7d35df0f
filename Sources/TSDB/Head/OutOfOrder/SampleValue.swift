import Chunks
import Model

/// What a series has at one time.
enum SampleValue {
    case float(Double)
    case histogram(NativeHistogram)

    /// What a chunk has at a time; nil if nothing, or if its encoding is none that the head writes. `scratch` is overwritten.
    init?(_ chunk: UnsafeRawBufferPointer, _ encoding: ChunkEncoding, at time: Timestamp, _ scratch: SampleColumn) throws(ChunkError) {
        if encoding.holdsHistograms {
            let column = HistogramColumn()
            try ChunkDecoder.decode(chunk, encoding, from: time, through: time, into: column)
            guard column.count > 0 else { return nil }
            self = .histogram(column.histograms[0])
        } else {
            guard encoding == .xor else { return nil }
            scratch.removeAll()
            try XORChunk.decode(chunk, from: time, through: time, into: scratch)
            guard scratch.count > 0 else { return nil }
            self = .float(scratch.values[0])
        }
    }

    /// What another sample of the same time is beside this one.
    func outcome(of other: SampleValue) -> ChunkStore.Outcome {
        switch (self, other) {
        case (.float(let a), .float(let b)): return a.bitPattern == b.bitPattern ? .identical : .duplicate
        case (.histogram(let a), .histogram(let b)):
            // In a chunk it may have got empty buckets.
            var builder = HistogramChunkBuilder()
            _ = builder.append(0, a)
            return builder.isRepetition(b) ? .identical : .duplicate
        default: return .duplicate
        }
    }
}
