public import Model

/// Makes blocks of samples that come from elsewhere, in any order and for any time.
///
/// Samples are encoded as they come: every series has one open chunk, and closed ones wait in a file beside the blocks, so that memory is bounded by
/// the number of series and chunks, not of samples. Not safe for several threads.
///
/// The blocks say that their samples did not come in order. A server takes the end of any other block for the time from which on its log counts, and
/// would leave out what the log alone has from before that.
public final class BlockBuilder {
    public struct Options: Sendable {
        /// Blocks begin and end at multiples of this, in milliseconds; at most 31 days.
        public var blockDuration: Int64 = 2 * 3_600_000
        /// Bytes of a chunk segment.
        public var segmentSize = 512 << 20
        /// Bytes of open chunks; with more all are closed, which makes for more and shorter chunks.
        public var memory = 256 << 20

        public init() {}
    }

    private let folder: String
    private let files: any FileSystem
    private let options: Options
    private let newULID: () -> ULID
    private let open: OpenChunks
    private let closed: ClosedChunks
    private var names: [Labels] = []
    private var numbers: [Labels: UInt32] = [:]
    private let keys = SymbolTable()
    /// The series of each key.
    private var seriesOfKey: [UInt32] = []
    private var lastKey: UInt32 = 0
    /// How many samples were added.
    public private(set) var samples = 0

    /// Blocks come into `folder`, which is made if need be; `newULID` names them.
    public init(
        folder: String, files: any FileSystem, options: Options = Options(), newULID: @escaping () -> ULID
    ) throws(StorageError) {
        try wrapped { () throws(FileError) in try files.makeLastingFolder(folder) }
        self.folder = folder
        self.files = files
        self.options = options
        self.newULID = newULID
        closed = ClosedChunks(FilePath.join(folder, "import" + BlockFolder.creationSuffix), files)
        open = OpenChunks(duration: min(max(options.blockDuration, 1), 31 * 86_400_000), memory: options.memory, closed)
    }

    deinit { try? closed.remove() }

    public var seriesCount: Int { names.count }

    /// The number of a series, for `add`.
    public func series(_ labels: Labels) -> UInt32 {
        if let number = numbers[labels] { return number }
        let number = UInt32(names.count)
        names.append(labels)
        numbers[labels] = number
        open.addSeries()
        return number
    }

    /// The number of the series that stands in the input as `key`. `labels` reads a key that was not there before; other keys cost little, most of
    /// all that which was asked for last, or followed it when it was new.
    public func series(key: UnsafeRawBufferPointer, _ labels: (UnsafeRawBufferPointer) throws -> Labels) rethrows -> UInt32 {
        if let known = find(key) {
            lastKey = known
            return seriesOfKey[Int(known)]
        }
        let number = series(try labels(key))
        lastKey = keys.intern(key)
        seriesOfKey.append(number)
        return number
    }

    private func find(_ key: UnsafeRawBufferPointer) -> UInt32? {
        for guess in [lastKey, lastKey &+ 1] where guess < seriesOfKey.count && compareBytes(keys.bytes(guess), key) == 0 { return guess }
        return keys.find(key)
    }

    /// Adds a sample. Of several with one time one stays, that which was added first.
    public func add(_ series: UInt32, _ time: Timestamp, _ value: Double) throws(StorageError) {
        precondition(series < names.count, "BUG: a series that the builder has not numbered")
        samples &+= 1
        do { try open.add(series, time, value) } catch { throw .file(error) }
    }

    public func add(_ labels: Labels, _ time: Timestamp, _ value: Double) throws(StorageError) {
        try add(series(labels), time, value)
    }

    /// Writes the blocks, the oldest first, and tells `written` of each. Returns what they are. The builder is empty afterwards.
    ///
    /// After an error the blocks that `written` was told of are there whole, and nothing else is.
    @discardableResult
    public func finish(_ written: (BlockMeta) -> Void = { _ in }) throws(StorageError) -> [BlockMeta] {
        try wrapped { () throws(FileError) in try open.closeAll() }
        let order = names.indices.sorted { names[$0] < names[$1] }
        let sorted = try closed.sorted(order)
        let inOrder = order.map { names[$0] }
        var metas: [BlockMeta] = []
        while let (cursor, range) = sorted.nextBlock(names: inOrder) {
            let request = BlockRequest(
                ulid: newULID(), minTime: range.from, maxTime: range.through.later(by: 1), hints: [BlockMeta.Compaction.fromOutOfOrder],
                segmentSize: options.segmentSize)
            guard let meta = try BlockWriter.write([cursor], request, into: folder, files) else { continue }
            metas.append(meta)
            written(meta)
        }
        try wrapped { () throws(FileError) in try closed.remove() }
        return metas
    }
}
