public import Model
public import Notifier
public import Runtime
import Synchronization
public import TSDB

/// What the server keeps beside its samples: records of what happened, chained so that tampering shows, and the state of the notifier. One SQLite file;
/// see Formats/catalog.md.
///
/// All that writes runs on one thread of the catalog's own. Reading blocks the caller: it is for threads that may be blocked.
public final class Catalog: Sendable {
    public let folder: String
    private let file: CatalogFile
    private let thread = SerialThread(name: "catalog")
    private let writer: Recorder
    private let state: StateStore
    private let report: @Sendable (CatalogEvent) -> Void
    /// Held until the end: nobody else may write records between ours.
    private let lock: Mutex<(any FileLock)?>
    private let purging: Purging

    /// Opens the catalog in a folder, making both if need be, and takes in what the run before has left in the spill file.
    ///
    /// Throws if a later program has written it, and touches nothing then; if it is none; if another server has it; or if SQLite refuses.
    public init(
        _ folder: String, _ options: CatalogOptions = CatalogOptions(), files: any FileSystem, clock: any Clock, registry: MetricsRegistry,
        report: @escaping @Sendable (CatalogEvent) -> Void
    ) throws(CatalogError) {
        self.folder = folder
        self.report = report
        let metrics = CatalogMetrics(registry)
        let path = CatalogFolder.file(folder)
        try CatalogForm.refuseLater(path, files)
        let spill = SpillFile(CatalogFolder.spill(folder), files, limit: options.spillLimit, report: report)
        do {
            try files.makeLastingFolder(folder)
            lock = Mutex(try files.lock(CatalogFolder.lock(folder)))
            try spill.open()
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .refused(path: folder, reason: "\(error)")
        }
        file = try CatalogFile(path, patience: options.patience)
        writer = Recorder(file, spill, on: thread, run: options.run, limit: options.queueLimit, metrics, clock, report: report)
        state = StateStore(file, writer, on: thread)
        purging = try Purging(file, writer, options, metrics, clock, report: report)
        writer.write()
        registry.callback("martlet_catalog_size_bytes", .gauge, help: "Bytes of the catalog's file and its write-ahead file.") {
            Double([path, path + "-wal"].reduce(0) { sum, path in sum + ((try? files.open(path, .read).size()) ?? 0) })
        }
        report(.chain(try file.lastMark()))
    }

    /// Takes what is to be kept on record; nobody waits for it.
    public var recorder: any Recording { writer }

    /// Keeps the notifier's state. Its calls wait for the disk.
    public var notificationStore: any NotificationStore { state }

    /// The transitions by which alerts came into the states that they are on record in.
    public func openAlerts() throws(CatalogError) -> [TransitionRecord] { try file.openAlerts() }

    /// Waits until all that was recorded so far is written, to SQLite or the spill file.
    public func flush() { _ = thread.run { [writer] in writer.write() } }

    // MARK: Maintenance

    /// To be called once a second or so: tries again what SQLite has refused, and purges once a day. Waits for the disk.
    public func maintain() {
        if writer.isBehind { flush() }
        if purging.isDue() { _ = thread.run { [purging] in purging.purge() } }
    }

    // MARK: Ending

    /// Writes all that waits and closes the file.
    public func close() {
        _ = thread.run { [self] in
            writer.close()
            do throws(CatalogError) {
                try state.settle()
                try purging.saveClock()
                report(.chain(try file.lastMark()))
                try file.close()
            } catch {
                report(.refused(reason: error.description))
            }
        }
        thread.stop()
        lock.withLock { $0 = nil }
    }
}

extension Catalog: RecordsReading {
    /// Throws `CatalogError`.
    public func records(_ query: RecordQuery) throws -> RecordPage { try file.records(query) }

    /// Checks the whole chain.
    ///
    /// - Parameter expected: a mark that was noted elsewhere.
    public func verify(expected: ChainMark? = nil) throws(CatalogError) -> ChainVerification { try file.verify(expected: expected) }
}
