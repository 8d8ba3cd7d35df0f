/// Something about the catalog that whoever runs the server should know, for the log.
public enum CatalogEvent: Sendable, Equatable, CustomStringConvertible {
    /// SQLite does not take records, which go to the spill file.
    case refused(reason: String)
    /// It takes them again; so many have come out of the spill file.
    case replayed(records: Int)
    case lost(records: Int, reason: String)
    case spillTorn(path: String, bytes: Int)
    case spillDamaged(path: String, reason: String, bytes: Int, setAside: String)
    case purged(records: Int, mark: ChainMark)
    case purgeFailed(reason: String)
    /// Where the chain is now: noted elsewhere, it shows later whether records behind it were cut off or written anew.
    case chain(ChainMark)

    public var description: String {
        switch self {
        case .refused(let reason): "records are kept in the spill file, as the catalog does not take them: \(reason)"
        case .replayed(let records): "\(records) records from the spill file are in the catalog"
        case .lost(let records, let reason): "\(records) records are lost: \(reason)"
        case .spillTorn(let path, let bytes): "\(path): an unfinished write of \(bytes) bytes at the end is passed over"
        case .spillDamaged(let path, let reason, let bytes, let place):
            "\(path) is damaged: \(reason); \(bytes) bytes from there on are lost, and the file was set aside as \(place)"
        case .purged(let records, let mark): "\(records) old records were purged, up to \(mark)"
        case .purgeFailed(let reason): "old records could not be purged: \(reason)"
        case .chain(let mark): "the chain of records is at \(mark)"
        }
    }

    public var isError: Bool {
        switch self {
        case .refused, .lost, .spillDamaged, .purgeFailed: true
        case .replayed, .spillTorn, .purged, .chain: false
        }
    }
}
