public import Model
import Synchronization

/// A data folder, open: its lock, its write-ahead log and the head.
///
///     folder/lock          held while the database is open; Prometheus takes the same
///     folder/wal/00000000  log segments
///     folder/wbl/00000000  log segments of samples that came out of order
public final class Database: Sendable {
    public let head: Head
    public let path: String
    /// How many damaged places the log had at start; a torn end, as a crash leaves it, is none.
    public let logCorruptions: Int
    private let log: DatabaseLog
    private let lock: Mutex<(any FileLock)?>

    private init(path: String, head: Head, log: DatabaseLog, lock: any FileLock, logCorruptions: Int) {
        self.path = path
        self.logCorruptions = logCorruptions
        self.head = head
        self.log = log
        self.lock = Mutex(lock)
    }

    /// Takes the folder's lock, making the folder if it is missing, and replays its log.
    ///
    /// A torn end of the log, as a crash leaves it, is cut off. Behind damage nothing can be read: what comes before is kept, the rest set aside
    /// under another name; both are told to `report`. Throws `StorageError` if another process has the folder, a file cannot be read or written,
    /// or the log is in a form that is not supported; nothing is changed on disk then.
    public static func open(
        path: String, options: DatabaseOptions, files: any FileSystem, clock: any Clock, report: @escaping Reporter
    ) throws(StorageError) -> Database {
        let lock = try takeLock(path, files)
        let head = Head(options: options.head, clock: clock, report: report)
        let folder = FilePath.join(path, "wal")
        let outOfOrderFolder = FilePath.join(path, "wbl")
        let logs = [(folder, "write-ahead log", head.replay), (outOfOrderFolder, "out-of-order log", head.replayOutOfOrder)]
        var corruptions = 0
        for (folder, name, apply) in logs {
            let found = try replay(folder, name, apply, head, files, clock, report)
            if found.damage != nil { corruptions += 1 }
        }
        head.endReplay()
        do {
            let writer = try WALWriter(folder, files, segmentSize: options.walSegmentSize)
            let outOfOrder = try WALWriter(outOfOrderFolder, files, segmentSize: options.walSegmentSize)
            let log = DatabaseLog(path: path, writer: writer, outOfOrder: outOfOrder, sync: options.walSync)
            head.attach(log)
            return Database(path: path, head: head, log: log, lock: lock, logCorruptions: corruptions)
        } catch {
            throw .file(error)
        }
    }

    private static func takeLock(_ path: String, _ files: any FileSystem) throws(StorageError) -> any FileLock {
        do {
            try files.makeLastingFolder(path)
            return try files.lock(FilePath.join(path, "lock"))
        } catch let error as FileError {
            throw .file(error)
        } catch let error as FolderInUse {
            throw .inUse(error)
        } catch {
            preconditionFailure("BUG: a lock that fails with \(error)")
        }
    }

    private static func replay(
        _ folder: String, _ name: String, _ apply: (WALReader) throws(StorageError) -> ReplayTotals,
        _ head: Head, _ files: any FileSystem, _ clock: any Clock, _ report: Reporter
    ) throws(StorageError) -> WALReport {
        let start = clock.monotonic()
        let reader: WALReader
        do { reader = try WALReader(folder, files) } catch { throw .file(error) }
        let totals = try apply(reader)
        let aside: [String]
        do { aside = try WALRepair.perform(reader.report, folder, files) } catch { throw .file(error) }
        let milliseconds = (clock.monotonic() - start) / 1_000_000
        for event in totals.events + events(name, reader.report, aside, totals) { report(event) }
        report(
            StorageEvent(
                .info, "\(name) replayed",
                [
                    ("records", "\(reader.report.records)"), ("series", "\(head.stats.series)"), ("samples", "\(totals.samples)"),
                    ("duration_ms", "\(milliseconds)"),
                ]))
        return reader.report
    }

    private static func events(_ name: String, _ found: WALReport, _ aside: [String], _ totals: ReplayTotals) -> [StorageEvent] {
        var events = found.torn.map { place in
            StorageEvent(
                .warning, "\(name): an unfinished write at the end was cut off",
                [("segment", "\(place.segment)"), ("offset", "\(place.offset)")])
        }
        if let damage = found.damage {
            events.append(
                StorageEvent(
                    .error, "\(name) damaged; what comes before the damage was kept",
                    [
                        ("segment", "\(damage.place.segment)"), ("offset", "\(damage.place.offset)"), ("cause", damage.cause),
                        ("set_aside", aside.joined(separator: ", ")),
                    ]))
        }
        if totals.unknown > 0 {
            events.append(
                StorageEvent(
                    .warning, "\(name): samples whose series it does not name were left out", [("samples", "\(totals.unknown)")]))
        }
        return events
    }

    /// Forces what was appended to the disk; does nothing if `walSync` is `off`. Appends go on meanwhile.
    ///
    /// Throws if samples may be lost at a power cut.
    public func sync() throws(StorageError) { try log.sync() }

    /// Forces everything to the disk and gives the folder free. Later appends throw; queries still work. Closing again does nothing.
    public func close() throws(StorageError) {
        guard lock.withLock({ $0 != nil }) else { return }
        defer { lock.withLock { $0 = nil } }
        log.refuseWrites()
        // A batch that is just being written is let through before the last sync.
        head.commit.withLock { _ in }
        try log.syncAll()
    }
}
