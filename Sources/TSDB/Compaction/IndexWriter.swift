import Glibc
import Model

/// Collects the series of a block in the order of their labels, then writes the index: version 2 of Prometheus's format.
///
///     | u32 magic BAAAD700 | u8 version 2 | symbols | series | postings | postings offset table | contents |
///
/// Sections but for the series are `u32 length, body, u32 CRC-32C of the body`. Symbols come before the series, but are only all known at the end:
/// until `write` the series lie in a spool, beside the file, in about the form that they will have. In memory are the symbols and the postings.
final class IndexWriter {
    /// A chunk as the index knows it.
    struct Chunk {
        var range: TimeRange
        var reference: UInt64
    }

    private let symbols = SymbolTable()
    private let postings = Postings()
    private let path: String
    private let files: any FileSystem
    /// Of each series: label count, symbol numbers, length of its chunks' part, that part.
    private let spool: Spool
    private let entry = ByteStore()
    private let chunkPart = ByteStore()
    private var pairs: [LabelPair] = []
    private(set) var seriesCount: UInt32 = 0

    /// Keeps up to `spoolMemory` bytes of series in memory.
    init(_ path: String, _ files: any FileSystem, spoolMemory: Int = 4 << 20) {
        self.path = path
        self.files = files
        spool = Spool(path + ".series", files, memory: spoolMemory)
    }

    /// Adds a series behind all others.
    func add(_ labels: Labels, _ chunks: [Chunk]) throws(FileError) {
        pairs.removeAll(keepingCapacity: true)
        labels.forEachBytes { name, value in
            pairs.append(LabelPair(name: symbols.intern(name), value: symbols.intern(value)))
            return true
        }
        pairs.withUnsafeBufferPointer { postings.add($0, slot: seriesCount) }
        seriesCount += 1
        encode(chunks)
        entry.removeAll()
        entry.reserve(10 + pairs.count * 20)
        entry.putVarint(UInt64(pairs.count))
        for pair in pairs {
            entry.putVarint(UInt64(pair.name))
            entry.putVarint(UInt64(pair.value))
        }
        entry.putField(chunkPart.bytes)
        try spool.append(entry.bytes)
    }

    private func encode(_ chunks: [Chunk]) {
        chunkPart.removeAll()
        chunkPart.reserve(10 + chunks.count * 30)
        chunkPart.putVarint(UInt64(chunks.count))
        var before: Chunk?
        for chunk in chunks {
            if let before {
                chunkPart.putVarint(UInt64(bitPattern: chunk.range.from &- before.range.through))
            } else {
                chunkPart.putSigned(chunk.range.from)
            }
            chunkPart.putVarint(UInt64(bitPattern: chunk.range.through &- chunk.range.from))
            if let before {
                chunkPart.putSigned(Int64(bitPattern: chunk.reference &- before.reference))
            } else {
                chunkPart.putVarint(chunk.reference)
            }
            before = chunk
        }
    }

    /// Where the sections begin.
    private struct Contents {
        var symbols = 0
        var series = 0
        var seriesEnd = 0
        var postings = 0
        var table = 0
    }

    /// Writes and syncs the file. Throws `FileError` with EFBIG if there is more than the format can address: 64 GiB of series, or 4 GiB of
    /// symbols or of label values.
    func finish() throws(FileError) {
        let file = try BufferedFile(path, files)
        var contents = Contents()
        try file.put(BlockFormat.indexHeaderSize) { buffer in
            buffer.put(BlockFormat.indexMagic)
            buffer.put(BlockFormat.indexVersion)
        }
        contents.symbols = file.offset
        let sorted = (0..<UInt32(symbols.count)).sorted { compareBytes(symbols.bytes($0), symbols.bytes($1)) < 0 }
        try writeSymbols(sorted, file)
        contents.series = file.offset
        let numbers = try writeSeries(sorted, file)
        contents.seriesEnd = file.offset
        try spool.remove()
        try file.align(4)
        contents.postings = file.offset
        let table = try writePostings(numbers, file)
        contents.table = file.offset
        try section(table, file)
        try write(contents, file)
        try file.finish()
    }

    /// A number in the few bits that the format has for it.
    private func word(_ value: Int) throws(FileError) -> UInt32 {
        guard let word = UInt32(exactly: value) else { throw FileError(path: path, operation: "write", code: EFBIG) }
        return word
    }

    private func writeSymbols(_ sorted: [UInt32], _ file: BufferedFile) throws(FileError) {
        let body = ByteStore(capacity: symbols.textBytes + sorted.count * 5 + 16)
        body.put(UInt32(sorted.count))
        for symbol in sorted { body.putField(symbols.bytes(symbol)) }
        try section(body, file)
    }

