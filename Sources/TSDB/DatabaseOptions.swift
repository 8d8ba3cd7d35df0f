public struct DatabaseOptions: Sendable {
    /// When what was appended is forced to the disk. Whatever is chosen, it survives the end of the process; this is about power cuts.
    public enum WALSync: Sendable, Equatable {
        /// Before `append` returns.
        case always
        /// By `sync`, which the owner calls so often, in milliseconds.
        case interval(Int64)
        /// Only when the database is closed.
        case off
    }

    public var head = HeadOptions()
    public var walSync = WALSync.interval(1000)
    /// Bytes of a log segment.
    public var walSegmentSize = 128 << 20

    public init() {}
}
