/// A chunk whose bytes cannot be what an encoder wrote.
public struct ChunkError: Error, Equatable, CustomStringConvertible {
    /// The byte of the chunk at which the decoder noticed.
    public let offset: Int
    public let reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "damaged chunk, byte \(offset): \(reason)" }
}
