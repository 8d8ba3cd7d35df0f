import CLinux

/// A mapped file that knows its name, for errors that tell the place. Bytes are valid as long as it lives.
final class MappedFile: @unchecked Sendable {
    // Immutable; nothing writes to the files of a block.
    let path: String
    let bytes: UnsafeRawBufferPointer
    private let mapping: any FileMapping

    private let files: any FileSystem

    init(_ path: String, _ files: any FileSystem) throws(StorageError) {
        self.path = path
        self.files = files
        do { mapping = try files.map(path, length: nil) } catch { throw .file(error) }
        bytes = mapping.bytes
    }

    /// A few bytes, read without touching the mapping: a touched page brings its neighbours, up to some megabytes, into this process's memory.
    func copy(_ range: Range<Int>) throws(StorageError) -> [UInt8] {
        do {
            let file = try files.open(path, .read)
            var bytes = [UInt8](repeating: 0, count: range.count)
            var read: Result<Int, FileError> = .success(0)
            bytes.withUnsafeMutableBytes { buffer in
                read = Result { () throws(FileError) in try file.read(into: buffer, at: range.lowerBound) }
            }
            _ = try read.get()
            return bytes
        } catch {
            throw .file(error)
        }
    }

    func damaged(_ offset: Int, _ reason: String) -> StorageError { .damaged(path: path, offset: offset, reason: reason) }

    /// Four big-endian bytes; the caller knows that they are there.
    @inline(__always)
    func word(at offset: Int) -> UInt32 { UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

    /// What lies between a 32-bit length at `offset` and the CRC-32C behind it, which must be right.
    func section(at offset: Int, _ what: String) throws(StorageError) -> UnsafeRawBufferPointer {
        guard offset >= 0, offset <= bytes.count - 8 else { throw damaged(offset, "\(what) lie outside the file") }
        let length = Int(word(at: offset))
        guard length <= bytes.count - offset - 8 else { throw damaged(offset, "\(what) reach beyond the end of the file") }
        let contents = UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + length])
        guard checksum(contents) == word(at: offset + 4 + length) else { throw damaged(offset, "the checksum of \(what) is wrong") }
        return contents
    }

    /// How far into the file `part`, which lies in it, begins.
    func offset(of part: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress, let at = part.baseAddress else { return 0 }
        return at - start
    }
}

@inline(__always)
func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 { martlet_crc32c(0, bytes.baseAddress, bytes.count) }
