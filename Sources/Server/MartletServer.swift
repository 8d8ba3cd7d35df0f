import ConfigurationFile
import HTTPAPI
import Logging
import Model
import PromQL
import Runtime
import Scraping
import StrictYAML
import Synchronization
import TSDB

/// All parts of a running server: made in order, ended in the opposite one.
///
/// It listens first, so that whoever asks is told that it is not ready, and how far the log has been read; then the data folder is opened, and with it
/// everything that needs it begins.
final class MartletServer: Sendable {
    private let settings: ServeSettings
    private let clock: any Clock
    private let registry = MetricsRegistry()
    private let transport: HTTPTransport
    private let storage = OpeningDatabase()
    private let state: LiveState
    private let web: HTTPServer
    private let logger: Logger
    private let opening = Mutex(Opening())
    private let openingEnded = AsyncStream<Void>.makeStream()

    /// What has become of the data folder.
    private struct Opening {
        var hasBegun = false
        var failure: (any Error)?
        var work: Work?
    }

    /// What goes on while the data folder is open.
    private struct Work {
        let parts: LiveState.Parts
        let syncing: SyncThread
        let maintaining: MaintenanceThread
        let refreshing: Task<Void, Never>
    }

    /// Reads the configuration. Nothing listens yet, and the data folder is not touched.
    init(_ settings: ServeSettings, clock: any Clock, logger: Logger) throws {
        self.settings = settings
        self.clock = clock
        self.logger = logger
        let options = settings.options
        for told in settings.withoutEffect { logger.warning("a flag has no effect", metadata: ["flag": "\(told)"]) }
        let loader = ConfigurationSource(path: options.configFile, features: settings.engine.features.syntax)
        transport = HTTPTransport(userAgent: "Martlet/\(BuildInfo.version)", readFile: FileReading.disk.read)
        state = LiveState(settings, loader, try loader.load(), clock, logger)
        web = try HTTPServer(
            options: settings.http, engine: Engine(options: settings.engine), source: storage, state: state, registry: registry,
            clock: clock, storage: storage, logger: logger)
    }

    private static func reporter(_ logger: Logger) -> Reporter {
        { event in
            let level: Logger.Level =
                switch event.level {
                case .info: .info
                case .warning: .warning
                case .error: .error
                }
            let fields = event.fields.map { ($0.name, Logger.MetadataValue.string($0.value)) }
            logger.log(level: level, "\(event.message)", metadata: Logger.Metadata(fields) { first, _ in first })
        }
    }

    // MARK: Opening

    /// On a thread of its own: reading a long log takes its time.
    private func beginOpening() {
        opening.withLock { $0.hasBegun = true }
        startThread { [self] in
            do {
                try open()
            } catch {
                opening.withLock { $0.failure = error }
                Task { await web.shutdown() }
            }
            openingEnded.continuation.finish()
        }
    }

    private func open() throws(StorageError) {
        let report = Self.reporter(logger)
        let options = settings.database(with: state.storage)
        let database = try Database.open(
            path: settings.options.storagePath, options: options, files: RealFileSystem(), clock: clock, progress: storage.progress, report: report)
        storage.isOpen(database)
        let scrapes = ScrapeManager(
            ScrapeEnvironment(
                head: database.head, transport: transport, clock: clock,
                workers: WorkerPool(name: "scrape", threads: 2, queueLimit: 100_000), counters: ScrapeCounters(registry),
                offsetSeed: StableHash.fnv1a(HostName.current), report: report))
        let discovery = DiscoveryLoop(scrapes, logger)
        let parts = LiveState.Parts(database: database, scrapes: scrapes, discovery: discovery)
        SelfMetrics.register(registry, database: database, state: state, scrapes: scrapes)
        let work = Work(
            parts: parts, syncing: SyncThread(database, options.walSync, clock, report), maintaining: MaintenanceThread(database),
            refreshing: Task { await discovery.run() })
        opening.withLock { $0.work = work }
        state.begin(parts)
        logger.info("ready to answer")
    }

    // MARK: Running

    /// Scrapes and answers until a signal or `/-/quit` ends it.
    func run(_ signals: AsyncStream<ServerSignal>) async throws {
        let listening = Task { [self] in
            try await web.run { [self] port in
                logger.info("listening", metadata: ["port": "\(port)"])
                beginOpening()
            }
        }
        let wishes = Task { [self] in await follow(signals) }
        let quitting = Task { [self] in
            await state.untilQuit()
            await web.shutdown()
        }
        defer { [wishes, quitting].forEach { $0.cancel() } }
        let outcome = await listening.result
        await end()
        try outcome.get()
        if let failure = opening.withLock({ $0.failure }) { throw failure }
    }

    private func follow(_ signals: AsyncStream<ServerSignal>) async {
        for await signal in signals {
            switch signal {
            case .reload: try? await state.reload()
            case .stop:
                logger.info("ending")
                await web.shutdown()
            }
        }
    }

    /// Ends what has begun; an opening that is under way must come to its end first.
    private func end() async {
        if opening.withLock({ $0.hasBegun }) {
            for await _ in openingEnded.stream {}
        }
        if let work = opening.withLock({ $0.work }) {
            work.refreshing.cancel()
            await work.parts.scrapes.shutDown()
            work.maintaining.stop()
            work.syncing.stop()
            close(work.parts.database)
        }
        await transport.shutdown()
    }

    private func close(_ database: Database) {
        do {
            try database.close()
            logger.info("the data folder is closed")
        } catch {
            logger.error("the data folder could not be closed in order", metadata: ["err": "\(error)"])
        }
    }
}
