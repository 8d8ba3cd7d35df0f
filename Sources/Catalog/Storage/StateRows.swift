import Foundation
import GRDB
import Model
import Notifier

// The notifier's state in the tables `silence`, `log_entry`, `delivery`, `alert` and `counter`.
extension CatalogFile {
    /// The state without its alerts, and these as they were written.
    func loadState() throws(CatalogError) -> (NotifierState, [KeptAlerts.Written]) {
        try read { db in
            var state = NotifierState()
            state.silences = try Self.all(db, "silence").map { try Silence($0) }
            state.log = try Self.all(db, "log_entry").map { try LogEntry($0) }
            state.deliveries = try Self.all(db, "delivery").map { try Delivery($0) }
            let next = try Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = 'next_delivery'")
            if let next { state.nextDelivery = UInt64(bitPattern: next) }
            var alerts: [KeptAlerts.Written] = []
            for row in try Row.fetchAll(db, sql: "SELECT text, slack FROM alert") {
                alerts.append(KeptAlerts.Written(alert: try Alert(try Fields(parsing: row.bytes(0))), slack: try row.integer(1)))
            }
            return (state, alerts)
        }
    }

    private static func all(_ db: GRDB.Database, _ table: String) throws -> [Fields] {
        try Row.fetchAll(db, sql: "SELECT text FROM \(table)").map { try Fields(parsing: $0.bytes(0)) }
    }

    static func put(_ alert: KeptAlerts.Written, _ db: GRDB.Database) throws {
        try db.run(
            "INSERT OR REPLACE INTO alert VALUES (?, ?, ?)", Int64(bitPattern: alert.alert.fingerprint.value), Data(alert.alert.bytes), alert.slack)
    }

    static func put(_ step: KeptAlerts.Step, _ db: GRDB.Database) throws {
        switch step {
        case .write(let alert): try put(alert, db)
        case .remember: break
        case .other(let change): try put(change, db)
        }
    }

    private static func put(_ change: NotifierChange, _ db: GRDB.Database) throws {
        switch change {
        case .alert: break
        case .alertForgotten(let fingerprint):
            try db.run("DELETE FROM alert WHERE fingerprint = ?", Int64(bitPattern: fingerprint.value))
        case .silence(let silence):
            try db.run("INSERT OR REPLACE INTO silence VALUES (?, ?)", Data(text: silence.id), Data(silence.bytes))
        case .silenceForgotten(let id):
            try db.run("DELETE FROM silence WHERE id = ?", Data(text: id))
        case .queued(let delivery):
            let id = Int64(bitPattern: delivery.id)
            try db.run("INSERT OR REPLACE INTO delivery VALUES (?, ?)", id, Data(delivery.bytes))
            try raise("next_delivery", to: id &+ 1, db)
        case .ended(let delivery):
            try db.run("DELETE FROM delivery WHERE id = ?", Int64(bitPattern: delivery))
        case .logged(let entry):
            try db.run("INSERT OR REPLACE INTO log_entry VALUES (?, ?)", Data(entry.key.bytes), Data(entry.bytes))
        case .logForgotten(let key):
            try db.run("DELETE FROM log_entry WHERE key = ?", Data(key.bytes))
        }
    }

    /// A counter never goes back.
    private static func raise(_ counter: String, to value: Int64, _ db: GRDB.Database) throws {
        try db.run("INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)", counter, value)
    }

    /// Leaves out delivery IDs that a run may have given out behind the moment of which this file is a copy.
    func skipDeliveries(_ count: Int64) throws(CatalogError) {
        try write { db in
            try db.run("INSERT INTO counter VALUES ('next_delivery', 1 + ?1) ON CONFLICT (name) DO UPDATE SET value = value + ?1", count)
        }
    }
}

extension GRDB.Database {
    /// Runs a statement that was prepared before, if it was.
    func run(_ sql: String, _ arguments: (any DatabaseValueConvertible)?...) throws {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
    }
}
