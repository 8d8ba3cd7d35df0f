import Foundation
import GRDB
import Model

extension CatalogFile {
    /// Removes the oldest records, so many at most, in one transaction that also puts on record that they are gone. Nil: there are none.
    ///
    /// A record goes when those before it go. Those of times that are still to come hold up nobody: events are announced.
    ///
    /// - Parameter note: the record that tells of it.
    func purge(before cutoff: Timestamp, now: Timestamp, slice: Int, note: (ChainMark) -> PendingRecord) throws(CatalogError) -> (Int, ChainMark)? {
        try write { db in
            guard let (count, mark) = try Self.oldest(before: cutoff, now: now, slice, db) else { return nil }
            try db.run("DELETE FROM told WHERE record <= ?", mark.number)
            try db.run("DELETE FROM record WHERE number <= ?", mark.number)
            try ChainRows.set(.purged, mark, db)
            var appending = try RecordAppending(db)
            try appending.append(note(mark))
            try appending.end()
            return (count, mark)
        }
    }

    /// How many of the oldest records may go, and the last of them.
    private static func oldest(before cutoff: Timestamp, now: Timestamp, _ slice: Int, _ db: GRDB.Database) throws -> (Int, ChainMark)? {
        var (count, last, isDue) = (0, ChainMark.start, false)
        let rows = try Row.fetchCursor(db, sql: "SELECT number, time, hash FROM record ORDER BY number LIMIT ?", arguments: [slice])
        while let row = try rows.next() {
            let time = try row.integer(1)
            guard time < cutoff || time > now, let hash = RecordHash(try row.bytes(2)) else { break }
            isDue = isDue || time < cutoff
            count += 1
            last = ChainMark(number: try row.integer(0), hash: hash)
        }
        return isDue ? (count, last) : nil
    }

    /// Forgets label sets that no record has any more.
    func purgeLabelSets() throws(CatalogError) {
        try write { db in try db.run("DELETE FROM label_set WHERE id NOT IN (SELECT label_set FROM told)") }
    }

    func counter(_ counter: Counter) throws(CatalogError) -> Int64? {
        try read { db in try Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = ?", arguments: [counter.rawValue]) }
    }

    func set(_ counter: Counter, to value: Int64) throws(CatalogError) {
        try write { db in try db.run("INSERT OR REPLACE INTO counter VALUES (?, ?)", counter.rawValue, value) }
    }

    /// Numbers that are not the notifier's.
    enum Counter: String {
        /// When old records were last looked for.
        case purgedAt = "purged_at"
        /// When the clock was believed last.
        case clockTrusted = "clock_trusted"
        /// How long it has run evenly since it jumped, milliseconds; -1 if it has not.
        case clockWaited = "clock_waited"
    }
}
