import Glibc

/// Copies a data folder's samples while a server may be writing to it: blocks and what is whole of the logs as links to the same files, the rest byte by
/// byte. Nothing is locked and nothing in the folder is changed.
///
/// The copy has all that was in the log when its last segment was read; a record that was just being written is the torn end of it, which a start cuts
/// off. Chunks of the head are left out, as they are in the log too.
public struct FolderCopy {
    private let source: DataFolder
    private let target: DataFolder
    private let files: any FileSystem

    /// A server may make blocks of what it cuts off its log while the copy is made; then it is made anew.
    private static let patience = 5

    private init(_ source: String, _ target: String, _ files: any FileSystem) {
        self.source = DataFolder(path: source)
        self.target = DataFolder(path: target)
        self.files = files
    }

    /// Makes the copy in a folder that is not there or empty; returns how many blocks it has. Throws `StorageError`.
    @discardableResult
    public static func make(of source: String, at target: String, _ files: any FileSystem) throws(StorageError) -> Int {
        let copy = FolderCopy(source, target, files)
        return try wrapped { () throws(FileError) in
            for _ in 0..<patience {
                if let blocks = try copy.attempt() { return blocks }
                try copy.clear()
            }
            throw FileError(path: source, operation: "find a quiet moment to copy", code: EAGAIN)
        }
    }

    /// What the copy must have all of, or nothing.
    private struct Names: Equatable {
        let blocks: [ULID]
        let tiers: [Tier: [ULID]]
        let checkpoint: String?
        let first: Int?
    }

    private func names() throws(FileError) -> Names {
        let blocks = try source.blocks(files).sorted()
        var tiers: [Tier: [ULID]] = [:]
        for tier in Tier.allCases { tiers[tier] = try source.blocks(files, of: tier).sorted() }
        let checkpoint = try Checkpoint.latest(source.wal, files)?.folder
        return Names(blocks: blocks, tiers: tiers, checkpoint: checkpoint, first: try WALFolder.segments(source.wal, files).first)
    }

    /// Nil if the folder has changed meanwhile.
    private func attempt() throws(FileError) -> Int? {
        let before = try names()
        do {
            try files.makeLastingFolder(target.path)
            for ulid in before.blocks { try link(source.block(ulid), to: target.block(ulid)) }
            for (tier, ulids) in before.tiers.sorted(by: { $0.key < $1.key }) where !ulids.isEmpty {
                try files.makeLastingFolder(target.blocks(of: tier))
                for ulid in ulids { try link(source.block(ulid, of: tier), to: target.block(ulid, of: tier)) }
                try files.syncFolder(target.blocks(of: tier))
            }
            try copyLog(source.wal, to: target.wal)
            if try files.kind(source.wbl) == .folder { try copyLog(source.wbl, to: target.wbl) }
            if try files.kind(source.state) == .file { _ = try files.copy(source.state, to: target.state) }
            try files.syncFolder(target.path)
        } catch {
            // A file that went is a sign of change.
            guard error.isMissing, try names() != before else { throw error }
            return nil
        }
        return try names() == before ? before.blocks.count : nil
    }

    private func clear() throws(FileError) {
        for name in try files.list(target.path) { try files.removeAll(FilePath.join(target.path, name)) }
    }

    /// All but the newest segment will not change any more.
    private func copyLog(_ log: String, to copy: String) throws(FileError) {
        try files.makeFolder(copy)
        guard try files.kind(log) == .folder else { return try files.syncFolder(copy) }
        if let checkpoint = try Checkpoint.latest(log, files) {
            try link(checkpoint.folder, to: FilePath.join(copy, FilePath.name(checkpoint.folder)))
        }
        let segments = try WALFolder.segments(log, files)
        for segment in segments {
            let (path, target) = (WALFolder.segmentPath(log, segment), WALFolder.segmentPath(copy, segment))
            if segment == segments.last { _ = try files.copy(path, to: target) } else { try linkFile(path, to: target) }
        }
        try files.syncFolder(copy)
    }

    private func link(_ folder: String, to copy: String) throws(FileError) {
        try files.makeFolder(copy)
        for name in try files.list(folder) {
            let (path, target) = (FilePath.join(folder, name), FilePath.join(copy, name))
            if try files.kind(path) == .folder { try link(path, to: target) } else { try linkFile(path, to: target) }
        }
        try files.syncFolder(copy)
    }

    /// On another disk there are no links.
    private func linkFile(_ path: String, to copy: String) throws(FileError) {
        do {
            try files.link(path, to: copy)
        } catch {
            guard error.isOtherDisk else { throw error }
            _ = try files.copy(path, to: copy)
        }
    }
}
