public import TSDB
import Glibc
import Model
import Synchronization

/// A file system in memory whose disk fails on demand.
///
/// The fault model:
/// - Every call that changes something (open for writing, append, truncate, sync, rename, remove, make folder, sync folder) is counted from 1, and
///   `failCall(_:with:)` makes a certain one fail with an errno. A failing append writes a random part of its bytes first (a short write).
///   A failing sync drops what was not synced yet from the disk's view, and the file counts as synced afterwards, as kernels do: the running
///   program still reads the bytes, a crash loses them. Every other failing call changes nothing.
/// - `capacity` is the room for contents in bytes; an append beyond it writes what fits and fails with ENOSPC.
/// - `crash()` gives the disk as it is found after a power cut. Of each file all that was synced is there, and of what was appended since a
///   random part; the rest is missing, or zeros, or, in one run of 512 bytes, random. Names made, renamed or removed since their folder was
///   synced are, folder by folder, all there or all as they were at that time. Locks are gone.
/// - A mapping shows what the running program would read, with zeros behind the end of the file; it outlives a crash as the old disk does.
/// - Randomness comes from the seed alone.
public final class MemoryFileSystem: FileSystem {
    fileprivate final class Contents: @unchecked Sendable {
        // Guarded by the file system's lock.
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        /// What a failed sync has marked clean: lost at a crash, never written again.
        var dropped = false
        private var mappings: [WeakMapping] = []

        func map(length: Int?) -> MemoryMapping {
            let mapping = MemoryMapping(length: length ?? bytes.count)
            mapping.show(bytes, from: 0)
            mappings.removeAll { $0.mapping == nil }
            mappings.append(WeakMapping(mapping: mapping))
            return mapping
        }

        /// To be called after every change: from `offset` on the bytes may be others than before.
        func showChange(from offset: Int) {
            for entry in mappings { entry.mapping?.show(bytes, from: offset) }
        }
    }

    fileprivate struct Folder {
        var names: [String: Contents] = [:]
        var durableNames: [String: Contents] = [:]
    }

    fileprivate struct State: Sendable {
        var folders: [String: Folder] = ["/": Folder()]
        var random: SeededRandom
        var calls = 0
        var failures: [Int: Int32] = [:]
        var locks: Set<String> = []
        var capacity = Int.max
        var syncs = 0
    }

    private let state: Mutex<State>

    public init(seed: UInt64 = 1) { state = Mutex(State(random: SeededRandom(seed))) }

    private init(_ initial: State) { state = Mutex(initial) }

    /// How many changing calls there were.
    public var calls: Int { state.withLock { $0.calls } }
    /// How many files were synced.
    public var syncs: Int { state.withLock { $0.syncs } }

    /// Makes the `call`th changing call fail.
    public func failCall(_ call: Int, with code: Int32 = EIO) { state.withLock { $0.failures[call] = code } }

    public func setCapacity(_ bytes: Int) { state.withLock { $0.capacity = bytes } }

    /// The contents of a file, for tests to look at and to damage.
    public func contents(_ path: String) -> [UInt8] { state.withLock { $0.file(path)?.bytes ?? [] } }

    public func setContents(_ path: String, _ bytes: [UInt8]) {
        state.withLock { state in
            let file = state.file(path) ?? Contents()
            file.bytes = bytes
            file.durable = bytes
            file.showChange(from: 0)
            state.folders[FilePath.folder(path)]?.names[name(path)] = file
            state.folders[FilePath.folder(path)]?.durableNames[name(path)] = file
        }
    }

    /// The disk after a power cut at this moment.
    public func crash() -> MemoryFileSystem {
        state.withLock { state in
            var after = State(random: SeededRandom(state.random.next()))
            for path in state.folders.keys.sorted() {
                guard let folder = state.folders[path] else { continue }
                let names = state.random.below(2) == 0 ? folder.names : folder.durableNames
                var survivors: [String: Contents] = [:]
                for name in names.keys.sorted() {
                    guard let contents = names[name] else { continue }
                    let left = Contents()
                    left.bytes = survivingBytes(contents, &state.random)
                    left.durable = left.bytes
                    survivors[name] = left
                }
                after.folders[path] = Folder(names: survivors, durableNames: survivors)
            }
            return MemoryFileSystem(after)
        }
    }

