import CLinux
import Chunks
import Model

/// Full chunks that wait for their block, in a spool, and the list of them.
final class ClosedChunks {
    fileprivate struct Entry: BitwiseCopyable {
        /// Where its block begins.
        var window: Timestamp
        /// First the number of its series, then the place of that in the order of labels.
        var series: UInt32
        var length: UInt32
        /// The time of the first sample since `window`, and that of the last since the first.
        var first: UInt32
        var span: UInt32
        var offset: Int

        var range: TimeRange {
            let from = window &+ Int64(first)
            return TimeRange(from: from, through: from &+ Int64(span))
        }
    }

    private let spool: Spool
    private var entries: [Entry] = []

    init(_ path: String, _ files: any FileSystem) { spool = Spool(path, files, memory: 4 << 20) }

    /// In the spool a chunk is followed by its CRC-32C.
    func add(_ series: UInt32, _ window: Timestamp, _ range: TimeRange, _ bytes: UnsafeRawBufferPointer) throws(FileError) {
        entries.append(
            Entry(
                window: window, series: series, length: UInt32(bytes.count), first: UInt32(truncatingIfNeeded: range.from &- window),
                span: UInt32(truncatingIfNeeded: range.through &- range.from), offset: spool.count))
        try spool.append(bytes)
        let sum = Spool.extended(0, bytes)
        try withUnsafeBytes(of: sum) { (sum) throws(FileError) in try spool.append(sum) }
    }

    /// Everything in the order of blocks, labels and arrival; `order` lists the series by their labels.
    func sorted(_ order: [Int]) throws(StorageError) -> SortedChunks {
        var places = [UInt32](repeating: 0, count: order.count)
        for (place, series) in order.enumerated() { places[series] = UInt32(place) }
        for at in entries.indices { entries[at].series = places[Int(entries[at].series)] }
        entries.sort { ($0.window, $0.series, $0.offset) < ($1.window, $1.series, $1.offset) }
        defer { entries = [] }
        return SortedChunks(entries, try wrapped { () throws(FileError) in try spool.contents() }, broken: spool.broken)
    }

    func remove() throws(FileError) { try spool.remove() }
}

/// The chunks of an import, block by block.
final class SortedChunks {
    private let entries: [ClosedChunks.Entry]
    private let bytes: UnsafeRawBufferPointer
    private let broken: FileError
    private var at = 0

    fileprivate init(_ entries: [ClosedChunks.Entry], _ bytes: UnsafeRawBufferPointer, broken: FileError) {
        self.entries = entries
        self.bytes = bytes
        self.broken = broken
    }

    /// The series of the next block, and the times of its samples.
    func nextBlock(names: [Labels]) -> (any ChunkSeriesCursor, TimeRange)? {
        guard at < entries.count else { return nil }
        let start = at
        var range = entries[start].range
        while at < entries.count, entries[at].window == entries[start].window {
            let next = entries[at].range
            range = TimeRange(from: min(range.from, next.from), through: max(range.through, next.through))
            at += 1
        }
        return (Cursor(self, start..<at, names), range)
    }

    private final class Cursor: ChunkSeriesCursor {
        private let all: SortedChunks
        private var rest: Range<Int>
        private let names: [Labels]
        private(set) var labels = Labels.empty
        /// In the order in which they came.
        private(set) var chunks: [ChunkView] = []
        var deleted: [TimeRange] { [] }

        init(_ all: SortedChunks, _ range: Range<Int>, _ names: [Labels]) {
            self.all = all
            rest = range
            self.names = names
        }

        func next() throws(StorageError) -> Bool {
            guard let first = rest.first else { return false }
            let series = all.entries[first].series
            labels = names[Int(series)]
            chunks.removeAll(keepingCapacity: true)
            var at = first
            while at < rest.upperBound, all.entries[at].series == series {
                chunks.append(try all.chunk(all.entries[at]))
                at += 1
            }
            rest = at..<rest.upperBound
            return true
        }
    }

    private func chunk(_ entry: ClosedChunks.Entry) throws(StorageError) -> ChunkView {
        let end = entry.offset + Int(entry.length)
        guard end + 4 <= bytes.count else { throw .file(broken) }
        let chunk = UnsafeRawBufferPointer(rebasing: bytes[entry.offset..<end])
        guard Spool.extended(0, chunk) == bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self) else { throw .file(broken) }
        return ChunkView(encoding: .xor, range: entry.range, bytes: chunk)
    }
}
