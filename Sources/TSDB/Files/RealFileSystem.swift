import Glibc
import Model

/// The operating system's file system.
public struct RealFileSystem: FileSystem {
    public init() {}

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        RealFile(path: path, descriptor: try Self.open(path, flags(mode)))
    }

    private func flags(_ mode: OpenMode) -> Int32 {
        switch mode {
        case .read: O_RDONLY
        case .append: O_RDWR | O_APPEND | O_CREAT
        case .create: O_RDWR | O_APPEND | O_CREAT | O_EXCL
        case .replace: O_RDWR | O_APPEND | O_CREAT | O_TRUNC
        }
    }

    fileprivate static func open(_ path: String, _ flags: Int32) throws(FileError) -> Int32 {
        try check("open", path) { Glibc.open(path, flags | O_CLOEXEC, 0o644) }
    }

    public func map(_ path: String, length: Int?) throws(FileError) -> any FileMapping {
        let descriptor = try Self.open(path, O_RDONLY)
        defer { close(descriptor) }
        return try RealMapping(descriptor, path, length: length)
    }

    public func makeFolder(_ path: String) throws(FileError) {
        if try kind(path) == .folder { return }
        let parent = FilePath.folder(path)
        if parent != path, parent != "." { try makeFolder(parent) }
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw FileError(path: path, operation: "make folder", code: errno) }
    }

    public func list(_ path: String) throws(FileError) -> [String] {
        guard let folder = opendir(path) else { throw FileError(path: path, operation: "list", code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        if errno != 0 { throw FileError(path: path, operation: "list", code: errno) }
        return names.sorted(by: precedes)
    }

    public func kind(_ path: String) throws(FileError) -> FileKind? {
        var status = stat()
        if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file }
        if errno == ENOENT { return nil }
        throw FileError(path: path, operation: "look at", code: errno)
    }

    public func rename(_ path: String, to target: String) throws(FileError) {
        _ = try check("rename to \(target)", path) { Glibc.rename(path, target) }
    }

    public func remove(_ path: String) throws(FileError) {
        _ = try check("remove", path) { Glibc.remove(path) }
    }

    public func link(_ path: String, to target: String) throws(FileError) {
        _ = try check("link to \(target)", path) { Glibc.link(path, target) }
    }

    public func space(_ path: String) throws(FileError) -> DiskSpace {
        var status = statvfs()
        _ = try check("look at the disk of", path) { statvfs(path, &status) }
        let unit = Int64(clamping: status.f_frsize)
        return DiskSpace(free: Int64(clamping: status.f_bavail) &* unit, total: Int64(clamping: status.f_blocks) &* unit)
    }

    public func syncFolder(_ path: String) throws(FileError) {
        let descriptor = try Self.open(path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        _ = try check("sync folder", path) { fsync(descriptor) }
    }

    public func lock(_ path: String) throws -> any FileLock {
        let descriptor = try Self.open(path, O_RDWR | O_CREAT)
        // The same call as Prometheus's, so that the two keep each other out.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { throw FolderInUse(path: path) }
            throw FileError(path: path, operation: "lock", code: code)
        }
        return RealLock(descriptor)
    }
}

/// Calls the system again as long as it was only interrupted.
func check(_ operation: String, _ path: String, _ call: () -> Int32) throws(FileError) -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        if errno != EINTR { throw FileError(path: path, operation: operation, code: errno) }
    }
}

private final class RealFile: File {
    let path: String
    private let descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let written = write(descriptor, part.baseAddress, part.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 || errno != EINTR {
                throw FileError(path: path, operation: "write", code: written == 0 ? EIO : errno)
            }
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = pread(descriptor, part.baseAddress, part.count, offset + done)
            if got == 0 { break }
            if got > 0 {
                done += got
            } else if errno != EINTR {
                throw FileError(path: path, operation: "read", code: errno)
            }
        }
        return done
    }

    func size() throws(FileError) -> Int {
        var status = stat()
        _ = try check("look at", path) { fstat(descriptor, &status) }
        return Int(status.st_size)
    }

    func truncate(to size: Int) throws(FileError) {
        _ = try check("truncate", path) { ftruncate(descriptor, size) }
    }

    func sync() throws(FileError) {
        // Never repeated, not even after EINTR: see the protocol.
        if fdatasync(descriptor) != 0 { throw FileError(path: path, operation: "sync", code: errno) }
    }
}

/// The lock goes with its descriptor.
private final class RealLock: FileLock {
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
