public import TSDB
import Glibc
import Model
import Synchronization

/// A file system in memory whose disk fails on demand.
///
/// The fault model:
/// - Every call that changes something (open for writing, append, truncate, sync, rename, link, remove, make folder, sync folder) is counted from 1,
///   and `failCall(_:with:)` makes a certain one fail with an errno. A failing append writes a random part of its bytes first (a short write).
///   A failing sync drops what was not synced yet from the disk's view, and the file counts as synced afterwards, as kernels do: the running
///   program still reads the bytes, a crash loses them. Every other failing call changes nothing.
/// - `capacity` is the room for contents in bytes; an append beyond it writes what fits and fails with ENOSPC.
/// - `crash()` gives the disk as it is found after a power cut. Of each file all that was synced is there, and of what was appended since a
///   random part; the rest is missing, or zeros, or, in one run of 512 bytes, random. Names made, renamed or removed since their folder was
///   synced are, folder by folder, all there or all as they were at that time. Locks are gone.
/// - A mapping shows what the running program would read, with zeros behind the end of the file; it outlives a crash as the old disk does.
/// - Randomness comes from the seed alone.
public final class MemoryFileSystem: FileSystem {
    /// What the disk only pretends to do.
    public struct Lies: OptionSet, Sendable {
        public let rawValue: Int

        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let fileSyncs = Lies(rawValue: 1)
        public static let folderSyncs = Lies(rawValue: 2)
    }

    fileprivate struct State: Sendable {
        var root = DiskFolder()
        var random: SeededRandom
        var calls = 0
        var failures: [Int: Int32] = [:]
        var locks: Set<String> = []
        var capacity = Int.max
        var syncs = 0
        var lies: Lies = []
        /// nil: none are kept.
        var crashes: [MemoryFileSystem]?
    }

    private let state: Mutex<State>

    public init(seed: UInt64 = 1) { state = Mutex(State(random: SeededRandom(seed))) }

    fileprivate init(_ initial: State) { state = Mutex(initial) }

    /// How many changing calls there were.
    public var calls: Int { state.withLock { $0.calls } }
    /// How many files were synced.
    public var syncs: Int { state.withLock { $0.syncs } }

    /// Makes the `call`th changing call fail.
    public func failCall(_ call: Int, with code: Int32 = EIO) { state.withLock { $0.failures[call] = code } }

    /// Forgets failures that have not come yet.
    public func heal() { state.withLock { $0.failures = [:] } }

    public func setCapacity(_ bytes: Int) { state.withLock { $0.capacity = bytes } }

    /// Calls that succeed from now on without an effect at a crash.
    public func pretend(_ lies: Lies) { state.withLock { $0.lies = lies } }

    /// Bytes in all files.
    public var used: Int { state.withLock { $0.used } }

    /// The paths of all files below a folder, sorted.
    public func paths(below path: String) -> [String] {
        state.withLock { state in
            guard case .folder(let folder)? = state.find(path) else { return [] }
            return folder.paths(path == "/" ? "/" : path + "/")
        }
    }

    /// The contents of a file, for tests to look at and to damage.
    public func contents(_ path: String) -> [UInt8] { state.withLock { $0.file(path)?.bytes ?? [] } }

    public func setContents(_ path: String, _ bytes: [UInt8]) {
        state.withLock { state in
            if let file = state.file(path) { return file.replace(bytes) }
            guard let folder = state.folder(of: path) else { return }
            folder.entries[FilePath.name(path)] = .file(DiskFile(bytes))
            folder.keep(FilePath.name(path))
        }
    }

    /// The disk after a power cut at this moment.
    public func crash() -> MemoryFileSystem { state.withLock { MemoryFileSystem($0.survivor()) } }

    /// From now on keeps, before every changing call, the disk as a power cut at that moment would leave it.
    public func keepCrashes() { state.withLock { $0.crashes = [] } }

    /// What was kept since then, in order of the calls; no more is.
    public func takeCrashes() -> [MemoryFileSystem] {
        state.withLock { state in
            defer { state.crashes = nil }
            return state.crashes ?? []
        }
    }

