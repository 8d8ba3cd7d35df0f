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
            let rows = try Row.fetchAll(db, sql: "SELECT number, time, hash FROM record ORDER BY number LIMIT ?", arguments: [slice])
            let old = rows.prefix { row in
                let time: Timestamp = row[1]
                return time < cutoff || time > now
            }
            guard let last = old.last, old.contains(where: { ($0[1] as Timestamp) < cutoff }), let hash = RecordHash(last.bytes(2)) else {
                return nil
            }
            let mark = ChainMark(number: last[0], hash: hash)
            try db.run("DELETE FROM told WHERE record <= ?", mark.number)
            try db.run("DELETE FROM record WHERE number <= ?", mark.number)
            try ChainRows.set(.purged, mark, db)
            var appending = try RecordAppending(db)
            try appending.append(note(mark))
            try appending.end()
            return (old.count, mark)
        }
    }

    /// Forgets label sets that no record has any more.
    func purgeLabelSets() throws(CatalogError) {
        try write { db in try db.run("DELETE FROM label_set WHERE id NOT IN (SELECT label_set FROM told)") }
    }

    /// When old records were last looked for; nil if never.
    func lastPurge() throws(CatalogError) -> Timestamp? {
        try read { db in try Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = 'purged_at'") }
    }

    func setLastPurge(_ time: Timestamp) throws(CatalogError) {
        try write { db in try db.run("INSERT OR REPLACE INTO counter VALUES ('purged_at', ?)", time) }
    }
}
