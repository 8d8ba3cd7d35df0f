public import TSDB

/// What the catalog cannot do.
public enum CatalogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A later program has written it. Nothing was changed.
    case newerVersion(path: String, found: Int, known: Int)
    /// An SQLite file, or any other, that is no catalog.
    case foreign(path: String)
    /// SQLite's refusal: locked, full, read-only, damaged.
    case refused(path: String, reason: String)
    /// Something kept that cannot be understood.
    case unreadable(what: String, reason: String)
    case file(FileError)
    case closed

    public var description: String {
        switch self {
        case .newerVersion(let path, let found, let known):
            "\(path) has version \(found) of the catalog's form; this program knows versions up to \(known). Nothing was changed"
        case .foreign(let path): "\(path) is no catalog"
        case .refused(let path, let reason): "\(path): \(reason)"
        case .unreadable(let what, let reason): "\(what) cannot be read: \(reason)"
        case .file(let error): error.description
        case .closed: "the catalog is closed"
        }
    }
}
