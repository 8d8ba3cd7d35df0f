/// Everything the database asks of a file system, so that tests and simulations can hand it another.
///
/// Paths are plain, with `/`. Every call throws `FileError` with path, operation and errno. All of it may be called from several threads.
public protocol FileSystem: Sendable {
    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File
    /// Shows a file's bytes in memory. `length` nil is the file's size now; a greater length keeps room for what will be appended. Bytes behind
    /// the file's end must not be read before they have been appended.
    func map(_ path: String, length: Int?) throws(FileError) -> any FileMapping
    /// Makes a folder and those above it; one that exists is fine.
    func makeFolder(_ path: String) throws(FileError)
    /// The names in a folder, sorted by bytes.
    func list(_ path: String) throws(FileError) -> [String]
    /// What is at `path`; nil if nothing is.
    func kind(_ path: String) throws(FileError) -> FileKind?
    /// Renames a file or folder in one step; a file that is at `target` is replaced.
    func rename(_ path: String, to target: String) throws(FileError)
    /// Removes a file, or an empty folder.
    func remove(_ path: String) throws(FileError)
    /// Gives a file a second name, which must be free.
    func link(_ path: String, to target: String) throws(FileError)
    /// The room on the disk that holds `path`.
    func space(_ path: String) throws(FileError) -> DiskSpace
    /// Makes created, renamed and removed names in a folder durable.
    func syncFolder(_ path: String) throws(FileError)
    /// Takes the lock file at `path`, making it if need be; it is held until the result goes away or the process ends.
    /// Throws `FolderInUse` if somebody else holds it.
    func lock(_ path: String) throws -> any FileLock
}

/// Room on a disk, in bytes.
public struct DiskSpace: Sendable, Equatable {
    /// What ordinary programs may still use.
    public var free: Int64
    public var total: Int64

    public init(free: Int64, total: Int64) {
        self.free = free
        self.total = total
    }
}

/// How a file is opened.
public enum OpenMode: Sendable {
    /// For reading only; the file must be there.
    case read
    /// For reading and appending; an empty file is made if there is none.
    case append
    /// For reading and appending to a file that must not be there yet.
    case create
    /// For reading and appending; what is there is cut off first.
    case replace
}

public enum FileKind: Sendable {
    case file, folder
}

/// An open file, closed when the last reference to it goes away.
public protocol File: AnyObject, Sendable {
    var path: String { get }
    /// Writes all bytes at the end. After an error some of them may be in the file.
    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError)
    /// Reads at an offset; fewer bytes than asked for only at the end of the file. Returns how many.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int
    /// The length in bytes.
    func size() throws(FileError) -> Int
    func truncate(to size: Int) throws(FileError)
    /// Makes the contents and the length durable. After an error nothing is known about what was written since the last success:
    /// the kernel may have dropped it, and a second call may wrongly succeed.
    func sync() throws(FileError)
}

/// A file's bytes in memory, until the last reference to it goes away. The file may be renamed or removed meanwhile.
public protocol FileMapping: AnyObject, Sendable {
    /// As long as the mapping was asked for. What is appended to the file is seen at once. Bytes that the disk cannot give, and those of a
    /// file that was cut short, read as zeros: a checksum tells.
    var bytes: UnsafeRawBufferPointer { get }
}

/// A lock that is held as long as the value lives.
public protocol FileLock: AnyObject, Sendable {}

/// Another process works on the data folder.
public struct FolderInUse: Error, CustomStringConvertible {
    /// The lock file.
    public let path: String

    public init(path: String) { self.path = path }

    public var description: String { "\(path) is locked: another server is using this data folder" }
}

extension FileSystem {
    /// The whole contents of a file.
    public func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = try open(path, .read)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        var read: Result<Int, FileError> = .success(0)
        bytes.withUnsafeMutableBytes { buffer in
            read = Result { () throws(FileError) in try file.read(into: buffer, at: 0) }
        }
        bytes.removeLast(bytes.count - (try read.get()))
        return bytes
    }

    /// Replaces a file's contents in one durable step: a file beside it is written, synced and renamed over it.
    public func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let temporary = path + ".tmp"
        let file = try open(temporary, .replace)
        try file.append(bytes)
        try file.sync()
        try rename(temporary, to: path)
        try syncFolder(FilePath.folder(path))
    }

    /// Copies a file, or its first `length` bytes, to `target`, which is replaced, and syncs the copy but not its name.
    public func copy(_ path: String, to target: String, length: Int = .max) throws(FileError) -> any File {
        let source = try open(path, .read)
        let copy = try open(target, .replace)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 8)
        defer { buffer.deallocate() }
        var done = 0
        while done < length {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, length - done)])
            let count = try source.read(into: wanted, at: done)
            if count == 0 { break }
            try copy.append(UnsafeRawBufferPointer(rebasing: wanted[..<count]))
            done += count
        }
        try copy.sync()
        return copy
    }

    /// Makes a folder, and those above it, that a power cut will not take away again. One that exists is fine.
    public func makeLastingFolder(_ path: String) throws(FileError) {
        if try kind(path) == .folder { return }
        let parent = FilePath.folder(path)
        if parent != path, parent != "." { try makeLastingFolder(parent) }
        try makeFolder(path)
        try syncFolder(parent)
    }

    /// Removes a folder with everything in it; one that is not there is fine.
    public func removeAll(_ path: String) throws(FileError) {
        guard let kind = try kind(path) else { return }
        if kind == .folder {
            for name in try list(path) { try removeAll(FilePath.join(path, name)) }
        }
        try remove(path)
    }
}

extension File {
    public func append(_ bytes: [UInt8]) throws(FileError) {
        var written: Result<Void, FileError> = .success(())
        bytes.withUnsafeBytes { buffer in
            written = Result { () throws(FileError) in try append(buffer) }
        }
        try written.get()
    }
}

/// Putting paths together and taking them apart.
public enum FilePath {
    public static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty || folder.utf8.last == UInt8(ascii: "/") ? folder + name : folder + "/" + name
    }

    /// All before the last `/`; `.` if there is none.
    public static func folder(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What is behind the last `/`.
    public static func name(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }
}
