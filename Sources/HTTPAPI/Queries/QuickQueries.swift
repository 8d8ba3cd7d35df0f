import Model
import PromQL
import Synchronization

/// What queries have cost of late, to tell those that take less time than handing them to another thread would.
///
/// Dashboards ask the same again and again. A query that was quick is answered at once where its request was read, which saves two threads'
/// waking up: half the time of the smallest ones. One that was slow even once goes to a query thread until it has been quick many times.
final class QuickQueries: Sendable {
    /// What asks for the same work: the same text over a range of the same length, from data as fine.
    struct Key: Sendable, Hashable {
        fileprivate let hash: Int

        init(_ query: AskedQuery) {
            var hasher = Hasher()
            hasher.combine(query.text)
            hasher.combine(query.through - query.from)
            hasher.combine(query.step)
            hasher.combine(query.resolution)
            hash = hasher.finalize()
        }

        /// What a request for names or series asks for, within so many milliseconds and at most so many of.
        init(path: String, selectors: [String], length: Int64, limit: Int) {
            var hasher = Hasher()
            hasher.combine(path)
            hasher.combine(selectors)
            hasher.combine(length)
            hasher.combine(limit)
            hash = hasher.finalize()
        }
    }

    private struct Entry {
        var hash = 0
        /// Nanoseconds; 0 where nothing is known yet.
        var cost: Int64 = 0
    }

    /// Nanoseconds.
    private static let limit: Int64 = 1_000_000
    /// How long it may take after all, nanoseconds: others that the same event loop serves wait so long.
    static let patience: Int64 = 5_000_000
    /// A power of two. Later queries take the places of earlier ones.
    private static let places = 1024

    private let entries = Mutex([Entry](repeating: Entry(), count: places))

    func isQuick(_ key: Key) -> Bool {
        let entry = entries.withLock { $0[Self.place(key)] }
        return entry.hash == key.hash && entry.cost > 0 && entry.cost < Self.limit
    }

    /// - Parameter cost: nanoseconds from the beginning of the work to the answer.
    func note(_ key: Key, cost: Int64) {
        entries.withLock { entries in
            let place = Self.place(key)
            let earlier = entries[place].hash == key.hash ? entries[place].cost : 0
            entries[place] = Entry(hash: key.hash, cost: max(1, cost, earlier - earlier / 8))
        }
    }

    private static func place(_ key: Key) -> Int { key.hash & (places - 1) }
}
