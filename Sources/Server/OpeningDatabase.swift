import HTTPAPI
import Model
import Synchronization
import TSDB

/// The database for those who are there before it is open: until then it holds nothing, and tells how far its log has been read.
final class OpeningDatabase: SeriesSource, StorageAdministration {
    let progress = ReplayProgress()
    private let opened = Mutex<Database?>(nil)

    /// Nil until it is open.
    var database: Database? { opened.withLock { $0 } }

    func isOpen(_ database: Database) { opened.withLock { $0 = database } }

    private func whenOpen() throws(StorageError) -> Database {
        guard let database else { throw .readOnly(reason: "the data folder is being opened") }
        return database
    }

    // MARK: Series

    func select(_ selection: Selection) throws -> any SeriesSet { try whenOpen().source.select(selection) }
    func labelNames(_ selection: Selection) throws -> [String] { try whenOpen().source.labelNames(selection) }
    func labelValues(_ name: String, _ selection: Selection) throws -> [String] { try whenOpen().source.labelValues(name, selection) }

    func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) throws -> [SeriesExemplars] {
        try whenOpen().source.exemplars(selectors, from: from, through: through)
    }

    func damage(since mark: Int) -> (mark: Int, blocks: [String]) { database?.damage(since: mark) ?? (0, []) }

    // MARK: Administration

    func delete(_ selectors: [[Matcher]], _ range: TimeRange) throws(StorageError) -> Int { try whenOpen().delete(selectors, range) }
    func cleanTombstones() throws(StorageError) { try whenOpen().cleanTombstones() }
    func snapshot(withHead: Bool) throws(StorageError) -> String { try whenOpen().snapshot(withHead: withHead) }
    var blocks: [BlockMeta] { database?.blocks ?? [] }
    var forecast: StorageForecast { database?.forecast ?? StorageForecast(plan: StoragePlan([], fixedBytes: 0), room: nil) }
    var tierPolicy: TierPolicy { database?.tierPolicy ?? TierPolicy() }

    var status: DatabaseStatus {
        if let database { return database.status }
        var status = DatabaseStatus()
        status.replay = progress.state
        return status
    }
}