    private func survivingBytes(_ file: Contents, _ random: inout SeededRandom) -> [UInt8] {
        let kept = file.durable.count
        guard !file.dropped, file.bytes.count > kept else { return file.durable }
        let reached = kept + random.below(file.bytes.count - kept + 1)
        var bytes = Array(file.bytes[..<reached])
        switch random.below(3) {
        case 0: break
        case 1: bytes += [UInt8](repeating: 0, count: random.below(file.bytes.count - reached + 1))
        default: bytes += (0..<min(512, file.bytes.count - reached)).map { _ in UInt8(random.below(256)) }
        }
        return bytes
    }

    // MARK: FileSystem

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        let contents = try state.withLock { (state) throws(FileError) -> Contents in
            guard state.folders[FilePath.folder(path)] != nil else { throw FileError(path: path, operation: "open", code: ENOENT) }
            let there = state.file(path)
            if mode == .read {
                guard let there else { throw FileError(path: path, operation: "open", code: ENOENT) }
                return there
            }
            try state.count("open", path)
            if mode == .create, there != nil { throw FileError(path: path, operation: "open", code: EEXIST) }
            let file = there ?? Contents()
            if mode == .replace {
                file.bytes = []
                file.showChange(from: 0)
            }
            state.folders[FilePath.folder(path)]?.names[name(path)] = file
            return file
        }
        return MemoryFile(path, contents, self)
    }

    public func map(_ path: String, length: Int?) throws(FileError) -> any FileMapping {
        try state.withLock { (state) throws(FileError) -> MemoryMapping in
            guard let file = state.file(path) else { throw FileError(path: path, operation: "map", code: ENOENT) }
            return file.map(length: length)
        }
    }

    public func makeFolder(_ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            if state.folders[path] != nil { return }
            try state.count("make folder", path)
            var at = path
            while state.folders[at] == nil, at != "." {
                state.folders[at] = Folder()
                at = FilePath.folder(at)
            }
        }
    }

    public func list(_ path: String) throws(FileError) -> [String] {
        try state.withLock { (state) throws(FileError) in
            guard let folder = state.folders[path] else { throw FileError(path: path, operation: "list", code: ENOENT) }
            let folders = state.folders.keys.filter { $0 != path && FilePath.folder($0) == path }.map(name)
            return (Array(folder.names.keys) + folders).sorted(by: precedes)
        }
    }

    public func kind(_ path: String) throws(FileError) -> FileKind? {
        state.withLock { state in
            if state.folders[path] != nil { return .folder }
            return state.file(path) == nil ? nil : .file
        }
    }

    public func rename(_ path: String, to target: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("rename", path)
            guard let file = state.file(path) else { return try state.renameFolder(path, target) }
            state.folders[FilePath.folder(path)]?.names[name(path)] = nil
            state.folders[FilePath.folder(target)]?.names[name(target)] = file
        }
    }

    public func remove(_ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("remove", path)
            if let folder = state.folders[path] {
                guard folder.names.isEmpty else { throw FileError(path: path, operation: "remove", code: ENOTEMPTY) }
                state.folders[path] = nil
            } else if state.folders[FilePath.folder(path)]?.names.removeValue(forKey: name(path)) == nil {
                throw FileError(path: path, operation: "remove", code: ENOENT)
            }
        }
    }

    public func link(_ path: String, to target: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("link", path)
            guard let file = state.file(path) else { throw FileError(path: path, operation: "link", code: ENOENT) }
            guard state.file(target) == nil else { throw FileError(path: target, operation: "link", code: EEXIST) }
            state.folders[FilePath.folder(target)]?.names[name(target)] = file
        }
    }

    public func space(_ path: String) throws(FileError) -> DiskSpace {
        state.withLock { state in
            let total = Int64(min(state.capacity, 1 << 50))
            return DiskSpace(free: max(0, total - Int64(state.used)), total: total)
        }
    }

    public func syncFolder(_ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("sync folder", path)
            guard let names = state.folders[path]?.names else { throw FileError(path: path, operation: "sync folder", code: ENOENT) }
            state.folders[path]?.durableNames = names
        }
    }

    public func lock(_ path: String) throws -> any FileLock {
        try state.withLock { state in
            guard state.locks.insert(path).inserted else { throw FolderInUse(path: path) }
        }
        return MemoryLock { [self] in state.withLock { _ = $0.locks.remove(path) } }
    }

    // MARK: Files

    fileprivate func append(_ bytes: [UInt8], to file: Contents, _ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            let before = file.bytes.count
            defer { file.showChange(from: before) }
            do throws(FileError) {
                try state.count("write", path)
            } catch {
                file.bytes += bytes.prefix(state.random.below(bytes.count + 1))
                throw error
            }
            let room = max(0, state.capacity - state.used)
            file.bytes += bytes.prefix(room)
            if room < bytes.count { throw FileError(path: path, operation: "write", code: ENOSPC) }
        }
    }

    fileprivate func truncate(_ file: Contents, to size: Int, _ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("truncate", path)
            defer { file.showChange(from: 0) }
            if size < file.bytes.count {
                file.bytes.removeLast(file.bytes.count - size)
            } else {
                file.bytes += [UInt8](repeating: 0, count: size - file.bytes.count)
            }
        }
    }

    fileprivate func sync(_ file: Contents, _ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            state.syncs += 1
            do throws(FileError) {
                try state.count("sync", path)
            } catch {
                file.dropped = true
                throw error
            }
            if !file.dropped { file.durable = file.bytes }
        }
    }

    fileprivate func bytes(of file: Contents) -> [UInt8] { state.withLock { _ in file.bytes } }
}

