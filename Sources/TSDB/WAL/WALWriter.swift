import Synchronization

/// Appends batches to the log. Safe for several threads; `sync` waits for the disk without keeping appends waiting.
///
/// Every start begins a new segment, as Prometheus does, so nothing is ever appended to bytes of unknown state. The same after an I/O error:
/// what a failed write may have left is cut off, and the next batch goes to a new segment. A sync that failed is never repeated on the same file,
/// because the kernel may have dropped the pages and would then report success: a copy takes the place of the segment that it put in doubt, and no
/// sync succeeds before. Among it may be the name of a series whose later samples are safe.
public final class WALWriter: Sendable {
    struct State {
        /// Nil before the first batch and after an error.
        var current: Part?
        /// The number of the segment that is, or was last, written.
        var segment: Int
        /// A segment that a failed write left with bytes behind its last whole batch.
        var uncut: (file: any File, length: Int)?
        /// Where the last batch lies.
        var latest: (part: Part, offset: Int)?
        /// What is not synced yet of segments that are finished, in order. First those found at the start: whoever wrote them may have been killed
        /// before a sync.
        var retired: [Part] = []
        /// The segments that a failed sync put in doubt, until a copy has taken their place.
        var doubtful: [Part] = []
        var newNames = false
        /// The segments up to this one are on the disk, as far as it has not failed since; nil: nothing is known.
        var safe: Int?
        /// Batches are numbered from 1.
        var appended: UInt64 = 0
        var synced: UInt64 = 0
        var isDirty: Bool { appended > synced || !retired.isEmpty || !doubtful.isEmpty || newNames }
        let framing = WALFraming()
        let compression = WALCompression()
    }

    /// The part of a segment that is not known to be on the disk.
    struct Part: Sendable {
        let segment: Int
        /// Nil for one that was found and is not open yet.
        var file: (any File)?
        /// What of it is on the disk.
        var synced = 0
        /// Up to the last whole batch.
        var length: Int
    }

    let folder: String
    let fileSystem: any FileSystem
    private let segmentSize: Int
    private let compression: LogCompression
    /// Called with every error of a sync after which it is tried again.
    let onFailedSync: @Sendable (FileError) -> Void
    let state: Mutex<State>
    let syncing = Mutex(())

    /// Makes the folder if it is missing. The first batch goes to the segment after the last one there.
    ///
    /// - Parameter safe: What `safeSegment` was at the end of the run before. A sync of what is behind it may have failed then, and would be told to
    ///   have succeeded now; so the first sync puts copies in the place of those segments. Nil: nothing is known, and all are copied.
    public init(
        _ folder: String, _ fileSystem: any FileSystem, segmentSize: Int = 128 << 20, compression: LogCompression = .names, safe: Int? = nil,
        onFailedSync: @escaping @Sendable (FileError) -> Void = { _ in }
    ) throws(FileError) {
        self.folder = folder
        self.fileSystem = fileSystem
        self.segmentSize = segmentSize
        self.compression = compression
        self.onFailedSync = onFailedSync
        try fileSystem.makeLastingFolder(folder)
        // Readers pass over segments that a checkpoint stands for.
        let segments = try WALFolder.segments(folder, fileSystem)
        let checkpoint = try Checkpoint.latest(folder, fileSystem)?.segment ?? -1
        let found = segments.filter { $0 > checkpoint }.map { Part(segment: $0, length: .max) }
        let last = max(segments.last ?? -1, checkpoint)
        state = Mutex(
            State(
                segment: last, retired: found.filter { $0.segment <= safe ?? -1 }, doubtful: found.filter { $0.segment > safe ?? -1 },
                newNames: !found.isEmpty, safe: found.isEmpty ? last : safe))
    }

    /// The number of the segment written last; -1 if there is none yet.
    public var segment: Int { state.withLock { $0.segment } }

    /// All segments up to this one are known to be on the disk; nil: none are. Behind the last sync of a log that is closed it is the last.
    public var safeSegment: Int? { state.withLock { $0.safe } }

    /// Whether something was left in doubt by the run before, or by a sync that failed.
    public var isInDoubt: Bool { state.withLock { !$0.doubtful.isEmpty } }

    /// Nothing more will be appended: the segment written last is as safe as those before it, if all of it is on the disk.
    public func finish() {
        state.withLock { state in if !state.isDirty { state.safe = state.segment } }
    }

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
        try append(batch.records, &state)
        state.appended += 1
        return state.appended
    }

    /// Writes one record as it is.
    func append(_ record: UnsafeRawBufferPointer) throws(FileError) {
        try state.withLock { (state) throws(FileError) in
            try append([record], &state)
            state.appended += 1
        }
    }

    /// Writes records as one batch, which is not counted.
    func append(_ records: [UnsafeRawBufferPointer], _ state: inout State) throws(FileError) {
        let needed = records.reduce(0) { $0 + WALFraming.upperBound($1.count) }
        // A batch longer than a segment gets a longer segment to itself.
        if state.current.map({ $0.length > 0 && $0.length + needed > segmentSize }) ?? true { try beginSegment(&state) }
        guard let current = state.current, let file = current.file else { preconditionFailure("BUG: no segment to write to") }
        state.framing.output.removeAll()
        var end = current.length
        for record in records {
            if compression.takes(record), state.compression.compress(record) {
                end = state.framing.add(state.compression.output.bytes, at: end, compression: WALFormat.snappy)
            } else {
                end = state.framing.add(record, at: end)
            }
        }
        do {
            try file.append(state.framing.output.bytes)
        } catch {
            state.uncut = (file, current.length)
            retire(&state)
            cut(&state)
            throw error
        }
        state.latest = (current, current.length)
        state.current?.length = end
    }

    /// Takes the batch appended last back, as if its write had failed: for a caller whose other log did not take its part.
    public func takeBack(_ batch: UInt64) {
        state.withLock { state in
            guard batch == state.appended, let latest = state.latest, let file = latest.part.file else { return }
            state.latest = nil
            state.uncut = (file, latest.offset)
            retire(&state)
            // A sync may have failed in between.
            for at in state.retired.indices where state.retired[at].segment == latest.part.segment { state.retired[at].length = latest.offset }
            for at in state.doubtful.indices where state.doubtful[at].segment == latest.part.segment { state.doubtful[at].length = latest.offset }
            let isPending = (state.retired + state.doubtful).contains { $0.segment == latest.part.segment }
            // That it is shorter must reach the disk too.
            if !isPending { state.retired.append(Part(segment: latest.part.segment, file: file, length: latest.offset)) }
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
        // Or the copy of one might come into its place after it is gone.
        state.withLock { state in state.doubtful.removeAll { $0.segment < first } }
        try WALFolder.removeSegments(folder, below: first, fileSystem)
    }

    private func beginSegment(_ state: inout State) throws(FileError) {
        cut(&state)
        let next = state.segment + 1
        let file = try fileSystem.open(WALFolder.segmentPath(folder, next), .create)
        retire(&state)
        state.current = Part(segment: next, file: file, length: 0)
        state.segment = next
        state.newNames = true
    }

    /// Nothing more is appended to the current segment.
    func retire(_ state: inout State) {
        if let current = state.current, current.length > current.synced { state.retired.append(current) }
        state.current = nil
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
}
