import CLinux
import Chunks
import Model

/// The head chunks found at a start, by series, and what was wrong with the files.
struct LoadedHeadChunks {
    struct Damage {
        let path: String
        let offset: Int
        let reason: String
    }

    /// By reference, in the order of their writing.
    var chunks: [UInt64: [ClosedChunk]] = [:]
    var count = 0
    /// The first file that cannot be read; neither it nor those behind it are used.
    var damage: Damage?
    /// Files from the damaged one on.
    var unusable: [String] = []
    /// A file whose end was never finished, and how long what is good of it is.
    var torn: (path: String, length: Int)?
}

extension HeadChunkFiles {
    /// Reads all files in order, checks every chunk, and keeps the files mapped.
    func load(_ folder: String, _ fileSystem: any FileSystem) throws(FileError) -> LoadedHeadChunks {
        var loaded = LoadedHeadChunks()
        let numbers = try Self.numbers(folder, fileSystem)
        for (at, number) in numbers.enumerated() {
            let path = Self.path(folder, number)
            if loaded.damage == nil { try load(path, number, isLast: at == numbers.count - 1, fileSystem, &loaded) }
            if loaded.damage != nil { loaded.unusable.append(path) }
        }
        return loaded
    }

    private func load(
        _ path: String, _ number: Int, isLast: Bool, _ fileSystem: any FileSystem, _ loaded: inout LoadedHeadChunks
    ) throws(FileError) {
        let mapping = try fileSystem.map(path, length: nil)
        var file = HeadChunkFile(mapping.bytes)
        var found: [(UInt64, ClosedChunk)] = []
        var lastTime = Timestamp.min
        while let (reference, chunk) = file.next() {
            lastTime = max(lastTime, chunk.lastTime)
            // What came out of order is in its own log as well, which is read in any case.
            if !file.isOutOfOrder { found.append((reference, chunk)) }
        }
        switch file.end {
        case .clean: break
        case .torn(let length) where isLast: loaded.torn = (path, length)
        case .torn(let length):
            loaded.damage = .init(path: path, offset: length, reason: "ends within a chunk")
            return
        case .damaged(let offset, let reason):
            loaded.damage = .init(path: path, offset: offset, reason: reason)
            return
        }
        add(number, mapping, lastTime: lastTime)
        loaded.count += found.count
        for (reference, chunk) in found { loaded.chunks[reference, default: []].append(chunk) }
    }
}

/// Walks over one mapped file of head chunks.
private struct HeadChunkFile {
    enum End {
        case clean
        /// The last write was not finished; the file is good up to this length.
        case torn(Int)
        case damaged(Int, String)
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = HeadChunkFiles.headerSize
    private(set) var end = End.clean
    /// Whether the chunk given last holds samples that came out of order.
    private(set) var isOutOfOrder = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.count < HeadChunkFiles.headerSize {
            end = .torn(0)
            offset = bytes.count
        } else if !bytes.prefix(5).elementsEqual([0x01, 0x30, 0xBC, 0x91, 1]) {
            end = bytes.allSatisfy { $0 == 0 } ? .torn(0) : .damaged(0, "no file of head chunks, or of an unknown version")
            offset = bytes.count
        }
    }

    /// The next chunk; nil at the end, whatever it is like.
    mutating func next() -> (UInt64, ClosedChunk)? {
        guard offset < bytes.count else { return nil }
        var input = ByteInput(bytes, offset: offset)
        guard let reference = input.takeWord(), let first = input.takeWord(), let last = input.takeWord(), let encoding = input.takeByte(),
            let data = input.takeField(), let sum = input.takeShortWord()
        else { return finish(isCutOff: true, "ends within a chunk") }
        let checked = UnsafeRawBufferPointer(rebasing: bytes[offset..<input.offset - 4])
        guard martlet_crc32c(0, checked.baseAddress, checked.count) == sum else { return finish(isCutOff: false, "a chunk fails its checksum") }
        let from = Timestamp(bitPattern: first)
        let (span, overflow) = Timestamp(bitPattern: last).subtractingReportingOverflow(from)
        guard !overflow, let span = UInt32(exactly: span), let base = data.baseAddress, data.count < ClosedChunk.lengthLimit else {
            return finish(isCutOff: false, "a chunk that cannot be")
        }
        isOutOfOrder = encoding & HeadChunkFiles.outOfOrderBit != 0
        offset = input.offset
        return (
            reference,
            ClosedChunk(
                bytes: UnsafeMutableRawPointer(mutating: base), firstTime: from, span: span,
                encoding: ChunkEncoding(rawValue: encoding & ~HeadChunkFiles.outOfOrderBit), length: data.count, isMapped: true)
        )
    }

    /// Prometheus leaves zeros behind the last chunk of a file that it has finished; too few bytes for a chunk are what a crash leaves of a write.
    private mutating func finish(isCutOff: Bool, _ reason: String) -> (UInt64, ClosedChunk)? {
        if bytes[offset...].allSatisfy({ $0 == 0 }) {
            end = .clean
        } else {
            end = isCutOff ? .torn(offset) : .damaged(offset, reason)
        }
        offset = bytes.count
        return nil
    }
}

/// What the head's chunk files of a data folder hold, and where they cannot be read.
public struct HeadChunkCheck: Sendable {
    public let folder: String
    public private(set) var chunks = 0
    public private(set) var faults: [BlockFault] = []
    /// A write that was under way when the program ended.
    public private(set) var torn: String?

    /// Reads all files, checks every chunk's checksum, and decodes it. Changes nothing.
    public init(_ path: String, _ files: any FileSystem) throws(StorageError) {
        folder = DataFolder(path: path).headChunks
        do {
            let numbers = try HeadChunkFiles.numbers(folder, files)
            for number in numbers { try check(HeadChunkFiles.path(folder, number), isLast: number == numbers.last, files) }
        } catch {
            throw .file(error)
        }
    }

    private mutating func check(_ path: String, isLast: Bool, _ files: any FileSystem) throws(FileError) {
        let mapping = try files.map(path, length: nil)
        var file = HeadChunkFile(mapping.bytes)
        let start = mapping.bytes.baseAddress
        while let (_, chunk) = file.next() {
            chunks += 1
            guard let reason = Self.fault(chunk) else { continue }
            faults.append(BlockFault(path: path, offset: start.map { UnsafeRawPointer(chunk.bytes) - $0 } ?? 0, reason: reason))
        }
        switch file.end {
        case .clean: break
        case .torn(let length) where isLast: torn = "\(path), byte \(length)"
        case .torn(let length): faults.append(BlockFault(path: path, offset: length, reason: "ends within a chunk"))
        case .damaged(let offset, let reason): faults.append(BlockFault(path: path, offset: offset, reason: reason))
        }
    }

    /// What is wrong within a chunk whose checksum holds.
    private static func fault(_ chunk: ClosedChunk) -> String? {
        let (floats, histograms) = (SampleColumn(), HistogramColumn())
        do {
            try ChunkDecoder.decode(chunk.buffer, chunk.encoding, into: floats)
            try ChunkDecoder.decode(chunk.buffer, chunk.encoding, into: histograms)
        } catch {
            return "\(error)"
        }
        let times = chunk.encoding.holdsFloats ? (0..<floats.count).map { floats.times[$0] } : histograms.times
        guard times.first == chunk.firstTime, times.last == chunk.lastTime else { return "samples of other times than the chunk tells" }
        return zip(times, times.dropFirst()).allSatisfy { $0 < $1 } ? nil : "samples out of order"
    }
}
