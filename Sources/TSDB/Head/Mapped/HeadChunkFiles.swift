import CLinux
import Chunks
import Model

/// The head's full chunks on disk, mapped: files of a folder, numbered from 000001 without gaps, in Prometheus's format.
///
///     file:  | u32 magic 0130BC91 | u8 version 1 | 3 zeros | chunk … |
///     chunk: | u64 series | u64 first time | u64 last time | u8 encoding | uvarint length | data | u32 CRC-32C of all before |
///
/// The log has every sample that is in them, so they may be lost at any time; they save memory, and most of a replay. Used by one thread at a time:
/// by whoever opens the database, and then under its maintenance.
final class HeadChunkFiles: @unchecked Sendable {
    static let magic: UInt32 = 0x0130_BC91
    static let headerSize = 8
    /// In front of the data, at most.
    static let chunkHeaderSize = 25 + 10
    /// Marks the encoding of a chunk of samples that came out of order.
    static let outOfOrderBit: UInt8 = 0x80

    /// A file that chunks in memory point into.
    private struct Mapped {
        let number: Int
        let mapping: any FileMapping
        /// The latest time of all its chunks.
        var lastTime: Timestamp
    }

    private let folder: String
    private let files: any FileSystem
    private let fileSize: Int
    private var mapped: [Mapped] = []
    private var nextNumber = 1
    /// The file being written, the last of `mapped`; nil before the first write and after an error.
    private var current: (file: any File, length: Int)?
    private let buffer = ByteStore(capacity: 1 << 16)

    init(_ folder: String, _ files: any FileSystem, fileSize: Int = 128 << 20) throws(FileError) {
        self.folder = folder
        self.files = files
        self.fileSize = fileSize
        try files.makeLastingFolder(folder)
        try Self.removeUnfinished(folder, files)
        nextNumber = (try Self.numbers(folder, files).last ?? 0) + 1
    }

    /// Copies that were never put in the place of a file.
    private static func removeUnfinished(_ folder: String, _ files: any FileSystem) throws(FileError) {
        for name in try files.list(folder) where name.hasSuffix(WALFormat.temporarySuffix) {
            let original = String(name.dropLast(WALFormat.temporarySuffix.utf8.count))
            if number(original) != nil { try files.remove(FilePath.join(folder, name)) }
        }
    }

    static func path(_ folder: String, _ number: Int) -> String {
        let digits = String(number)
        return FilePath.join(folder, String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits)
    }

    /// The numbers of the files in a folder, ascending.
    static func numbers(_ folder: String, _ files: any FileSystem) throws(FileError) -> [Int] {
        guard try files.kind(folder) != nil else { return [] }
        return try files.list(folder).compactMap(number).sorted()
    }

    private static func number(_ name: String) -> Int? {
        guard let number = Int(name), sameBytes(FilePath.name(path("", number)), name) else { return nil }
        return number
    }

    /// Notes a file whose chunks were loaded.
    func add(_ number: Int, _ mapping: any FileMapping, lastTime: Timestamp) {
        mapped.append(Mapped(number: number, mapping: mapping, lastTime: lastTime))
        nextNumber = max(nextNumber, number + 1)
    }

    /// Writes chunks behind those that are there; gives back the same chunks with their bytes in the mapped file. After an error none of them is.
    func write(_ chunks: [(reference: UInt64, chunk: ClosedChunk)]) throws(FileError) -> [ClosedChunk] {
        var written: [ClosedChunk] = []
        written.reserveCapacity(chunks.count)
        var start = 0
        while start < chunks.count {
            if current.map({ $0.length >= fileSize - Self.chunkHeaderSize }) ?? true { try beginFile() }
            start = try writePart(chunks, from: start, &written)
        }
        return written
    }

    /// Writes as many chunks as the file and one write take. Returns the first that is left.
    private func writePart(
        _ chunks: [(reference: UInt64, chunk: ClosedChunk)], from start: Int, _ written: inout [ClosedChunk]
    ) throws(FileError) -> Int {
        guard let (file, length) = current, let base = mapped.last?.mapping.bytes.baseAddress else {
            preconditionFailure("BUG: no file of head chunks")
        }
        buffer.removeAll()
        var at = start
        var lastTime = Timestamp.min
        while at < chunks.count, buffer.count < 1 << 20 {
            let (reference, chunk) = chunks[at]
            let needed = Self.chunkHeaderSize + chunk.length + 4
            guard length + buffer.count + needed <= fileSize || (at == start && length == Self.headerSize) else { break }
            let data = encode(reference, chunk)
            let bytes = UnsafeMutableRawPointer(mutating: base + length + data)
            written.append(
                ClosedChunk(
                    bytes: bytes, firstTime: chunk.firstTime, span: chunk.span, encoding: chunk.encoding, length: chunk.length, isMapped: true))
            lastTime = max(lastTime, chunk.lastTime)
            at += 1
        }
        if at == start {
            try beginFile()
            return at
        }
        do {
            try file.append(buffer.bytes)
        } catch {
            // What part of it is in the file must not be taken for a chunk.
            try? file.truncate(to: length)
            current = nil
            throw error
        }
        current = (file, length + buffer.count)
        mapped[mapped.count - 1].lastTime = max(mapped[mapped.count - 1].lastTime, lastTime)
        return at
    }

    /// Puts a chunk into the buffer; returns where its data begins.
    private func encode(_ reference: UInt64, _ chunk: ClosedChunk) -> Int {
        buffer.reserve(Self.chunkHeaderSize + chunk.length + 4)
        let start = buffer.count
        buffer.put(reference)
        buffer.put(chunk.firstTime)
        buffer.put(chunk.lastTime)
        buffer.put(chunk.encoding.rawValue)
        buffer.putVarint(UInt64(chunk.length))
        let data = buffer.count
        buffer.append(chunk.buffer)
        buffer.reserve(4)
        buffer.put(buffer.checksum(from: start))
        return data
    }

    private func beginFile() throws(FileError) {
        try sync()
        current = nil
        let path = Self.path(folder, nextNumber)
        let file = try files.open(path, .replace)
        buffer.removeAll()
        buffer.put(Self.magic)
        buffer.put(UInt8(1))
        buffer.appendZeros(3)
        try file.append(buffer.bytes)
        try files.syncFolder(folder)
        let mapping = try files.map(path, length: fileSize + Self.chunkHeaderSize + ClosedChunk.lengthLimit)
        mapped.append(Mapped(number: nextNumber, mapping: mapping, lastTime: .min))
        nextNumber += 1
        current = (file, Self.headerSize)
    }

    /// Makes what was written durable, so that a start after a power cut need not rebuild it.
    func sync() throws(FileError) { try current?.file.sync() }

    /// The next chunks go into a new file.
    func beginAnew() { current = nil }

    /// Removes the oldest files as long as all their chunks end before a time. Gives back their mappings, which readers may still look at.
    func remove(before time: Timestamp) throws(FileError) -> [any FileMapping] {
        var removed: [any FileMapping] = []
        while mapped.count > 1, let oldest = mapped.first, oldest.lastTime < time {
            // A file whose beginning a full disk or a power cut left torn is gone already.
            let path = Self.path(folder, oldest.number)
            if try files.kind(path) == .file { try files.remove(path) }
            removed.append(oldest.mapping)
            mapped.removeFirst()
        }
        return removed
    }
}
