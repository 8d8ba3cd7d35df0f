import CLinux
import Synchronization

/// A block's index, version 2 of Prometheus's format:
///
///     | u32 magic | u8 version | symbols | series | postings | postings offset table | contents |
///
/// Opening reads the header and the contents, whatever the size of the block. The tables that lead to symbols and postings are built when they
/// are first asked for, by one walk over the section that checks its checksum and order as well.
final class IndexReader: Sendable {
    let file: MappedFile
    let contents: IndexContents
    private let loadedSymbols = Mutex<IndexSymbols?>(nil)
    private let loadedOffsets = Mutex<PostingsOffsets?>(nil)

    init(_ path: String, _ files: any FileSystem) throws(StorageError) {
        file = try MappedFile(path, files)
        guard file.bytes.count >= BlockFormat.indexHeaderSize + BlockFormat.indexContentsSize else {
            throw file.damaged(0, "\(file.bytes.count) bytes are too few for an index")
        }
        let header = try file.copy(0..<BlockFormat.indexHeaderSize)
        guard ByteInput.word(header) == BlockFormat.indexMagic else { throw file.damaged(0, "does not begin as an index does") }
        // In version 1 symbols and series were named by their place in the file; 3 differs from 2 by its number alone.
        guard 2...3 ~= header[4] else { throw file.damaged(4, "version \(header[4]) of the index format; versions 2 and 3 are known") }
        contents = try IndexContents(file)
    }

    /// Costs a walk over all symbols the first time; later calls are cheap.
    func symbols() throws(StorageError) -> IndexSymbols {
        try loadedSymbols.withLock { (loaded) throws(StorageError) in
            if let loaded { return loaded }
            let symbols = try IndexSymbols(file, at: contents.symbols)
            loaded = symbols
            return symbols
        }
    }

    /// Costs a walk over the whole table the first time; later calls are cheap.
    func postingsOffsets() throws(StorageError) -> PostingsOffsets {
        try loadedOffsets.withLock { (loaded) throws(StorageError) in
            if let loaded { return loaded }
            let offsets = try PostingsOffsets(file, at: contents.postingsTable)
            loaded = offsets
            return offsets
        }
    }

    /// The list at an offset of the postings offset table.
    func postings(at offset: UInt64) throws(StorageError) -> IndexPostings {
        guard offset >= contents.postings, offset < contents.end else {
            throw file.damaged(contents.postingsTable, "postings at \(offset), which is outside their section")
        }
        let list = try file.section(at: Int(offset), "postings")
        guard list.count >= 4, list.count == 4 + 4 * Int(file.word(at: Int(offset) + 4)) else {
            throw file.damaged(Int(offset), "postings whose length is not that of their entries")
        }
        return IndexPostings(UnsafeRawBufferPointer(rebasing: list[4...]))
    }

    /// All series, ascending.
    func allPostings() throws(StorageError) -> IndexPostings {
        guard let all = try postingsOffsets().all else { throw file.damaged(contents.postingsTable, "no postings of all series") }
        return try postings(at: all)
    }

    /// Series numbers are below this.
    var seriesLimit: UInt32 { UInt32(truncatingIfNeeded: min(contents.seriesEnd / BlockFormat.seriesAlignment, Int(UInt32.max) - 1) + 1) }

    /// Reads one series: its labels as symbols into `labels`, its chunks by the cursor that is returned.
    func series(_ number: UInt32, labels: inout [LabelPair]) throws(StorageError) -> ChunkMetas {
        let body = try seriesBody(number)
        do throws(BrokenEntry) {
            return try ChunkMetas(body, labels: &labels)
        } catch {
            throw broken(number)
        }
    }

    /// As above, for when the labels are known already.
    func chunks(_ number: UInt32) throws(StorageError) -> ChunkMetas {
        let body = try seriesBody(number)
        do throws(BrokenEntry) {
            return try ChunkMetas(body)
        } catch {
            throw broken(number)
        }
    }

    /// What to throw if a series' entry cannot be read to its end.
    func broken(_ number: UInt32) -> StorageError { file.damaged(Int(number) * BlockFormat.seriesAlignment, "a series that cannot be read") }

    /// The entry between its length and its checksum, which is right.
    func seriesBody(_ number: UInt32) throws(StorageError) -> UnsafeRawBufferPointer {
        let offset = Int(number) * BlockFormat.seriesAlignment
        guard offset >= contents.series, offset < contents.seriesEnd else { throw file.damaged(offset, "a series outside the section of series") }
        var input = ByteInput(file.bytes, offset: offset)
        guard let body = input.takeField(), input.offset <= file.bytes.count - 4 else { throw file.damaged(offset, "a series that reaches too far") }
        guard checksum(body) == file.word(at: input.offset) else { throw file.damaged(offset, "the checksum of a series is wrong") }
        return body
    }
}

/// Where the sections of an index begin: the last 52 bytes of the file. Two of the six offsets are of sections that are no longer written.
struct IndexContents: Sendable {
    let symbols: Int
    let series: Int
    /// Where the series end, but for padding.
    let seriesEnd: Int
    let postings: Int
    let postingsTable: Int
    /// Where the contents themselves begin.
    let end: Int

    init(_ file: MappedFile) throws(StorageError) {
        let start = file.bytes.count - BlockFormat.indexContentsSize
        let offsets = try Self.offsets(file, at: start)
        symbols = offsets[0]
        series = offsets[1]
        postings = offsets[4]
        // Old writers had a section behind the series that nobody reads any more; new ones tell an empty one there.
        seriesEnd = offsets[2] > offsets[1] ? min(offsets[2], offsets[4]) : offsets[4]
        postingsTable = offsets[5]
        end = start
        guard symbols >= BlockFormat.indexHeaderSize, series > symbols, postings >= series, postingsTable >= postings else {
            throw file.damaged(start, "the sections are not in order")
        }
    }

    private static func offsets(_ file: MappedFile, at start: Int) throws(StorageError) -> [Int] {
        let bytes = try file.copy(start..<start + BlockFormat.indexContentsSize)
        return try bytes.withUnsafeBufferPointer { (bytes) throws(StorageError) in
            let words = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<48]))
            guard checksum(words) == ByteInput.word(bytes[48...]) else {
                throw file.damaged(start, "the checksum of the table of contents is wrong")
            }
            var input = ByteInput(words, offset: 0)
            var offsets: [Int] = []
            while let offset = input.takeWord() {
                guard offset <= UInt64(start) else { throw file.damaged(start, "a section at \(offset), which is outside the file") }
                offsets.append(Int(offset))
            }
            return offsets
        }
    }
}
