/// Which records of a log are compressed with Snappy.
public enum LogCompression: Sendable, Equatable {
    case none
    /// All but samples. Names shrink to a fraction; of samples, which are mostly digits of numbers, Snappy saves a third, and to restore it takes two
    /// fifths of a start.
    case names
    /// All, as Prometheus does by default.
    case everything

    func takes(_ record: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .none: return false
        case .everything: return true
        case .names:
            let content = WALRecordKind(of: record)?.content
            return content != .samples && content != .histograms
        }
    }
}
