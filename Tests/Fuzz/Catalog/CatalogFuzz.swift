import Catalog
import Foundation
import GRDB
import Model
import Notifier
import Runtime
import TSDB
import TestKit

/// Opens catalogs whose files were damaged: spill files and SQLite files. Whatever is in them, an error says so or the rest is there.
public struct CatalogFuzz {
    /// What a case came to that must not be.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var refused = 0
    public private(set) var opened = 0
    private var random: SeededRandom
    private var mutator: ByteMutator
    private let folder: String
    private let files = RealFileSystem()
    private let entries: Set<RecordEntry>
    private let spill: [UInt8]
    private let database: [UInt8]

    private struct FixedClock: Model.Clock {
        func now() -> Timestamp { 1_795_478_400_000 }
        func monotonic() -> Int64 { 0 }
    }

    /// - Parameter folder: where catalogs are made; it is removed at the end of each case.
    public init(seed: UInt64, folder: String) throws {
        self.folder = folder
        random = SeededRandom(seed)
        mutator = ByteMutator(
            SeededRandom(random.next()), words: ["{\"kind\":\"audit\"", "\"time\":", "null", "mrtlspl1", "SQLite format 3\0"].map { Array($0.utf8) })
        let all: [RecordEntry] = (0..<40).map { number in
            .audit(AuditRecord(time: Timestamp(number), by: .server, action: "silence.set", object: "é \(number)"))
        }
        entries = Set(all)
        try files.removeAll(folder)
        let catalog = try Self.open(folder)
        for entry in all { catalog.recorder.record(entry) }
        catalog.flush()
        try DatabaseQueue(path: Self.databasePath(folder)).inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            for entry in all { catalog.recorder.record(entry) }
            catalog.flush()
            try db.execute(sql: "ROLLBACK")
        }
        spill = try files.read(folder + "/spill")
        catalog.close()
        database = try files.read(Self.databasePath(folder))
        try files.removeAll(folder)
    }

    private static func databasePath(_ folder: String) -> String { folder + "/catalog.sqlite" }

    private static func open(_ folder: String) throws -> Catalog {
        var options = CatalogOptions()
        options.patience = 0.001
        return try Catalog(folder, options, files: RealFileSystem(), clock: FixedClock(), registry: MetricsRegistry()) { _ in }
    }

    /// A damaged file and its name.
    public mutating func next() -> (name: String, bytes: [UInt8]) {
        random.below(2) == 0
            ? ("spill", mutator.mutated(spill, with: spill)) : ("catalog.sqlite", mutator.mutated(database, with: database))
    }

    public mutating func check(_ name: String, _ bytes: [UInt8]) throws {
        defer { try? files.removeAll(folder) }
        try files.makeFolder(folder)
        try files.replace(folder + "/" + name, with: bytes)
        do {
            let catalog = try Self.open(folder)
            defer { catalog.close() }
            opened += 1
            if name == "spill" { try checkSpilled(catalog) } else { try look(at: catalog) }
        } catch let error as CatalogError {
            if name == "spill" { throw Failure(description: "a damaged spill file keeps the catalog from opening: \(error)") }
            refused += 1
        }
    }

    private func checkSpilled(_ catalog: Catalog) throws {
        let kept = try catalog.records(RecordQuery(kinds: Set(RecordKind.allCases), limit: .max)).records.map(\.entry)
        guard kept.allSatisfy(entries.contains) else { throw Failure(description: "a record that nobody has made") }
        if let fault = try catalog.verify().fault { throw Failure(description: "the chain is broken: \(fault)") }
    }

    /// What it finds is another matter: only that it comes to an end.
    private func look(at catalog: Catalog) throws {
        _ = try catalog.verify()
        var query = RecordQuery(kinds: Set(RecordKind.allCases))
        query.selectors = [[Matcher(name: "a", equals: "b")]]
        _ = try catalog.records(query)
        _ = try catalog.notificationStore.load()
        catalog.recorder.record(.audit(AuditRecord(time: 1, by: .server, action: "a", object: "b")))
        catalog.maintain()
    }
}
