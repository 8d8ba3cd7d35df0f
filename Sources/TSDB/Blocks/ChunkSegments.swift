import Chunks
import Model

/// The chunks of a block: files of up to 512 MiB in the folder `chunks`, named 000001, 000002, …
///
///     | u32 magic | u8 version | 3 zeros | { uvarint length, u8 encoding, data, u32 CRC-32C of encoding and data }… |
///
/// A reference is the place of the file in that row, from 0, in the high 32 bits, and the offset of the length in the low ones.
final class ChunkSegments: @unchecked Sendable {
    // Immutable after the initialiser.
    let files: [MappedFile]
    private let bytes: ContiguousArray<UnsafeRawBufferPointer>

    struct Chunk {
        let encoding: ChunkEncoding
        let bytes: UnsafeRawBufferPointer
    }

    /// Reads the header of each file; their names must be in order, without gaps.
    init(_ folder: String, _ fileSystem: any FileSystem) throws(StorageError) {
        var files: [MappedFile] = []
        let names: [String]
        do { names = try fileSystem.list(folder) } catch { throw .file(error) }
        for name in names where UInt32(name) != nil {
            let path = FilePath.join(folder, name)
            guard UInt32(name) == UInt32(files.count + 1) else {
                throw .damaged(path: path, offset: 0, reason: "the segment before it, number \(files.count + 1), is missing")
            }
            files.append(try Self.open(path, fileSystem))
        }
        self.files = files
        bytes = ContiguousArray(files.map(\.bytes))
    }

    private static func open(_ path: String, _ fileSystem: any FileSystem) throws(StorageError) -> MappedFile {
        let file = try MappedFile(path, fileSystem)
        guard file.bytes.count >= BlockFormat.chunksHeaderSize else { throw file.damaged(0, "too short for a segment of chunks") }
        let header = try file.copy(0..<BlockFormat.chunksHeaderSize)
        guard ByteInput.word(header) == BlockFormat.chunksMagic else { throw file.damaged(0, "does not begin as a segment of chunks does") }
        guard header[4] == BlockFormat.chunksVersion else { throw file.damaged(4, "version \(header[4]) of chunk segments; 1 is known") }
        return file
    }

    var byteCount: Int { bytes.reduce(0) { $0 + $1.count } }

    /// The bytes of a chunk, straight from the mapping. Throws if the reference leads nowhere or the checksum is wrong.
    @inline(__always)
    func chunk(_ reference: UInt64) throws(StorageError) -> Chunk {
        let segment = Int(truncatingIfNeeded: reference &>> 32)
        let offset = Int(truncatingIfNeeded: reference & 0xffff_ffff)
        guard segment < bytes.count, offset >= BlockFormat.chunksHeaderSize, offset < bytes[segment].count else { throw nowhere(reference) }
        var input = ByteInput(bytes[segment], offset: offset)
        guard let length = input.takeVarint(), length <= UInt64(bytes[segment].count &- input.offset), let start = bytes[segment].baseAddress
        else { throw damaged(reference, "a chunk whose length cannot be read") }
        let size = Int(truncatingIfNeeded: length) &+ 1
        guard size &+ 4 <= bytes[segment].count &- input.offset else { throw damaged(reference, "a chunk that reaches beyond the end of the file") }
        let at = start + input.offset
        guard checksum(UnsafeRawBufferPointer(start: at, count: size)) == UInt32(bigEndian: at.loadUnaligned(fromByteOffset: size, as: UInt32.self))
        else { throw damaged(reference, "the checksum of a chunk is wrong") }
        let encoding = ChunkEncoding(rawValue: at.load(as: UInt8.self))
        return Chunk(encoding: encoding, bytes: UnsafeRawBufferPointer(start: at + 1, count: size &- 1))
    }

    /// Decodes a chunk's floats with `from ≤ time ≤ through`; a chunk of histograms has none.
    @inline(__always)
    func readFloats(_ reference: UInt64, from: Timestamp, through: Timestamp, into column: SampleColumn) throws(StorageError) {
        let chunk = try chunk(reference)
        do throws(ChunkError) {
            try ChunkDecoder.decode(chunk.bytes, chunk.encoding, from: from, through: through, into: column)
        } catch {
            throw damaged(reference, error.description)
        }
    }

    /// Decodes a chunk's histograms with `from ≤ time ≤ through`; a chunk of floats has none.
    func readHistograms(_ reference: UInt64, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws(StorageError) {
        let chunk = try chunk(reference)
        do throws(ChunkError) {
            try ChunkDecoder.decode(chunk.bytes, chunk.encoding, from: from, through: through, into: column)
        } catch {
            throw damaged(reference, error.description)
        }
    }

    func damaged(_ reference: UInt64, _ reason: String) -> StorageError {
        let segment = Int(truncatingIfNeeded: reference &>> 32)
        guard segment < files.count else { return nowhere(reference) }
        return files[segment].damaged(Int(truncatingIfNeeded: reference & 0xffff_ffff), reason)
    }

    private func nowhere(_ reference: UInt64) -> StorageError {
        let segment = Int(truncatingIfNeeded: reference &>> 32)
        let offset = Int(truncatingIfNeeded: reference & 0xffff_ffff)
        guard let file = segment < files.count ? files[segment] : files.last else {
            return .damaged(path: BlockFormat.chunks, offset: offset, reason: "a chunk in segment \(segment + 1), but there are none")
        }
        return file.damaged(offset, "a chunk in segment \(segment + 1) of \(files.count) that is not there")
    }
}
