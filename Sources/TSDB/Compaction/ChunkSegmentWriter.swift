import CLinux
import Chunks

/// Writes the `chunks` folder of a block: segments of at most `segmentSize` bytes, named 000001 and on.
///
///     segment: | u32 magic 85BD40DD | u8 version 1 | 3 zeros | chunk … |
///     chunk:   | uvarint length | u8 encoding | data | u32 CRC-32C of encoding and data |
final class ChunkSegmentWriter {
    private let folder: String
    private let files: any FileSystem
    private let segmentSize: Int
    private var current: BufferedFile?
    private var count = 0

    init(_ folder: String, _ files: any FileSystem, segmentSize: Int) throws(FileError) {
        self.folder = folder
        self.files = files
        self.segmentSize = segmentSize
        try files.makeFolder(folder)
    }

    /// Returns the chunk's reference: the segment, counted from 0, and the offset in it.
    func add(_ encoding: ChunkEncoding, _ bytes: UnsafeRawBufferPointer) throws(FileError) -> UInt64 {
        let needed = bytes.count + 10 + 1 + 4
        if let current, current.offset + needed > segmentSize, current.offset > BlockFormat.chunksHeaderSize { try close() }
        if current == nil { current = try begin() }
        guard let segment = current else { preconditionFailure("BUG: no segment to write to") }
        let reference = UInt64(count - 1) << 32 | UInt64(segment.offset)
        try segment.put(needed) { buffer in
            buffer.putVarint(UInt64(bytes.count))
            let start = buffer.count
            buffer.put(encoding.rawValue)
            buffer.append(bytes)
            buffer.put(buffer.checksum(from: start))
        }
        return reference
    }

    private func begin() throws(FileError) -> BufferedFile {
        count += 1
        let digits = String(count)
        let name = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
        let segment = try BufferedFile(FilePath.join(folder, name), files)
        try segment.put(BlockFormat.chunksHeaderSize) { buffer in
            buffer.put(BlockFormat.chunksMagic)
            buffer.put(BlockFormat.chunksVersion)
            buffer.appendZeros(3)
        }
        return segment
    }

    private func close() throws(FileError) {
        try current?.finish()
        current = nil
    }

    /// Makes everything durable. A block without chunks has no segment.
    func finish() throws(FileError) {
        try close()
        try files.syncFolder(folder)
    }
}
