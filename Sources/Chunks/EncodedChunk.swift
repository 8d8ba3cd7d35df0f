public import Model

/// A finished chunk in memory of its own.
public struct EncodedChunk: Sendable {
    public let encoding: ChunkEncoding
    public let firstTime: Timestamp
    public let lastTime: Timestamp
    public let bytes: [UInt8]

    public init(encoding: ChunkEncoding, firstTime: Timestamp, lastTime: Timestamp, bytes: [UInt8]) {
        self.encoding = encoding
        self.firstTime = firstTime
        self.lastTime = lastTime
        self.bytes = bytes
    }

    /// How many samples it holds.
    public var count: Int { bytes.withUnsafeBytes { XORChunk.count($0) } }
}
