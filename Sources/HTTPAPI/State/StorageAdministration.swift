public import Model
public import TSDB

/// The storage as `admin/tsdb/…` and the pages about it need it.
public protocol StorageAdministration: Sendable {
    /// Deletes the samples in `range` of all series that one of `selectors` matches. Returns how many series were touched.
    @discardableResult
    func delete(_ selectors: [[Matcher]], _ range: TimeRange) throws(StorageError) -> Int
    /// Gives back the room of what was deleted.
    func cleanTombstones() throws(StorageError)
    /// Makes a copy of the data; returns its name.
    func snapshot(withHead: Bool) throws(StorageError) -> String
    /// The blocks that queries see, by time.
    var blocks: [BlockMeta] { get }
    var status: DatabaseStatus { get }
    /// How long tiers keep what they have.
    var tierPolicy: TierPolicy { get }
    /// How it will grow.
    var forecast: StorageForecast { get }
}

extension Database: StorageAdministration {}
