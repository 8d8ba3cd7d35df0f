public import Model

/// A series' samples in a time range are deleted: those that the log has before.
public struct WALTombstone: Hashable, Sendable {
    public var reference: UInt64
    public var range: TimeRange

    public init(reference: UInt64, range: TimeRange) {
        self.reference = reference
        self.range = range
    }

    /// The contents of a tombstones record; see `WALBatch` for the form.
    public static func decode(_ record: UnsafeRawBufferPointer) throws(WALRecordError) -> [WALTombstone] {
        var input = ByteInput(record, offset: 1)
        var tombstones: [WALTombstone] = []
        while !input.atEnd {
            guard let reference = input.takeWord(), let from = input.takeSigned(), let through = input.takeSigned() else {
                throw WALRecordError(offset: input.offset, reason: "ends within a tombstone, or a number is too long")
            }
            tombstones.append(WALTombstone(reference: reference, range: TimeRange(from: from, through: through)))
        }
        return tombstones
    }
}
