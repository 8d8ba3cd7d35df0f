import GRDB
import Glibc
import Model
import Notifier
import Runtime
import Synchronization
import TSDB
import TestKit

@testable import Catalog

/// A folder that goes away with its last user.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/martlet-catalog-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError(path: "/tmp", operation: "make folder", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? RealFileSystem().removeAll(path) }
}

/// What a catalog has told.
final class Told: Sendable {
    private let events = Mutex<[CatalogEvent]>([])
    var all: [CatalogEvent] { events.withLock { $0 } }
    var report: @Sendable (CatalogEvent) -> Void { { [self] event in events.withLock { $0.append(event) } } }
}

/// A catalog in a folder of its own, with what tests need beside it.
struct Workshop {
    let folder: TemporaryFolder
    let clock = ManualClock(Self.start)
    let told = Told()
    let registry = MetricsRegistry()
    var options = CatalogOptions()

    static let start: Timestamp = 1_795_478_400_000
    static let day: Int64 = 86_400_000

    init() throws {
        folder = try TemporaryFolder()
        options.patience = 0.05
    }

    var path: String { folder.path + "/catalog" }
    var file: String { path + "/catalog.sqlite" }

    func open(run: UInt64 = .random(in: .min ... .max)) throws -> Catalog {
        var options = options
        options.run = run
        return try Catalog(path, options, files: RealFileSystem(), clock: clock, registry: registry, report: told.report)
    }

    func metric(_ name: String) -> Double? {
        guard case .number(let value)? = registry.snapshot().first(where: { $0.name == name })?.points.first?.value else { return nil }
        return value
    }

    /// Changes the file behind the catalog's back.
    func tamper(_ sql: String) throws {
        let queue = try DatabaseQueue(path: file)
        try queue.write { db in try db.execute(sql: sql) }
        try queue.close()
    }

    /// A copy of the folder as a crash of the process leaves it.
    func crashed() throws -> Workshop {
        var copy = try Workshop()
        copy.options = options
        copy.clock.set(clock.now())
        try RealFileSystem().makeFolder(copy.path)
        for name in try RealFileSystem().list(path) where !name.hasSuffix("-shm") {
            _ = try RealFileSystem().copy(path + "/" + name, to: copy.path + "/" + name)
        }
        return copy
    }
}

extension Catalog {
    /// All records, the oldest first.
    func all(_ kinds: Set<RecordKind> = Set(RecordKind.allCases)) throws -> [RecordEntry] {
        try records(RecordQuery(kinds: kinds, limit: .max)).records.sorted { $0.number < $1.number }.map(\.entry)
    }
}

extension RecordEntry {
    static func audit(_ action: String, _ object: String = "", at time: Timestamp = Workshop.start) -> RecordEntry {
        .audit(AuditRecord(time: time, by: Requester(authenticated: "anna", claimed: "Anna", address: "10.0.0.7"), action: action, object: object))
    }

    static func transition(
        _ name: String, _ from: TransitionRecord.State, _ to: TransitionRecord.State, at time: Timestamp = Workshop.start,
        _ labels: [String: String] = [:]
    ) -> RecordEntry {
        .transition(.make(name, from, to, at: time, labels))
    }

    static func attempt(_ receiver: String, _ outcome: AttemptRecord.Outcome, at time: Timestamp = Workshop.start, _ alerts: [Labels] = [])
        -> RecordEntry
    {
        .attempt(
            AttemptRecord(
                time: time, delivery: 7, receiver: receiver, integration: "email[0]", groupKey: "{}:{}", attempt: 1, outcome: outcome, detail: "",
                alerts: alerts, isFiring: true, duration: 12))
    }
}

extension TransitionRecord {
    static func make(
        _ name: String, _ from: State, _ to: State, at time: Timestamp = Workshop.start, _ labels: [String: String] = [:], group: String = "g",
        activeAt: Timestamp? = nil
    ) -> TransitionRecord {
        let all = Labels(labels.merging(["alertname": name]) { $1 }.map { (name: $0.key, value: $0.value) })
        return TransitionRecord(
            time: time, group: group, file: "rules.yml", labels: all, annotations: [Label("summary", "it is wrong")], from: from, to: to,
            activeAt: activeAt ?? time, value: 1)
    }
}
