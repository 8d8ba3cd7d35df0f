public import Model
import Synchronization

/// The newest samples of all series, in memory.
///
/// One thread at a time commits: a batch is checked, written to the log and applied under `commit`. Readers meet it at three reader-writer
/// locks, always taken in this order:
///
/// - `sweeping`: while held for reading, series keep their slots and symbols their numbers. Held from a query's first look-up until its labels
///   are copied; only dropping series takes it for writing.
/// - `index`: symbols, postings and series by labels. Taken for writing when series are created.
/// - `samples`: chunks. Taken for writing once a batch, so that a query, which copies its pointers under it once, sees batches whole or not at all.
///
/// What was copied stays valid without any lock: closed chunks never change, open ones are only appended to, and memory is freed when the
/// queries that may look at it are done.
public final class Head: SeriesSource, @unchecked Sendable {
    let options: HeadOptions
    let clock: any Clock
    let report: Reporter
    let reclaimer = Reclaimer()
    let core: HeadCore
    let exemplars: ExemplarStore
    /// What is being appended; only used under `commit`.
    let staging: Staging
    let budget: HeadBudget
    let commit = Mutex(())
    let sweeping = ReadWriteLock()
    let index = ReadWriteLock()
    let samples = ReadWriteLock()
    /// How many walk over series without a lock: while there is one, no series leaves.
    let keepingSeries = Atomic(0)
    /// Keeps the mapped files that closed chunks point into. Set once, before the head is handed out.
    private(set) var chunkFiles: HeadChunkFiles?
    /// Why nothing is appended; nil if it is. Only used under `commit`.
    var refusal: String?
    /// Where batches are written before they are applied; nil for a head in memory alone. Set once, before the head is handed out.
    private(set) var log: (any HeadLog)?
    private let window: Atomic<Int64>

    /// A head in memory alone.
    public convenience init(options: HeadOptions, clock: any Clock) {
        self.init(options: options, clock: clock) { _ in }
    }

    init(options: HeadOptions, clock: any Clock, report: @escaping Reporter) {
        self.options = options
        self.clock = clock
        self.report = report
        window = Atomic(options.outOfOrderWindow)
        budget = HeadBudget(options.budget)
        staging = Staging(budget)
        core = HeadCore(reclaimer: reclaimer, options: options)
        exemplars = ExemplarStore(limit: options.maxExemplars)
    }

    /// The files that chunks were loaded from and will be written to.
    func attach(_ files: HeadChunkFiles) { chunkFiles = files }

    /// Writes every later batch to `log`.
    func attach(_ log: any HeadLog) {
        self.log = log
        core.departures.currentSegment = { log.segment }
    }

    /// How far behind the newest sample one may be that does not come in order, in milliseconds.
    public var outOfOrderWindow: Int64 { window.load(ordering: .relaxed) }

    /// From the next batch on.
    public func setOutOfOrderWindow(_ milliseconds: Int64) { window.store(milliseconds, ordering: .relaxed) }

    public var stats: HeadStats {
        index.reading { samples.reading { core.stats } }
    }

    /// The `limit` largest of each kind. Walks over all label values: for a status page, not for every scrape.
    public func cardinality(limit: Int) -> HeadCardinality {
        index.reading { core.cardinality(limit: limit) }
    }
}

/// Where the head writes a batch before anybody sees it.
protocol HeadLog: Sendable {
    /// The number of the segment being written.
    var segment: Int { get }
    /// Writes what a batch brings, as one step: if it throws, the head applies nothing.
    func write(_ staging: Staging) throws(StorageError)
    /// Makes what was written last safe, if every append is to wait for that.
    func makeSafe() throws(StorageError)
    /// Begins a segment of the log of what came out of order; returns its number.
    func beginOutOfOrderSegment() throws(StorageError) -> Int
    /// Makes that log safe.
    func syncOutOfOrder() throws(StorageError)
    /// Removes that log's segments below a number.
    func removeOutOfOrderSegments(below segment: Int) throws(StorageError)
    /// Writes what is to be deleted, and of that again what may have come out of order, as one step in the same sense; before it, which series the
    /// references stand for that the log has not named.
    func write(_ tombstones: [WALTombstone], outOfOrder: [WALTombstone], of series: [(ref: UInt64, labels: Labels)]) throws(StorageError)
}
