import Synchronization

/// Appends batches to the log. Safe for several threads; `sync` waits for the disk without keeping appends waiting.
///
/// Every start begins a new segment, as Prometheus does, so nothing is ever appended to bytes of unknown state. The same after an I/O error:
/// what a failed write may have left is cut off, and the next batch goes to a new segment. A sync that failed is never repeated on the same file,
/// because the kernel may have dropped the pages and would then report success.
public final class WALWriter: Sendable {
    private struct State {
        /// Nil before the first batch and after an error.
        var file: (any File)?
        /// The number of the segment that is, or was last, written.
        var segment: Int
        /// The segment's length up to the last whole batch.
        var length = 0
        /// A segment that a failed write left with bytes behind its last whole batch.
        var uncut: (file: any File, length: Int)?
        /// Where the last batch lies.
        var latest: (file: any File, offset: Int)?
        /// Finished segments that are not synced yet.
        var retired: [any File] = []
        /// The numbers of segments found at the start. Whoever wrote them may have been killed before a sync.
        var found: [Int]
        var newNames = false
        /// Batches are numbered from 1.
        var appended: UInt64 = 0
        var synced: UInt64 = 0
        var isDirty: Bool { appended > synced || !found.isEmpty }
        /// The batches that the last failed sync put in doubt, and whether nobody has been told yet about some of them.
        var doubtful: (batches: Range<UInt64>, error: FileError, untold: Bool)?
        let framing = WALFraming()
        let compression = WALCompression()
    }

    private let folder: String
    private let fileSystem: any FileSystem
    private let segmentSize: Int
    private let compresses: Bool
    private let state: Mutex<State>
    private let syncing = Mutex(())

    /// Makes the folder if it is missing. The first batch goes to the segment after the last one there.
    public init(_ folder: String, _ fileSystem: any FileSystem, segmentSize: Int = 128 << 20, compresses: Bool = true) throws(FileError) {
        self.folder = folder
        self.fileSystem = fileSystem
        self.segmentSize = segmentSize
        self.compresses = compresses
        try fileSystem.makeLastingFolder(folder)
        // Readers pass over segments that a checkpoint stands for.
        let segments = try WALFolder.segments(folder, fileSystem)
        let checkpoint = try Checkpoint.latest(folder, fileSystem)?.segment ?? -1
        state = Mutex(State(segment: max(segments.last ?? -1, checkpoint), found: segments.filter { $0 > checkpoint }))
    }

    /// The number of the segment written last; -1 if there is none yet.
    public var segment: Int { state.withLock { $0.segment } }

    /// Whether something was appended since the last sync, or found at the start.
    public var isDirty: Bool { state.withLock { $0.isDirty } }

    /// Writes a batch, if there is room in one write call, and returns its number for `sync(through:)`. An empty batch writes nothing.
    ///
    /// After an error the batch is not in the log, and the log is as ready for the next batch as the disk allows.
    @discardableResult
    public func append(_ batch: WALBatch) throws(FileError) -> UInt64 {
        try state.withLock { (state) throws(FileError) in try append(batch, &state) }
    }

    private func append(_ batch: WALBatch, _ state: inout State) throws(FileError) -> UInt64 {
        guard !batch.isEmpty else { return state.appended }
        return try append(batch.records, &state)
    }

    /// Writes one record as it is.
    func append(_ record: UnsafeRawBufferPointer) throws(FileError) {
        _ = try state.withLock { (state) throws(FileError) in try append([record], &state) }
    }

    private func append(_ records: [UnsafeRawBufferPointer], _ state: inout State) throws(FileError) -> UInt64 {
        let needed = records.reduce(0) { $0 + WALFraming.upperBound($1.count) }
        // A batch longer than a segment gets a longer segment to itself.
        if state.file == nil || (state.length > 0 && state.length + needed > segmentSize) { try beginSegment(&state) }
        guard let file = state.file else { preconditionFailure("BUG: no segment to write to") }
        state.framing.output.removeAll()
        var end = state.length
        for record in records {
            if compresses, state.compression.compress(record) {
                end = state.framing.add(state.compression.output.bytes, at: end, compression: WALFormat.snappy)
            } else {
                end = state.framing.add(record, at: end)
            }
        }
        do {
            try file.append(state.framing.output.bytes)
        } catch {
            state.uncut = (file, state.length)
            state.file = nil
            state.retired.append(file)
            cut(&state)
            throw error
        }
        state.latest = (file, state.length)
        state.length = end
        state.appended += 1
        return state.appended
    }

