import CLinux
import Glibc

/// Bytes that are written once and then read once, front to back. All but the last few MiB wait in a file.
final class Spool {
    private let path: String
    private let files: any FileSystem
    private let memory: Int
    private let buffer = ByteStore(capacity: 1 << 16)
    private var file: (any File)?
    private var mapping: (any FileMapping)?
    private var spilled = 0
    private(set) var checksum: UInt32 = 0

    /// Keeps up to `memory` bytes without a file.
    init(_ path: String, _ files: any FileSystem, memory: Int) {
        self.path = path
        self.files = files
        self.memory = memory
    }

    /// How much was appended.
    var count: Int { spilled + buffer.count }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        buffer.append(bytes)
        checksum = Self.extended(checksum, bytes)
        if buffer.count >= memory { try spill() }
    }

    static func extended(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let base = bytes.baseAddress else { return checksum }
        return martlet_crc32c(checksum, base, bytes.count)
    }

    private func spill() throws(FileError) {
        if file == nil { file = try files.open(path, .replace) }
        try file?.append(buffer.bytes)
        spilled += buffer.count
        buffer.removeAll()
    }

    /// All that was appended, until `remove`. Whoever reads compares checksums: pages that the disk does not give back read as zeros.
    func contents() throws(FileError) -> UnsafeRawBufferPointer {
        if file == nil { return buffer.bytes }
        if buffer.count > 0 { try spill() }
        let mapping = try files.map(path, length: nil)
        self.mapping = mapping
        return mapping.bytes
    }

    /// What was read is not what was appended.
    var broken: FileError { FileError(path: path, operation: "read", code: EIO) }

    func remove() throws(FileError) {
        buffer.removeAll()
        mapping = nil
        if file != nil { try files.remove(path) }
        file = nil
    }
}
