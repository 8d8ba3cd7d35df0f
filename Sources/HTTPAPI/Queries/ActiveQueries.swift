import Synchronization

/// The queries that wait or run.
final class ActiveQueries: Sendable {
    private let jobs = Mutex<[UInt64: QueryJob]>([:])

    func add(_ job: QueryJob) { jobs.withLock { $0[job.id] = job } }

    func remove(_ job: QueryJob) { jobs.withLock { $0[job.id] = nil } }

    /// In the order in which they were asked.
    var all: [QueryJob] { jobs.withLock { Array($0.values) }.sorted { $0.id < $1.id } }

    /// Ends a query; false if there is none of that number.
    func end(_ id: UInt64, _ ending: QueryEnding) -> Bool {
        guard let job = jobs.withLock({ $0[id] }) else { return false }
        job.end(ending)
        return true
    }
}