    // MARK: FileSystem

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        let file = try state.withLock { (state) throws(FileError) -> DiskFile in
            guard let folder = state.folder(of: path) else { throw FileError(path: path, operation: "open", code: ENOENT) }
            let there = state.file(path)
            if mode == .read {
                guard let there else { throw FileError(path: path, operation: "open", code: ENOENT) }
                return there
            }
            try state.count("open", path)
            if mode == .create, there != nil { throw FileError(path: path, operation: "open", code: EEXIST) }
            let file = there ?? DiskFile()
            if mode == .replace { file.truncate(to: 0) }
            folder.entries[FilePath.name(path)] = .file(file)
            return file
        }
        return MemoryFile(path, file, self)
    }

    public func map(_ path: String, length: Int?) throws(FileError) -> any FileMapping {
        try state.withLock { (state) throws(FileError) -> MemoryMapping in
            guard let file = state.file(path) else { throw FileError(path: path, operation: "map", code: ENOENT) }
            return file.map(length: length)
        }
    }

    public func makeFolder(_ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            if case .folder? = state.find(path) { return }
            try state.count("make folder", path)
            var at = state.root
            for name in parts(path) {
                if case .folder(let below)? = at.entries[name] {
                    at = below
                } else {
                    let new = DiskFolder()
                    at.entries[name] = .folder(new)
                    at = new
                }
            }
        }
    }

    public func list(_ path: String) throws(FileError) -> [String] {
        try state.withLock { (state) throws(FileError) in
            guard case .folder(let folder)? = state.find(path) else { throw FileError(path: path, operation: "list", code: ENOENT) }
            return folder.entries.keys.sorted(by: precedes)
        }
    }

    public func kind(_ path: String) throws(FileError) -> FileKind? {
        state.withLock { state in
            switch state.find(path) {
            case .file: .file
            case .folder: .folder
            case nil: nil
            }
        }
    }

    public func rename(_ path: String, to target: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("rename", path)
            guard let node = state.find(path), let to = state.folder(of: target) else {
                throw FileError(path: path, operation: "rename", code: ENOENT)
            }
            if case .folder(let there)? = state.find(target), !there.entries.isEmpty {
                throw FileError(path: target, operation: "rename", code: ENOTEMPTY)
            }
            state.folder(of: path)?.entries[FilePath.name(path)] = nil
            to.entries[FilePath.name(target)] = node
        }
    }

    public func remove(_ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("remove", path)
            guard let node = state.find(path) else { throw FileError(path: path, operation: "remove", code: ENOENT) }
            if case .folder(let folder) = node, !folder.entries.isEmpty {
                throw FileError(path: path, operation: "remove", code: ENOTEMPTY)
            }
            state.folder(of: path)?.entries[FilePath.name(path)] = nil
        }
    }

    public func link(_ path: String, to target: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("link", path)
            guard let file = state.file(path), let to = state.folder(of: target) else {
                throw FileError(path: path, operation: "link", code: ENOENT)
            }
            guard state.find(target) == nil else { throw FileError(path: target, operation: "link", code: EEXIST) }
            to.entries[FilePath.name(target)] = .file(file)
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
            guard case .folder(let folder)? = state.find(path) else { throw FileError(path: path, operation: "sync folder", code: ENOENT) }
            if !state.lies.contains(.folderSyncs) { folder.sync() }
        }
    }

    public func lock(_ path: String) throws -> any FileLock {
        try state.withLock { state in
            guard state.locks.insert(path).inserted else { throw FolderInUse(path: path) }
        }
        return MemoryLock { [self] in state.withLock { _ = $0.locks.remove(path) } }
    }

    // MARK: Files

    fileprivate func append(_ bytes: [UInt8], to file: DiskFile, _ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            do throws(FileError) {
                try state.count("write", path)
            } catch {
                file.append(bytes.prefix(state.random.below(bytes.count + 1)))
                throw error
            }
            let room = state.capacity == .max ? bytes.count : max(0, state.capacity - state.used)
            file.append(bytes.prefix(room))
            if room < bytes.count { throw FileError(path: path, operation: "write", code: ENOSPC) }
        }
    }

    fileprivate func truncate(_ file: DiskFile, to size: Int, _ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try state.count("truncate", path)
            file.truncate(to: size)
        }
    }

    fileprivate func sync(_ file: DiskFile, _ path: String) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            state.syncs += 1
            do throws(FileError) {
                try state.count("sync", path)
            } catch {
                file.failSync()
                throw error
            }
            if !state.lies.contains(.fileSyncs) { file.sync() }
        }
    }

    fileprivate func bytes(of file: DiskFile) -> [UInt8] { state.withLock { _ in file.bytes } }
}

extension MemoryFileSystem.State {
    func find(_ path: String) -> DiskNode? {
        var node = DiskNode.folder(root)
        for name in parts(path) {
            guard case .folder(let folder) = node, let next = folder.entries[name] else { return nil }
            node = next
        }
        return node
    }

    func file(_ path: String) -> DiskFile? {
        if case .file(let file)? = find(path) { return file }
        return nil
    }

    /// The folder in which a name is, or would be.
    func folder(of path: String) -> DiskFolder? {
        if case .folder(let folder)? = find(FilePath.folder(path)) { return folder }
        return nil
    }

    /// Bytes of all files' contents.
    var used: Int {
        var seen: Set<ObjectIdentifier> = []
        return root.used(&seen)
    }

    /// What a power cut leaves.
    mutating func survivor() -> MemoryFileSystem.State {
        var after = MemoryFileSystem.State(random: SeededRandom(random.next()))
        var files: [ObjectIdentifier: DiskFile] = [:]
        after.root = root.survivor(&random, &files)
        after.capacity = capacity
        after.lies = lies
        return after
    }

    /// Counts a changing call, which fails if it is the chosen one.
    mutating func count(_ operation: String, _ path: String) throws(FileError) {
        calls += 1
        if crashes != nil {
            let disk = MemoryFileSystem(survivor())
            crashes?.append(disk)
        }
        if let code = failures[calls] { throw FileError(path: path, operation: operation, code: code) }
    }
}

/// The names in a path; relative and absolute paths begin at the same root.
private func parts(_ path: String) -> [String] { path.split(separator: "/").filter { $0 != "." }.map(String.init) }

private final class MemoryFile: File {
    let path: String
    private let contents: DiskFile
    private let fileSystem: MemoryFileSystem

    init(_ path: String, _ contents: DiskFile, _ fileSystem: MemoryFileSystem) {
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
