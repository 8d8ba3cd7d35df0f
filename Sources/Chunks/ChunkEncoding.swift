/// How a chunk's bytes are to be read. The numbers stand in block segments and in head chunk files, so they are Prometheus's; blocks may hold
/// encodings that this version cannot decode, which is why this is no enumeration.
public struct ChunkEncoding: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let none = ChunkEncoding(rawValue: 0)
    /// Floats; what `XORState` writes.
    public static let xor = ChunkEncoding(rawValue: 1)
    /// Native histograms with integer counts.
    public static let histogram = ChunkEncoding(rawValue: 2)
    /// Native histograms with float counts.
    public static let floatHistogram = ChunkEncoding(rawValue: 3)
    /// Floats in the younger form of new Prometheus releases; read, never written.
    public static let xor2 = ChunkEncoding(rawValue: 4)
    /// Windows of floats, in blocks of tiers only; what `AggregateChunk` writes. Far from what others use.
    public static let aggregates = ChunkEncoding(rawValue: 0xa0)
    /// Windows of native histograms, likewise.
    public static let histogramAggregates = ChunkEncoding(rawValue: 0xa1)
}
