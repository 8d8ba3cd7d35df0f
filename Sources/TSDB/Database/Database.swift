public import Model
import Synchronization

/// A data folder, open: its lock, its logs, the head and the blocks. `DataFolder` says what lies where.
///
/// It has no threads, but for those that read the log while it opens: the owner calls `sync` and `maintain` from time to time, each from one thread.
public final class Database: Sendable {
    public let head: Head
    public let path: String
    /// The head, the blocks and the tiers as one.
    public let source: any SeriesSource
    let folder: DataFolder
    let options: DatabaseOptions
    let files: any FileSystem
    let clock: any Clock
    let report: Reporter
    let blockSet: BlockSet
    let quarantine: Quarantine
    let damaged: DamagedBlocks
    let log: DatabaseLog
    let chunkFiles: HeadChunkFiles
    let spaceGuard = SpaceGuard()
    /// Blocks on the disk that are not the database's any more, or never were: removing them failed.
    let leftovers = Mutex<Set<Leftover>>([])
    let retentionSetting: Mutex<Retention?>
    let tierSetting: Mutex<TierPolicy>
    let staleThreshold: Mutex<Double>
    /// One piece of work on the folder at a time: compactions, deletes, snapshots, purging.
    let maintenance: Mutex<Maintenance>
    let progress: Mutex<DatabaseStatus>
    private let lock: Mutex<(any FileLock)?>
    private let ending = Atomic(false)

    /// Takes the folder's lock, making the folder if it is missing, opens its blocks and replays its logs.
    ///
    /// Torn ends of the logs, as a crash leaves them, are cut off. What cannot be read is set aside and told to `report`; the rest serves. Throws
    /// `StorageError` if another process has the folder, a file cannot be read or written, or something is in a form that is not supported;
    /// nothing is changed on disk then. Others may look at `progress` meanwhile.
    public static func open(
        path: String, options: DatabaseOptions, files: any FileSystem, clock: any Clock, progress: ReplayProgress = ReplayProgress(),
        report: @escaping Reporter
    ) throws(StorageError) -> Database {
        let opening = DatabaseOpening(
            folder: DataFolder(path: path), options: options, files: files, clock: clock, report: report, progress: progress)
        return try Database(opening)
    }

    private init(_ opening: DatabaseOpening) throws(StorageError) {
        let lock = try opening.takeLock()
        folder = opening.folder
        path = folder.path
        options = opening.options
        files = opening.files
        clock = opening.clock
        report = opening.report
        quarantine = try opening.quarantine()
        try opening.checkForms()
        var state = try opening.state(quarantine)
        try opening.cleanUp()
        damaged = DamagedBlocks()
        let setAside = quarantine.all.count
        let raw = try opening.blocks(quarantine, damaged)
        let lostBlocks = quarantine.all.count > setAside
        let tiers = try opening.tiers(quarantine, damaged)
        state.hasTiers = state.hasTiers || !tiers.values.joined().isEmpty
        let latest = clock.now().later(by: options.head.futureTolerance ?? 0)
        let floors = state.floors(
            raw.map(\.meta), tiers.mapValues { $0.map(\.meta) }, opening.options.tiers.rules, latest: latest,
            block: options.minBlockDuration)
        let folded = floors.general.raw > state.floors.raw ? floors.general.raw : nil
        if state.isNew { opening.remember(floors, folded, &state) }
        blockSet = BlockSet(raw, tiers: tiers, floors: floors.general, rules: floors.rules)
        head = Head(options: opening.headOptions, clock: opening.clock, report: opening.report)
        var status = DatabaseStatus()
        status.isAdopted = state.isAdopted
        chunkFiles = try wrapped { () throws(FileError) in
            try HeadChunkFiles(opening.folder.headChunks, opening.files, fileSize: opening.options.headChunkFileSize)
        }
        head.attach(chunkFiles)
        let chunks = try opening.chunks(chunkFiles, quarantine, &status)
        try opening.forgetFutureEnd(&state, blockSet)
        log = try opening.replay(head, blockSet, state, chunks, quarantine, lostBlocks: lostBlocks, folded: folded, &status)
        source = TieredSource(head) { [blockSet] in blockSet.coverage }
        retentionSetting = Mutex(options.retention)
        tierSetting = Mutex(options.tiers)
        staleThreshold = Mutex(options.staleSeriesThreshold)
        var work = Maintenance(state, clock: opening.clock, newest: Self.newestTime(head, blockSet), hasLate: head.lateRange != nil)
        work.floorsAreAhead = state.hasFloors(behind: latest)
        maintenance = Mutex(work)
        progress = Mutex(status)
        self.lock = Mutex(lock)
        // From the first run on it is on record how far the log is safe.
        maintenance.withLock { saveState(&$0) }
    }

