import Synchronization

/// The threads of all scrapes that have no need of others.
public final class ScrapeReactors: Sendable {
    private let all: [ScrapeReactor]
    private let given = Atomic<Int>(0)

    /// Starts the threads, which live as long as the process.
    public init(threads: Int = 2) { all = (0..<max(1, threads)).map { _ in ScrapeReactor() } }

    /// The one for loops that are scraped at a place in their interval: those of one place share one, which then wakes up once for all of them.
    func of(place: Int64) -> ScrapeReactor { all[Int(place % Int64(all.count))] }

    /// Each in turn, so that all have as many.
    func next() -> ScrapeReactor {
        let number = given.wrappingAdd(1, ordering: .relaxed).oldValue
        return all[number % all.count]
    }
}
