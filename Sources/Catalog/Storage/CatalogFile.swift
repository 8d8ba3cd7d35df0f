import GRDB

/// The SQLite file of the catalog. Whatever it throws is a `CatalogError`. Calls block: for threads of one's own.
///
/// Only the files of this folder know SQLite, and with it Foundation.
final class CatalogFile: Sendable {
    /// "mrtl", in the file's header.
    static let applicationID: Int32 = 0x6d72_746c

    let path: String
    let pool: DatabasePool

    /// Opens the file, or makes it, and brings its form up to date.
    ///
    /// - Parameter patience: seconds to wait for somebody else's lock.
    init(_ path: String, patience: Double) throws(CatalogError) {
        self.path = path
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.busyMode = .timeout(patience)
        configuration.prepareDatabase { db in
            // What a commit has acknowledged must outlast a power cut.
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try CatalogForm.migrate(pool, path)
        } catch {
            throw Self.told(error, path)
        }
    }

    /// Opens a file only to read it, beside a server that may be writing.
    init(reading path: String, patience: Double) throws(CatalogError) {
        self.path = path
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.readonly = true
        configuration.busyMode = .timeout(patience)
        do { pool = try DatabasePool(path: path, configuration: configuration) } catch { throw Self.told(error, path) }
    }

    func write<R>(_ body: (GRDB.Database) throws -> R) throws(CatalogError) -> R {
        do { return try pool.write(body) } catch { throw Self.told(error, path) }
    }

    func read<R>(_ body: (GRDB.Database) throws -> R) throws(CatalogError) -> R {
        do { return try pool.read(body) } catch { throw Self.told(error, path) }
    }

    /// Moves the write-ahead file into the main one and closes both.
    func close() throws(CatalogError) {
        do { try pool.close() } catch { throw Self.told(error, path) }
    }

    static func told(_ error: any Error, _ path: String) -> CatalogError {
        switch error {
        case let error as CatalogError: error
        case let error as FieldError: .unreadable(what: path, reason: error.description)
        case let error as DatabaseError: .refused(path: path, reason: error.message ?? error.resultCode.description)
        default: .refused(path: path, reason: "\(error)")
        }
    }
}