    private func section(_ body: ByteStore, _ file: BufferedFile) throws(FileError) {
        let length = try word(body.count)
        let sum = body.checksum(from: 0)
        try file.put(4) { $0.put(length) }
        try file.append(body.bytes)
        try file.put(4) { $0.put(sum) }
    }

    /// Returns the series' numbers: their offsets, in units of 16 bytes.
    private func writeSeries(_ sorted: [UInt32], _ file: BufferedFile) throws(FileError) -> [UInt32] {
        var ordinals = [UInt32](repeating: 0, count: sorted.count)
        for (ordinal, symbol) in sorted.enumerated() { ordinals[Int(symbol)] = UInt32(ordinal) }
        var numbers: [UInt32] = []
        numbers.reserveCapacity(Int(seriesCount))
        var input = ByteInput(try spool.contents(), offset: 0)
        var checksum: UInt32 = 0
        for _ in 0..<seriesCount {
            let start = input.offset
            guard transcribe(&input, ordinals) else { throw spool.broken }
            checksum = Spool.extended(checksum, input.slice(from: start))
            try file.align(BlockFormat.seriesAlignment)
            numbers.append(try word(file.offset / BlockFormat.seriesAlignment))
            try file.put(10) { $0.putVarint(UInt64(entry.count)) }
            try file.append(entry.bytes)
            try file.put(4) { $0.put(entry.checksum(from: 0)) }
        }
        if checksum != spool.checksum { throw spool.broken }
        return numbers
    }

    /// Reads a series from the spool and leaves it in `entry` as the file has it; false if it cannot be read.
    private func transcribe(_ input: inout ByteInput, _ ordinals: [UInt32]) -> Bool {
        guard let count = input.takeVarint(), count <= UInt64(ordinals.count) else { return false }
        entry.removeAll()
        entry.reserve(10 + Int(count) * 20)
        entry.putVarint(count)
        for _ in 0..<count * 2 {
            guard let symbol = input.takeVarint(), symbol < UInt64(ordinals.count) else { return false }
            entry.putVarint(UInt64(ordinals[Int(symbol)]))
        }
        guard let chunks = input.takeField() else { return false }
        entry.append(chunks)
        return true
    }

    /// Writes the list of all series, then one for each label, by name and value. Returns the body of the offset table.
    private func writePostings(_ numbers: [UInt32], _ file: BufferedFile) throws(FileError) -> ByteStore {
        let table = ByteStore()
        let names = postings.names.keys.sorted { compareBytes(symbols.bytes($0), symbols.bytes($1)) < 0 }
        let lists = names.reduce(1) { $0 + (postings.names[$1]?.count ?? 0) }
        table.put(UInt32(lists))
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        enter(empty, empty, file.offset, table)
        try writeList(numbers.count, file) { at in numbers[at] }
        for name in names {
            let values = (postings.names[name] ?? [:]).sorted { compareBytes(symbols.bytes($0.key), symbols.bytes($1.key)) < 0 }
            for (value, list) in values {
                try file.align(4)
                enter(symbols.bytes(name), symbols.bytes(value), file.offset, table)
                let slots = list.read { Array($0) }
                try writeList(slots.count, file) { at in numbers[Int(slots[at])] }
            }
        }
        return table
    }

    private func enter(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ offset: Int, _ table: ByteStore) {
        table.reserve(11)
        table.putVarint(2)
        table.putField(name)
        table.putField(value)
        table.reserve(10)
        table.putVarint(UInt64(offset))
    }

    private func writeList(_ count: Int, _ file: BufferedFile, _ number: (Int) -> UInt32) throws(FileError) {
        let length = try word(count * 4 + 4)
        try file.put(count * 4 + 12) { buffer in
            buffer.put(length)
            let start = buffer.count
            buffer.put(UInt32(count))
            for at in 0..<count { buffer.put(number(at)) }
            buffer.put(buffer.checksum(from: start))
        }
    }

    /// The two sections of label indices are no longer written; their offsets stay.
    private func write(_ contents: Contents, _ file: BufferedFile) throws(FileError) {
        try file.put(BlockFormat.indexContentsSize) { buffer in
            let start = buffer.count
            for offset in [contents.symbols, contents.series, contents.seriesEnd, contents.table, contents.postings, contents.table] {
                buffer.put(UInt64(offset))
            }
            buffer.put(buffer.checksum(from: start))
        }
    }
}
