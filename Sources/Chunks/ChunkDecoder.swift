public import Model

/// Reading chunks of any encoding.
public enum ChunkDecoder {
    /// Appends the floats of a chunk with `from ≤ time ≤ through` to `column`; none of a chunk of histograms. Of windows these are the last samples,
    /// and the stale markers behind them.
    ///
    /// Throws `ChunkError` if the bytes cannot be read or their encoding is not known; `column` then is as it was.
    public static func decode(
        _ chunk: UnsafeRawBufferPointer, _ encoding: ChunkEncoding, from: Timestamp = .min, through: Timestamp = .max, into column: SampleColumn
    ) throws(ChunkError) {
        switch encoding {
        case .xor: try XORChunk.decode(chunk, from: from, through: through, into: column)
        case .xor2: try XOR2Chunk.decode(chunk, from: from, through: through, into: column)
        case .aggregates: try AggregateChunk.decodeLasts(chunk, from: from, through: through, into: column)
        case .histogram, .floatHistogram, .histogramAggregates: break
        default: throw unknown(encoding)
        }
    }

    /// Appends the histograms of a chunk with `from ≤ time ≤ through` to `column`; none of a chunk of floats. Of windows likewise.
    ///
    /// Throws `ChunkError` if the bytes cannot be read or their encoding is not known; `column` then is as it was.
    public static func decode(
        _ chunk: UnsafeRawBufferPointer, _ encoding: ChunkEncoding, from: Timestamp = .min, through: Timestamp = .max,
        into column: HistogramColumn
    ) throws(ChunkError) {
        switch encoding {
        case .xor, .xor2, .aggregates: break
        case .histogramAggregates: try HistogramAggregateChunk.decodeLasts(chunk, from: from, through: through, into: column)
        case .histogram, .floatHistogram: try HistogramChunk.decode(chunk, encoding: encoding, from: from, through: through, into: column)
        default: throw unknown(encoding)
        }
    }

    private static func unknown(_ encoding: ChunkEncoding) -> ChunkError {
        ChunkError(offset: 0, reason: "chunk encoding \(encoding.rawValue) is not known")
    }
}

extension ChunkEncoding {
    /// Samples, not windows.
    public var holdsFloats: Bool { self == .xor || self == .xor2 }
    public var holdsHistograms: Bool { self == .histogram || self == .floatHistogram }
}
