import Model
import Synchronization
import TestKit
import Testing

@testable import TSDB

extension TierDatabaseTests {
    /// What a test asks a database for, and what that tells.
    struct Lab {
        let files = MemoryFileSystem()
        let clock = TurnedClock(TierDatabaseTests.start)
        var options = DatabaseOptions()
        let events = Events()

        init(raw: Int64? = 6 * hour) {
            options.retention = Retention(time: raw)
            options.head.outOfOrderWindow = 100 * day
            options.reserve = .bytes(0)
        }

        func open() throws -> Database {
            try Database.open(path: "data", options: options, files: files, clock: clock) { [events] in events.note($0) }
        }

        /// Sends samples every ten minutes, from a time until another, in hours since the start, and keeps the database as its owner does.
        func fill(_ database: Database, _ from: Int64, _ until: Int64, series: Int = 3, maintains: Bool = true, clock: TurnedClock? = nil) throws {
            for time in stride(from: start + from * hour, to: start + until * hour, by: Int(10 * minute)) {
                (clock ?? self.clock).set(time)
                var batch = AppendBatch()
                for i in 0..<series { batch.add(labels(["__name__": "m", "i": "\(i)"]), time, Double(time / minute % 1000 + Int64(i))) }
                let outcome = try? database.head.append(&batch)
                #expect(outcome?.appended ?? series == series)
                if maintains { database.maintain() }
            }
        }

        /// Lets the owner keep on calling while nothing comes.
        func wait(_ database: Database, hours: Int64) {
            for _ in 0..<hours * 60 {
                clock.set(clock.now() + minute)
                database.maintain()
            }
        }
    }

    /// What a database reports.
    final class Events: Sendable {
        private let list = Mutex<[StorageEvent]>([])

        func note(_ event: StorageEvent) { list.withLock { $0.append(event) } }
        func all(_ message: String) -> [StorageEvent] { list.withLock { $0.filter { $0.message == message } } }
    }

    /// How many samples, and their sum, each series has by its windows and raw samples in (from, through].
    func totals(_ source: any SeriesSource, _ from: Int64, _ through: Int64, coarsest: Int64 = 0) throws -> [String: [Double]] {
        let (from, through) = (Self.start + from * Self.hour, Self.start + through * Self.hour)
        let set = try source.select(Selection(matchers: [], from: from + 1, through: through, coarsest: coarsest))
        var totals: [String: [Double]] = [:]
        for index in 0..<set.count {
            let windows = AggregateColumn()
            let tail = SampleColumn()
            if let tiered = set as? any TieredSeriesSet {
                try tiered.readWindows(index, from: from + 1, through: through, .all, into: windows, tail: tail)
            } else {
                try set.read(index, from: from + 1, through: through, into: tail)
            }
            var total = [Double(tail.count), (0..<tail.count).reduce(0) { $0 + tail.values[$1] }]
            for place in 0..<windows.count where windows.counts[place] > 0 {
                total[0] += Double(windows.counts[place])
                total[1] += windows.sums[place]
            }
            if total[0] > 0 { totals[set.labels(index)["i"] ?? ""] = total }
        }
        return totals
    }
}

/// A disk on which a part cannot be written.
final class FailingPart: FileSystem {
    private let files: MemoryFileSystem
    private let part: String
    private let code: Int32
    private let isFailing: Atomic<Bool>

    /// - Parameter part: what is in the paths that cannot be written.
    init(_ files: MemoryFileSystem, _ part: String, _ code: Int32, isFailing: Bool = true) {
        self.files = files
        self.part = part
        self.code = code
        self.isFailing = Atomic(isFailing)
    }

    func fail() { isFailing.store(true, ordering: .relaxed) }
    func heal() { isFailing.store(false, ordering: .relaxed) }

    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        if mode != .read, isFailing.load(ordering: .relaxed), path.contains(part) { throw FileError(path: path, operation: "open", code: code) }
        return try files.open(path, mode)
    }

    func map(_ path: String, length: Int?) throws(FileError) -> any FileMapping { try files.map(path, length: length) }
    func makeFolder(_ path: String) throws(FileError) { try files.makeFolder(path) }
    func list(_ path: String) throws(FileError) -> [String] { try files.list(path) }
    func kind(_ path: String) throws(FileError) -> FileKind? { try files.kind(path) }
    func rename(_ path: String, to target: String) throws(FileError) { try files.rename(path, to: target) }
    func remove(_ path: String) throws(FileError) { try files.remove(path) }
    func link(_ path: String, to target: String) throws(FileError) { try files.link(path, to: target) }
    func space(_ path: String) throws(FileError) -> DiskSpace { try files.space(path) }
    func syncFolder(_ path: String) throws(FileError) { try files.syncFolder(path) }
    func lock(_ path: String) throws -> any FileLock { try files.lock(path) }
}

/// A clock whose hands somebody can set apart.
final class JumpingClock: Clock {
    private let hands: Mutex<(wall: Timestamp, monotonic: Int64)>

    init(_ wall: Timestamp) { hands = Mutex((wall, 0)) }

    func now() -> Timestamp { hands.withLock { $0.wall } }
    func monotonic() -> Int64 { hands.withLock { $0.monotonic * 1_000_000 } }
    func jump(_ milliseconds: Int64) { hands.withLock { $0.wall += milliseconds } }

    func pass(_ milliseconds: Int64) {
        hands.withLock { hands in
            hands.wall += milliseconds
            hands.monotonic += milliseconds
        }
    }
}
