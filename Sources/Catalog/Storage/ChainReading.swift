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
                if !check.take(try Self.read(row, db)) { break }
            }
            return check.end(last: try ChainRows.mark(.last, db))
        }
    }

    private static func read(_ row: Row, _ db: GRDB.Database) throws -> ChainCheck.Row {
        let columns = RecordColumns(
            kind: try row.integer(2), time: try row.integer(3), action: try row.text(4), receiver: try row.optionalText(5))
        let number = try row.integer(0)
        return ChainCheck.Row(
            number: number, id: try row.bytes(1), columns: columns, text: try row.bytes(6), hash: try row.bytes(7), told: try told(number, db))
    }

    private static func told(_ number: Int64, _ db: GRDB.Database) throws -> Set<[UInt8]> {
        let statement = try db.cachedStatement(
            sql: "SELECT labels FROM told JOIN label_set ON label_set.id = told.label_set WHERE record = ?")
        return Set(try Row.fetchAll(statement, arguments: [number]).map { try $0.bytes(0) })
    }
}