    /// Takes the batch appended last back, as if its write had failed: for a caller whose other log did not take its part.
    public func takeBack(_ batch: UInt64) {
        state.withLock { state in
            guard batch == state.appended, let latest = state.latest else { return }
            state.latest = nil
            state.uncut = (latest.file, latest.offset)
            if let file = state.file { state.retired.append(file) }
            state.file = nil
            cut(&state)
        }
    }

    /// Ends the current segment; returns the number of the new one.
    @discardableResult
    public func beginSegment() throws(FileError) -> Int {
        try state.withLock { (state) throws(FileError) in
            try beginSegment(&state)
            return state.segment
        }
    }

    /// Removes the segments whose numbers are below `first`, which must not be that of a segment to come.
    public func removeSegments(below first: Int) throws(FileError) {
        try WALFolder.removeSegments(folder, below: first, fileSystem)
    }

    private func beginSegment(_ state: inout State) throws(FileError) {
        cut(&state)
        let next = state.segment + 1
        let file = try fileSystem.open(WALFolder.segmentPath(folder, next), .create)
        if let old = state.file { state.retired.append(old) }
        state.file = file
        state.segment = next
        state.length = 0
        state.newNames = true
    }

    /// Cuts off what a failed write left, which Prometheus would take for damage. Where the disk refuses that too, the segment stays torn:
    /// our own reader knows the end of a segment for the end of its damage.
    private func cut(_ state: inout State) {
        guard let uncut = state.uncut else { return }
        do {
            try uncut.file.truncate(to: uncut.length)
            state.uncut = nil
        } catch {
            // Tried again when the next segment begins.
        }
    }

    /// Waits until the batches up to number `batch` (nil: all appended before the call) are on disk. Does nothing if they are there already.
    ///
    /// Throws if they may be lost at a power cut. What was appended then stays readable as long as the machine runs. That a sync failed is told
    /// once to those who ask about all batches; who asks for an end of his own (`isOwners` false) does not use that up for the owner, who has
    /// to know which batches are in doubt.
    public func sync(through batch: UInt64? = nil, isOwners: Bool = true) throws(FileError) {
        try syncing.withLock { (_) throws(FileError) in try syncNow(batch, isOwners: isOwners) }
    }

    private struct Work {
        var through: UInt64
        var found: [Int]
        var files: [any File]
        var current: (any File)?
        var newNames: Bool
    }

    private func syncNow(_ batch: UInt64?, isOwners: Bool) throws(FileError) {
        if let error = state.withLock({ Self.doubt(batch, isOwners: isOwners, &$0) }) { throw error }
        guard let work = state.withLock({ Self.work(batch, &$0) }) else { return }
        do {
            try sync(found: work.found)
            for file in work.files { try file.sync() }
            try work.current?.sync()
            if work.newNames { try fileSystem.syncFolder(folder) }
        } catch {
            state.withLock { Self.giveUp(work, error, isOwners: isOwners, &$0) }
            throw error
        }
        state.withLock { $0.synced = max($0.synced, work.through) }
    }

    private func sync(found segments: [Int]) throws(FileError) {
        for segment in segments {
            let path = WALFolder.segmentPath(folder, segment)
            // A checkpoint may have removed it in the meantime.
            if try fileSystem.kind(path) != nil { try fileSystem.open(path, .append).sync() }
        }
    }

    private static func doubt(_ batch: UInt64?, isOwners: Bool, _ state: inout State) -> FileError? {
        guard let doubtful = state.doubtful else { return nil }
        if let batch { return doubtful.batches.contains(batch) ? doubtful.error : nil }
        if isOwners { state.doubtful?.untold = false }
        return doubtful.untold ? doubtful.error : nil
    }

    private static func work(_ batch: UInt64?, _ state: inout State) -> Work? {
        guard state.isDirty, (batch ?? .max) > state.synced else { return nil }
        defer {
            state.found = []
            state.retired = []
            state.newNames = false
        }
        return Work(
            through: state.appended, found: state.found, files: state.retired, current: state.file,
            newNames: state.newNames || !state.found.isEmpty)
    }

    /// Leaves the file whose sync failed and remembers which batches hang on it, those included that came while it was failing.
    private static func giveUp(_ work: Work, _ error: FileError, isOwners: Bool, _ state: inout State) {
        state.doubtful = (state.synced + 1..<state.appended + 1, error, !isOwners || state.appended > work.through)
        state.synced = state.appended
        state.retired = []
        state.file = nil
        // Names can be synced again: they are not data that a failed sync drops.
        state.newNames = state.newNames || work.newNames
    }
}
