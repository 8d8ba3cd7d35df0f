import Foundation
import GRDB

extension CatalogFile {
    /// Checks every record against those before it. A moment is looked at, whatever is added meanwhile.
    ///
    /// - Parameter expected: a mark that was noted elsewhere.
    func verify(expected: ChainMark?) throws(CatalogError) -> ChainVerification {
        try read { db in
            var check = ChainCheck(purged: try ChainRows.mark(.purged, db), expected: expected)
            let rows = try Row.fetchCursor(db, sql: "SELECT number, id, kind, time, action, receiver, text, hash FROM record ORDER BY number")
            while let row = try rows.next() {
                let columns = RecordColumns(kind: row[2], time: row[3], action: row[4], receiver: row[5])
                let told = try Self.told(row[0], db)
                let read = ChainCheck.Row(
                    number: row[0], id: row.bytes(1), columns: columns, text: row.bytes(6), hash: row.bytes(7), told: told)
                if !check.take(read) { break }
            }
            return check.end(last: try ChainRows.mark(.last, db))
        }
    }

    private static func told(_ number: Int64, _ db: GRDB.Database) throws -> Set<[UInt8]> {
        let statement = try db.cachedStatement(
            sql: "SELECT labels FROM told JOIN label_set ON label_set.id = told.label_set WHERE record = ?")
        return Set(try Row.fetchAll(statement, arguments: [number]).map { $0.bytes(0) })
    }
}
