import GRDB
import TSDB

/// The form of the SQLite file and its versions.
enum CatalogForm {
    static let version = 1

    /// Brings a file up to date. Throws, and changes nothing, if a later program has written it or if it is somebody else's.
    static func migrate(_ pool: DatabasePool, _ path: String) throws {
        let (found, application) = try pool.read { db in
            (try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0, try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0)
        }
        try check(found, application, isEmpty: try pool.read { db in try isEmpty(db) }, path)
        guard found < version else { return }
        try migrator.migrate(pool)
        // Into the main file's header, where `refuseLater` finds it.
        _ = try pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
    }

    /// Looks at the version in a file's header without opening it, so that not even a lock is left beside a file of a later form.
    static func refuseLater(_ path: String, _ files: any FileSystem) throws(CatalogError) {
        do {
            guard try files.kind(path) == .file else { return }
            let file = try files.open(path, .read)
            guard try file.size() > 0 else { return }
            let header = try file.prefix(100)
            guard header.count == 100, header.starts(with: "SQLite format 3\0".utf8) else { throw CatalogError.foreign(path: path) }
            try check(number(header, at: 60), Int32(truncatingIfNeeded: number(header, at: 68)), isEmpty: number(header, at: 28) <= 1, path)
        } catch let error as CatalogError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .refused(path: path, reason: "\(error)")
        }
    }

    private static func check(_ found: Int, _ application: Int32, isEmpty: Bool, _ path: String) throws {
        if application != CatalogFile.applicationID, !(application == 0 && isEmpty) { throw CatalogError.foreign(path: path) }
        if found > version { throw CatalogError.newerVersion(path: path, found: found, known: version) }
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }

    private static func isEmpty(_ db: GRDB.Database) throws -> Bool { try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: first)
            try db.execute(sql: "PRAGMA application_id = \(CatalogFile.applicationID); PRAGMA user_version = 1")
        }
        return migrator
    }

    private static let first = """
        CREATE TABLE record (
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            kind INTEGER NOT NULL,
            time INTEGER NOT NULL,
            action TEXT NOT NULL,
            receiver TEXT,
            text BLOB NOT NULL,
            hash BLOB NOT NULL
        );
        CREATE INDEX record_by_time ON record (time);
        CREATE TABLE label_set (id INTEGER PRIMARY KEY, labels BLOB NOT NULL UNIQUE);
        CREATE TABLE told (label_set INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (label_set, record)) WITHOUT ROWID;
        CREATE INDEX told_by_record ON told (record);
        CREATE TABLE chain (mark TEXT PRIMARY KEY, number INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE open_alert (key BLOB PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE silence (id BLOB PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE log_entry (key BLOB PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE delivery (id INTEGER PRIMARY KEY, text BLOB NOT NULL);
        CREATE TABLE alert (fingerprint INTEGER PRIMARY KEY, text BLOB NOT NULL, slack INTEGER NOT NULL);
        CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        """
}

extension File {
    /// The first bytes; fewer if the file is shorter.
    fileprivate func prefix(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var read: Result<Int, FileError> = .success(0)
        bytes.withUnsafeMutableBytes { buffer in read = Result { () throws(FileError) in try self.read(into: buffer, at: 0) } }
        return Array(bytes.prefix(try read.get()))
    }
}
