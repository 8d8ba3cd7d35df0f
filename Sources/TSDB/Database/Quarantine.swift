import Synchronization

/// Files and blocks that could not be read: moved out of the way, never deleted.
final class Quarantine: Sendable {
    private let folder: String
    private let files: any FileSystem
    private let list: Mutex<[DatabaseStatus.Quarantined]>

    /// Finds what earlier runs have set aside.
    init(_ folder: String, _ files: any FileSystem) throws(FileError) {
        self.folder = folder
        self.files = files
        var found: [DatabaseStatus.Quarantined] = []
        if try files.kind(folder) == .folder {
            for name in try files.list(folder) {
                found.append(.init(path: FilePath.join(folder, name), cause: "set aside by an earlier run"))
            }
        }
        list = Mutex(found)
    }

    var all: [DatabaseStatus.Quarantined] { list.withLock { $0 } }

    /// Moves a file or folder into the quarantine under its own name, or one like it if that is taken. Returns the new path.
    @discardableResult
    func take(_ path: String, cause: String) throws(FileError) -> String {
        try files.makeLastingFolder(folder)
        let target = try files.freeName(FilePath.join(folder, FilePath.name(path)))
        try files.rename(path, to: target)
        try files.syncFolder(folder)
        try files.syncFolder(FilePath.folder(path))
        note(target, cause: cause)
        return target
    }

    /// For what others have moved here.
    func note(_ path: String, cause: String) {
        list.withLock { $0.append(.init(path: path, cause: cause)) }
    }
}

extension FileSystem {
    /// `path`, or the first of `path-2`, `path-3`, … that nothing has yet.
    func freeName(_ path: String) throws(FileError) -> String {
        var name = path
        var n = 1
        while try kind(name) != nil {
            n += 1
            name = "\(path)-\(n)"
        }
        return name
    }
}
