import Foundation
import GRDB
import Model

/// Adds records to the chain within one transaction.
struct RecordAppending {
    private let db: GRDB.Database
    private var mark: ChainMark

    init(_ db: GRDB.Database) throws {
        self.db = db
        mark = try ChainRows.mark(.last, db)
    }

    /// Adds a record; one that is there already is passed over, with false.
    @discardableResult
    mutating func append(_ record: PendingRecord) throws -> Bool {
        let id = record.id.bytes
        guard try !isKept(id) else { return false }
        let (number, text) = (mark.number &+ 1, record.entry.bytes)
        mark = ChainMark(number: number, hash: mark.hash.following(number, id, text))
        let columns = RecordColumns(record.entry)
        try db.run(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)", number, Data(id), columns.kind, columns.time, columns.action, columns.receiver,
            Data(text), Data(mark.hash.bytes))
        for labels in Set(record.entry.alerts) { try note(labels, of: number) }
        if case .transition(let transition) = record.entry { try note(transition, text) }
        return true
    }

    /// Must be called behind the last record.
    func end() throws { try ChainRows.set(.last, mark, db) }

    private func isKept(_ id: [UInt8]) throws -> Bool {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM record WHERE id = ?"), arguments: [Data(id)]) != nil
    }

    private func note(_ labels: Labels, of number: Int64) throws {
        let encoding = Data(labels.encoding)
        let known = try Int64.fetchOne(db.cachedStatement(sql: "SELECT id FROM label_set WHERE labels = ?"), arguments: [encoding])
        if known == nil { try db.run("INSERT INTO label_set (labels) VALUES (?)", encoding) }
        try db.run("INSERT INTO told VALUES (?, ?)", known ?? db.lastInsertedRowID, number)
    }

    private func note(_ transition: TransitionRecord, _ text: [UInt8]) throws {
        let key = Data(AlertIdentity(transition).bytes)
        if transition.to == .inactive {
            try db.run("DELETE FROM open_alert WHERE key = ?", key)
        } else {
            try db.run("INSERT OR REPLACE INTO open_alert VALUES (?, ?)", key, Data(text))
        }
    }
}

/// What a record is found by; it follows from its text, which verification checks.
struct RecordColumns: Equatable {
    let kind: Int64
    let time: Timestamp
    let action: String
    let receiver: String?

    init(_ entry: RecordEntry) {
        kind = entry.kind.rawValue
        time = entry.time
        action = Self.plain(entry.action)
        receiver = entry.receiver.map(Self.plain)
    }

    init(kind: Int64, time: Timestamp, action: String, receiver: String?) {
        self.kind = kind
        self.time = time
        self.action = action
        self.receiver = receiver
    }

    /// SQLite ends a text at a NUL.
    static func plain(_ text: String) -> String {
        text.utf8.contains(0) ? String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 })) : text
    }
}

/// The two marks that the table `chain` holds.
enum ChainRows {
    enum Name: String {
        /// The newest record.
        case last
        /// The newest of those that were purged.
        case purged
    }

    static func mark(_ name: Name, _ db: GRDB.Database) throws -> ChainMark {
        guard let row = try Row.fetchOne(db, sql: "SELECT number, hash FROM chain WHERE mark = ?", arguments: [name.rawValue]) else { return .start }
        guard let hash = RecordHash(try row.bytes(1)) else { throw FieldError("the chain's mark \(name.rawValue) has no hash of 32 bytes") }
        return ChainMark(number: try row.integer(0), hash: hash)
    }

    static func set(_ name: Name, _ mark: ChainMark, _ db: GRDB.Database) throws {
        try db.run("INSERT OR REPLACE INTO chain VALUES (?, ?, ?)", name.rawValue, mark.number, Data(mark.hash.bytes))
    }
}

extension CatalogFile: RecordStore {
    func append(_ records: [PendingRecord]) throws(CatalogError) -> Int {
        try write { db in
            var appending = try RecordAppending(db)
            let added = try records.count { try appending.append($0) }
            try appending.end()
            return added
        }
    }

    /// The newest record's place.
    func lastMark() throws(CatalogError) -> ChainMark { try read { db in try ChainRows.mark(.last, db) } }

    /// The transitions by which alerts came into the states that they are still in.
    func openAlerts() throws(CatalogError) -> [TransitionRecord] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT text FROM open_alert").compactMap { row in
                guard case .transition(let transition) = try RecordEntry(try Fields(parsing: row.bytes(0))) else { return nil }
                return transition
            }
        }
    }
}
