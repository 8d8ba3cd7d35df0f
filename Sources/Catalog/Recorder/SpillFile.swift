import Glibc
import TSDB

/// Keeps records in a file while SQLite does not take them, in order, up to a limit. For one thread.
final class SpillFile {
    /// There is no room for more; nothing of the batch was kept.
    struct Full: Error {}

    private let path: String
    private let files: any FileSystem
    private let limit: Int
    private let report: @Sendable (CatalogEvent) -> Void
    private var file: (any File)?
    /// Bytes that are whole: what may be behind them is of a write that failed.
    private var end = 0
    /// What is in the file.
    private(set) var count = 0

    /// - Parameter limit: bytes that the file may have.
    init(_ path: String, _ files: any FileSystem, limit: Int, report: @escaping @Sendable (CatalogEvent) -> Void) {
        self.path = path
        self.files = files
        self.limit = limit
        self.report = report
    }

    var isEmpty: Bool { count == 0 }
    var bytes: Int { isEmpty ? 0 : end }

    /// Looks for what the run before has left. What cannot be read is set aside under another name.
    func open() throws(FileError) {
        guard try files.kind(path) == .file else { return }
        let bytes = try files.read(path)
        let contents = SpillFrames.read(bytes)
        if let damage = contents.damage { try setAside(damage, bytes.count - contents.end, contents.records) }
        if contents.torn > 0 { report(.spillTorn(path: path, bytes: contents.torn)) }
        count = contents.records.count
        if contents.damage == nil { end = contents.end }
    }

    /// Keeps all of the batch, synced, or none of it.
    func append(_ records: [PendingRecord]) throws {
        let frames = records.flatMap(SpillFrames.frame)
        let file = try opened()
        guard end + frames.count <= limit else { throw Full() }
        if try file.size() != end { try file.truncate(to: end) }
        try file.append(frames)
        try file.sync()
        end += frames.count
        count += records.count
    }

    /// All that is in it, in order.
    func records() throws(FileError) -> [PendingRecord] {
        count == 0 ? [] : Array(SpillFrames.read(try files.read(path)).records.prefix(count))
    }

    /// Forgets everything; to be called when SQLite has it.
    func clear() throws(FileError) {
        let file = try opened()
        try file.truncate(to: SpillFrames.header.count)
        end = SpillFrames.header.count
        count = 0
        try file.sync()
    }

    private func opened() throws(FileError) -> any File {
        if let file { return file }
        let opened = try files.open(path, .append)
        if end == 0 {
            try opened.truncate(to: 0)
            try opened.append(SpillFrames.header)
            try opened.sync()
            try files.syncFolder(FilePath.folder(path))
            end = SpillFrames.header.count
        }
        file = opened
        return opened
    }

    /// Keeps the damaged file for whoever wants to look at it, and what of it could be read.
    private func setAside(_ damage: String, _ lost: Int, _ records: [PendingRecord]) throws(FileError) {
        var place = path + ".damaged"
        var number = 1
        while try files.kind(place) != nil {
            number += 1
            place = path + ".damaged-\(number)"
        }
        try files.rename(path, to: place)
        report(.spillDamaged(path: path, reason: damage, bytes: lost, setAside: place))
        let file = try files.open(path, .replace)
        let bytes = SpillFrames.header + records.flatMap(SpillFrames.frame)
        try file.append(bytes)
        try file.sync()
        try files.syncFolder(FilePath.folder(path))
        end = bytes.count
    }
}
