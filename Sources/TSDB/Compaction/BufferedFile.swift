import CLinux

/// A new file that is written front to back in large pieces.
final class BufferedFile {
    private static let pieceSize = 1 << 20

    let file: any File
    private let buffer = ByteStore(capacity: BufferedFile.pieceSize + (64 << 10))
    private var written = 0

    init(_ path: String, _ files: any FileSystem) throws(FileError) {
        file = try files.open(path, .create)
    }

    /// How long the file is, with what still waits to be written.
    var offset: Int { written + buffer.count }

    /// Adds bytes through the buffer.
    func put(_ atMost: Int, _ body: (ByteStore) -> Void) throws(FileError) {
        buffer.reserve(atMost)
        body(buffer)
        if buffer.count >= Self.pieceSize { try flush() }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        buffer.append(bytes)
        if buffer.count >= Self.pieceSize { try flush() }
    }

    /// Zeros up to a multiple of `alignment`.
    func align(_ alignment: Int) throws(FileError) {
        let past = offset % alignment
        if past > 0 { try put(alignment) { $0.appendZeros(alignment - past) } }
    }

    private func flush() throws(FileError) {
        guard buffer.count > 0 else { return }
        try file.append(buffer.bytes)
        written += buffer.count
        buffer.removeAll()
    }

    /// Writes what is left and waits for the disk.
    func finish() throws(FileError) {
        try flush()
        try file.sync()
    }
}

extension ByteStore {
    /// The CRC-32C of what was put since `start`.
    func checksum(from start: Int) -> UInt32 { martlet_crc32c(0, base + start, count - start) }

    func putSigned(_ value: Int64) { putVarint(UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))) }

    /// A uvarint length and the bytes; makes the room itself.
    func putField(_ field: UnsafeRawBufferPointer) {
        reserve(10 + field.count)
        putVarint(UInt64(field.count))
        append(field)
    }
}
