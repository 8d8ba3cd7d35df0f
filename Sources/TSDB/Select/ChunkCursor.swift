public import Chunks
public import Model

/// The times from `from` to `through`, both included.
public struct TimeRange: Hashable, Sendable {
    public var from: Timestamp
    public var through: Timestamp

    public init(from: Timestamp, through: Timestamp) {
        self.from = from
        self.through = through
    }

    public func overlaps(_ other: TimeRange) -> Bool { from <= other.through && other.from <= through }
    public func contains(_ time: Timestamp) -> Bool { from <= time && time <= through }
    public func covers(_ other: TimeRange) -> Bool { from <= other.from && other.through <= through }
}

/// One chunk where it lies: in a mapped file, or in memory.
public struct ChunkView {
    public var encoding: ChunkEncoding
    /// The times of its first and its last sample.
    public var range: TimeRange
    /// The encoded samples, without length, encoding and checksum. Valid until the cursor that gave it moves on.
    public var bytes: UnsafeRawBufferPointer

    public init(encoding: ChunkEncoding, range: TimeRange, bytes: UnsafeRawBufferPointer) {
        self.encoding = encoding
        self.range = range
        self.bytes = bytes
    }
}

/// Series after series with their chunks: what blocks are written from, and what dumps and checks read.
///
/// Used by one thread. Bytes have passed their checksum when they are handed out.
public protocol ChunkSeriesCursor: AnyObject {
    /// Moves on to the next series, in the order of their labels; false at the end. Throws `StorageError.damaged` at bytes that fail their
    /// checksum; after that `next` may be called again and goes on with what can be read: the rest of that series, or the one behind it.
    func next() throws(StorageError) -> Bool
    /// The labels of the current series.
    var labels: Labels { get }
    /// The current series' chunks in order of their first sample; they overlap only where out-of-order samples came.
    var chunks: [ChunkView] { get }
    /// What was deleted of the current series and still is in its chunks, ascending, disjoint.
    var deleted: [TimeRange] { get }
}
