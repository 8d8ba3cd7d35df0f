public import Model
import Runtime
public import Scraping
public import StrictYAML
public import TSDB

/// Fills a data folder with what a server would have that has scraped the demo's pages for a year: blocks, tiers and a log, made by the database itself
/// under a clock that runs fast. Scrapes are the more seldom the longer they are ago (`HistoryPlan`).
public struct DemoHistory {
    /// A page, and how the server's configuration has it stored.
    public struct Source {
        let page: DemoPage
        let labels: Labels
        let options: TargetIngester.Options
    }

    /// How far the work has come.
    public struct Progress: Sendable {
        /// The time of the last scrape.
        public var time: Timestamp
        public var samples = 0
    }

    private static let day: Int64 = 86_400_000
    private let seed: UInt64
    private let sources: [Source]
    private let plan: HistoryPlan
    private let playbook: Playbook
    private let files: any FileSystem

    /// - Parameters:
    ///   - end: when the history ends, which is now if a server is to go on from there.
    ///   - length: how long it is, in milliseconds.
    public init(_ sources: [Source], seed: UInt64, end: Timestamp, length: Int64, files: any FileSystem) {
        self.sources = sources
        self.seed = seed
        self.files = files
        plan = HistoryPlan(end: end, length: length)
        playbook = .calendar(from: Double(end - length) / 1000, to: Double(end) / 1000, seed: seed)
    }

    /// Fills a folder that is not there or empty, all at once in the end: an interrupted run leaves it as it was. Nil, with nothing done, if there is
    /// something in the folder. Throws `StorageError` and `FileError`.
    public func fill(_ folder: String, progress: (Progress) -> Void) throws -> Progress? {
        var folder = folder
        // What is made must lie beside the folder, not in it.
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let isThere = try files.kind(folder) != nil
        if isThere, try files.kind(folder) != .folder || !files.list(folder).isEmpty { return nil }
        let making = folder + ".making"
        if try files.kind(making) != nil { try files.removeAll(making) }
        let done = try make(making, progress)
        if isThere { try files.remove(folder) }
        try files.rename(making, to: folder)
        return done
    }

    private func make(_ folder: String, _ progress: (Progress) -> Void) throws -> Progress {
        let clock = FastClock(plan.parts.first?.from ?? 0)
        let workers = WorkerPool(name: "demo-pages", threads: 2, queueLimit: 1000)
        var done = Progress(time: clock.now())
        for part in plan.parts {
            let database = try Database.open(path: folder, options: Self.options(part), files: files, clock: clock, report: { _ in })
            let ingesters = sources.map {
                TargetIngester(head: database.head, targetLabels: $0.labels, options: $0.options, metadata: TargetMetadata())
            }
            var nextLook = part.from
            try PagesAhead(sources.map(\.page), seed: seed, playbook: playbook, workers: workers).each(part.times) { time, pages in
                clock.set(time)
                for (ingester, page) in zip(ingesters, pages) { done.samples += try Self.store(page, ingester, time) }
                guard time >= nextLook else { return }
                nextLook = time + part.blockDuration / 2
                database.maintain()
                done.time = time
                progress(done)
            }
            Self.settle(database, clock)
            try database.close()
        }
        return done
    }

    private static func store(_ page: PageBuffer?, _ ingester: TargetIngester, _ time: Timestamp) throws -> Int {
        let scraped: Result<ScrapedPage, ScrapeError> =
            page.map { .success(ScrapedPage(body: $0, contentType: "text/plain; version=0.0.4; charset=utf-8")) }
            ?? .failure(ScrapeError("server returned HTTP status 503 Service Unavailable"))
        return try ingester.ingest(scraped, at: time, duration: { 4_000_000 }).outcome.appended
    }

    private static func options(_ part: HistoryPlan.Part) -> DatabaseOptions {
        var options = DatabaseOptions()
        options.walSync = .off
        options.minBlockDuration = part.blockDuration
        options.retention = Retention(time: 7 * day)
        return options
    }

    /// Lets the database do what it puts off, until nothing is left to do: folding, merging, purging.
    private static func settle(_ database: Database, _ clock: FastClock) {
        var idle = 0
        var before = database.status.sizes
        // A database that is never done is left to the server, which looks after it in the same way.
        for _ in 0..<1000 where idle < 3 {
            clock.pass(61_000)
            database.maintain()
            let now = database.status.sizes
            idle = now == before ? idle + 1 : 0
            before = now
        }
    }
}

extension DemoHistory.Source {
    /// The demo's pages among the targets of some jobs: those at the ports from `basePort` on.
    public static func all(of jobs: [ScrapeConfiguration], basePort: Int, files: FileReading) -> [DemoHistory.Source] {
        jobs.flatMap { $0.namedTargets(files) }.compactMap { target, options in
            guard let port = target.allLabels["__address__"]?.split(separator: ":").last.flatMap({ Int($0) }),
                DemoPage.all.indices.contains(port - basePort)
            else { return nil }
            return DemoHistory.Source(page: DemoPage.all[port - basePort], labels: target.labels, options: options)
        }
    }
}
