/// What a reader found that a whole log does not have.
public struct WALReport: Sendable, Equatable {
    /// Where a record begins.
    public struct Place: Sendable, Hashable, CustomStringConvertible {
        public var segment: Int
        public var offset: Int

        public init(segment: Int, offset: Int) {
            self.segment = segment
            self.offset = offset
        }

        public var description: String { "segment \(WALFormat.segmentName(segment)), byte \(offset)" }
    }

    public struct Damage: Sendable, Equatable, CustomStringConvertible {
        /// The record that cannot be read.
        public var place: Place
        public var cause: String

        public var description: String { "write-ahead log damaged at \(place): \(cause)" }
    }

    /// Segments that end within a record, and where it begins: what a crash leaves of a write that was under way. Nothing that
    /// was acknowledged is missing, unless it was not synced yet.
    public var torn: [Place] = []
    /// Bytes that cannot be read although more comes behind them, in order. What is behind them was read.
    public var damages: [Damage] = []
    /// Numbers between segments that no segment has; each gap is among the damages too.
    public var missing: [Range<Int>] = []
    /// How many records were read.
    public var records = 0

    public init() {}

    public var isClean: Bool { torn.isEmpty && damages.isEmpty }
}
