/// Why the storage could not do what it was asked to.
public enum StorageError: Error, CustomStringConvertible {
    case file(FileError)
    /// Another process has the data folder.
    case inUse(FolderInUse)
    /// The log was written by another program in a form that cannot be read.
    case compressedLog(WALCompressed)
    /// Appended to or synced after `close`.
    case closed(path: String)
    /// Bytes that fail their checksum or cannot be what a writer wrote.
    case damaged(path: String, offset: Int, reason: String)
    /// A later version wrote it; nothing was touched.
    case newerForm(path: String, version: Int64, known: Int64)
    /// No samples are taken at the moment.
    case readOnly(reason: String)
    /// The owner ended the work before it was done; nothing of it is left.
    case stopped
    /// A series with more labels than the head can hold.
    case tooManyLabels(count: Int, limit: Int)

    public var description: String {
        switch self {
        case .file(let error): error.description
        case .inUse(let error): error.description
        case .compressedLog(let error): error.description
        case .closed(let path): "the database in \(path) is closed"
        case .damaged(let path, let offset, let reason): "\(path), byte \(offset): \(reason)"
        case .newerForm(let path, let version, let known): "\(path) has version \(version); this program knows versions up to \(known)"
        case .readOnly(let reason): "no samples are taken: \(reason)"
        case .stopped: "stopped before it was done"
        case .tooManyLabels(let count, let limit): "a series with \(count) labels; at most \(limit) are possible"
        }
    }
}
