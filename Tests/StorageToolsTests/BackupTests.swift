import Catalog
import Foundation
import Model
import Runtime
import StorageTools
import Synchronization
import TSDB
import TestKit
import Testing

/// A folder that goes away with its last user.
private final class Scratch {
    let path = FileManager.default.temporaryDirectory.appending(path: "martlet-backup-\(UUID().uuidString)").path
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func callAsFunction(_ name: String) -> String { path + "/" + name }
}

@Suite("Backups")
struct BackupTests {
    private static let start: Timestamp = 1_795_478_400_000
    private let files = RealFileSystem()

    private func open(_ path: String, _ clock: ManualClock) throws -> Database {
        var options = DatabaseOptions()
        options.walSegmentSize = 64 << 10
        return try Database.open(path: path, options: options, files: files, clock: clock) { _ in }
    }

    private func append(_ database: Database, _ clock: ManualClock, _ value: Double) throws {
        var batch = AppendBatch()
        for series in 0..<50 {
            batch.add(Labels([(name: "__name__", value: "m"), (name: "i", value: "\(series)")]), clock.now(), value + Double(series))
        }
        #expect(try database.head.append(&batch).refused == 0)
        clock.set(clock.now() + 15_000)
    }

    /// All samples up to a time, by series.
    private func samples(_ database: Database, through: Timestamp) throws -> [Labels: [String]] {
        let set = try database.source.select(Selection(matchers: [], from: .min, through: through))
        var all: [Labels: [String]] = [:]
        for index in 0..<set.count {
            let column = SampleColumn()
            try set.read(index, from: .min, through: through, into: column)
            all[set.labels(index)] = (0..<column.count).map { "\(column.times[$0]) \(column.values[$0])" }
        }
        return all
    }

    private func catalog(_ dataFolder: String, _ clock: ManualClock) throws -> Catalog {
        try Catalog(CatalogFolder.path(in: dataFolder), files: files, clock: clock, registry: MetricsRegistry()) { _ in }
    }

    @Test("a backup made under load has all that was there when it began, and is restored elsewhere")
    func underLoad() throws {
        let scratch = Scratch()
        let clock = ManualClock(Self.start)
        let database = try open(scratch("data"), clock)
        let records = try catalog(scratch("data"), clock)
        for round in 0..<2000 {
            try append(database, clock, Double(round))
            if round % 500 == 0 { database.maintain() }
        }
        database.maintain()
        #expect(!database.blocks.isEmpty)
        for number in 0..<100 { records.recorder.record(.audit(AuditRecord(time: clock.now(), by: .server, action: "a", object: "\(number)"))) }
        records.flush()
        // What follows is appended from the clock's time on.
        let end = clock.now() - 1
        let before = try samples(database, through: end)
        let stop = Atomic(false)
        let ended = Semaphore()
        startThread { [self] in
            var round = 2000
            while !stop.load(ordering: .relaxed) {
                try? append(database, clock, Double(round))
                database.maintain()
                records.recorder.record(.audit(AuditRecord(time: clock.now(), by: .server, action: "b", object: "")))
                round += 1
            }
            ended.signal()
        }
        let configuration = Backup.Configuration(redacted: "global: {}\n", ruleFiles: [("1-r.yml", Array("groups: []\n".utf8))])
        let told = try Backup(scratch("backup"), files).make(of: scratch("data"), configuration, at: end)
        stop.store(true, ordering: .relaxed)
        ended.wait()
        #expect(told.contains("blocks") && told.contains("the configuration"))
        #expect(try files.read(scratch("backup/configuration.yml")) == Array("global: {}\n".utf8))
        #expect(try files.read(scratch("backup/rules/1-r.yml")) == Array("groups: []\n".utf8))

        #expect(try Backup(scratch("backup"), files).restore(to: scratch("restored")) == RFC3339.format(end))
        let restored = try open(scratch("restored"), clock)
        #expect(try samples(restored, through: end) == before)
        let found = try catalog(scratch("restored"), clock)
        #expect(try found.verify().fault == nil)
        let history = try found.records(RecordQuery(kinds: [.audit], limit: .max)).records
        let original = try records.records(RecordQuery(kinds: [.audit], limit: .max)).records
        #expect(history.count >= 100 && original.suffix(history.count) == history[...])
        // What the restored server writes must not reach the backup.
        try append(restored, clock, 1)
        #expect(try Backup(scratch("backup"), files).restore(to: scratch("again")) == RFC3339.format(end))
        #expect(try samples(try open(scratch("again"), clock), through: end) == before)
    }

    @Test("nothing is written over, and what is no backup is not restored")
    func refusals() throws {
        let scratch = Scratch()
        let clock = ManualClock(Self.start)
        let database = try open(scratch("data"), clock)
        try append(database, clock, 1)
        try database.close()
        let backup = Backup(scratch("backup"), files)
        #expect(throws: Backup.Refused.self) { try backup.restore(to: scratch("new")) }
        #expect(throws: Backup.Refused.self) { try backup.make(of: scratch("none"), nil, at: 0) }
        _ = try backup.make(of: scratch("data"), nil, at: Self.start)
        #expect(throws: Backup.Refused.self) { try backup.make(of: scratch("data"), nil, at: 0) }
        let error = #expect(throws: Backup.Refused.self) { try backup.restore(to: scratch("data")) }
        #expect(error?.description.contains("is not empty: there is ") == true)
        try files.makeFolder(scratch("empty"))
        _ = try backup.restore(to: scratch("empty"))
        #expect(try samples(try open(scratch("empty"), clock), through: .max).count == 50)
        try files.replace(scratch("backup/backup.json"), with: Array(#"{"version": 2, "time": "x"}"#.utf8))
        #expect(throws: Backup.Refused.self) { try backup.restore(to: scratch("later")) }
        try files.replace(scratch("backup/backup.json"), with: Array("{".utf8))
        #expect(throws: Backup.Refused.self) { try backup.restore(to: scratch("later")) }
        #expect(try files.kind(scratch("later")) == nil)
    }
}