    static func newestTime(_ head: Head, _ blocks: BlockSet) -> Timestamp? {
        [head.maxTime, blocks.all.map { $0.meta.maxTime.earlier(by: 1) }.max()].compactMap { $0 }.max()
    }

    /// The raw blocks that queries see, by time.
    public var blocks: [BlockMeta] { blockSet.all.map(\.meta) }

    /// The same of a tier.
    public func blocks(_ tier: Tier) -> [BlockMeta] { blockSet.all(tier).map(\.meta) }

    /// What queries have had to leave out since a mark was taken.
    public func damage(since mark: Int) -> (mark: Int, blocks: [String]) { damaged.met(since: mark) }

    public var status: DatabaseStatus {
        var status = progress.withLock { $0 }
        status.quarantined = quarantine.all
        status.readOnly = spaceGuard.reason
        let oldest = ([nil] + Tier.allCases).map { ($0.map(blocks) ?? blocks).filter { $0.stats.series > 0 }.map(\.minTime).min() }
        status.lowestTime = ([head.minTime] + oldest).compactMap { $0 }.min()
        return status
    }

    func newULID() -> ULID {
        let random = options.random()
        return ULID(time: max(0, clock.now()), random: (random, UInt16(truncatingIfNeeded: options.random())))
    }

    func openBlock(_ ulid: ULID, of tier: Tier? = nil) throws(StorageError) -> Block {
        try Block.open(path: folder.block(ulid, of: tier), files: files, leavingOutDamage: true) { [damaged] in damaged.note(ulid, cause: "\($0)") }
    }

    /// Forces what was appended to the disk; does nothing if `walSync` is `off`. Appends go on meanwhile.
    ///
    /// Throws if samples may be lost at a power cut.
    public func sync() throws(StorageError) { try log.sync() }

    /// No merge of blocks runs on or begins any more: the folder is to be closed soon. What a merge has written so far is removed.
    public func endMerging() { ending.store(true, ordering: .relaxed) }

    var isEnding: Bool { ending.load(ordering: .relaxed) }

    /// Forces everything to the disk and gives the folder free. Later appends throw; queries still work. Closing again does nothing.
    public func close() throws(StorageError) {
        guard lock.withLock({ $0 != nil }) else { return }
        endMerging()
        attempt("removing what failed work has left") { () throws(StorageError) in try removeLeftovers() }
        // Other work that is under way ends first.
        maintenance.withLock { $0.isClosed = true }
        defer { lock.withLock { $0 = nil } }
        log.refuseWrites()
        // A batch that is just being written is let through before the last sync.
        head.commit.withLock { _ in }
        // The next start need not encode again what is full; without it, it only takes longer.
        do {
            try head.mapFullChunks(chunkFiles)
            try wrapped { () throws(FileError) in try chunkFiles.sync() }
        } catch {
            report(StorageEvent(.warning, "the head's full chunks could not be written", [("cause", "\(error)")]))
        }
        try log.syncAll()
        log.finish()
        maintenance.withLock { saveState(&$0) }
    }
}
