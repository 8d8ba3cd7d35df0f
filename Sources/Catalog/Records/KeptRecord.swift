/// A record that is kept.
public struct KeptRecord: Sendable, Hashable {
    /// Its place in the chain, from 1 without gaps.
    public let number: Int64
    public let entry: RecordEntry

    public init(number: Int64, entry: RecordEntry) {
        self.number = number
        self.entry = entry
    }
}

/// What a record is known by from when it is made: it may come twice out of a spill file and must be kept once.
struct RecordID: Sendable, Hashable {
    /// Another one in each run of the program.
    let run: UInt64
    let sequence: UInt64

    init(run: UInt64, sequence: UInt64) {
        self.run = run
        self.sequence = sequence
    }

    /// 16 bytes, big-endian.
    var bytes: [UInt8] { bigEndianBytes(run) + bigEndianBytes(sequence) }

    /// Nil if there are not 16 bytes.
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        run = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        sequence = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// A record that is not kept yet.
struct PendingRecord: Sendable, Hashable {
    let id: RecordID
    let entry: RecordEntry
}

func bigEndianBytes(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) } }