extension MemoryFileSystem.State {
    func file(_ path: String) -> MemoryFileSystem.Contents? { folders[FilePath.folder(path)]?.names[name(path)] }

    /// Bytes of all files' contents.
    var used: Int { folders.values.reduce(0) { $0 + $1.names.values.reduce(0) { $0 + $1.bytes.count } } }

    /// Counts a changing call, which fails if it is the chosen one.
    mutating func count(_ operation: String, _ path: String) throws(FileError) {
        calls += 1
        if let code = failures[calls] { throw FileError(path: path, operation: operation, code: code) }
    }

    mutating func renameFolder(_ path: String, _ target: String) throws(FileError) {
        guard folders[path] != nil else { throw FileError(path: path, operation: "rename", code: ENOENT) }
        for old in folders.keys where old == path || old.hasPrefix(path + "/") {
            folders[target + old.dropFirst(path.count)] = folders.removeValue(forKey: old)
        }
    }
}

private func name(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
}

private final class MemoryFile: File {
    let path: String
    private let contents: MemoryFileSystem.Contents
    private let fileSystem: MemoryFileSystem

    init(_ path: String, _ contents: MemoryFileSystem.Contents, _ fileSystem: MemoryFileSystem) {
        self.path = path
        self.contents = contents
        self.fileSystem = fileSystem
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try fileSystem.append(Array(bytes), to: contents, path) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let part = fileSystem.bytes(of: contents).dropFirst(offset).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }

    func size() throws(FileError) -> Int { fileSystem.bytes(of: contents).count }
    func truncate(to size: Int) throws(FileError) { try fileSystem.truncate(contents, to: size, path) }
    func sync() throws(FileError) { try fileSystem.sync(contents, path) }
}

private final class MemoryLock: FileLock {
    private let release: @Sendable () -> Void

    init(_ release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}
