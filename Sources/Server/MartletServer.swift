import ConfigurationFile
import HTTPAPI
import Logging
import Model
import PromQL
import Runtime
import Scraping
import StrictYAML
import TSDB

/// All parts of a running server: made in order, ended in the opposite one.
final class MartletServer: Sendable {
    private let database: Database
    private let transport: HTTPTransport
    private let scrapes: ScrapeManager
    private let discovery: DiscoveryLoop
    private let state: LiveState
    private let web: HTTPServer
    private let syncing: SyncThread
    private let maintaining: MaintenanceThread
    private let logger: Logger

    /// Reads the configuration, takes the data folder and replays its log. Nothing listens and nothing is scraped yet.
    init(_ settings: ServeSettings, clock: any Clock, logger: Logger) async throws {
        self.logger = logger
        let options = settings.options
        for told in settings.withoutEffect { logger.warning("a flag has no effect", metadata: ["flag": "\(told)"]) }
        let loader = ConfigurationSource(path: options.configFile, features: settings.engine.features.syntax)
        let configuration = try loader.load()
        let report = Self.reporter(logger)
        database = try Database.open(
            path: options.storagePath, options: settings.database(with: configuration.storage), files: RealFileSystem(), clock: clock, report: report)
        let registry = MetricsRegistry()
        transport = HTTPTransport(userAgent: "Martlet/\(BuildInfo.version)", readFile: FileReading.disk.read)
        scrapes = ScrapeManager(
            ScrapeEnvironment(
                head: database.head, transport: transport, clock: clock,
                workers: WorkerPool(name: "scrape", threads: 2, queueLimit: 100_000), counters: ScrapeCounters(registry),
                offsetSeed: StableHash.fnv1a(HostName.current), report: report))
        discovery = DiscoveryLoop(scrapes, logger)
        state = LiveState(settings, loader, clock, database, scrapes, discovery, logger)
        SelfMetrics.register(registry, database: database, state: state, scrapes: scrapes)
        web = try HTTPServer(
            options: settings.http, engine: Engine(options: settings.engine), source: database.source, state: state, registry: registry,
            clock: clock, storage: database, logger: logger)
        syncing = SyncThread(database, settings.database.walSync, clock, report)
        maintaining = MaintenanceThread(database)
        state.take(configuration)
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

    /// Scrapes and answers until a signal or `/-/quit` ends it.
    func run(_ signals: AsyncStream<ServerSignal>) async throws {
        defer { close() }
        let listening = Task { [web, state, logger] in
            try await web.run { port in
                state.becomeReady()
                logger.info("ready to answer", metadata: ["port": "\(port)"])
            }
        }
        let wishes = Task { [self] in await follow(signals) }
        let quitting = Task { [self] in
            await state.untilQuit()
            await web.shutdown()
        }
        let refreshing = Task { [discovery] in await discovery.run() }
        defer { [wishes, quitting, refreshing].forEach { $0.cancel() } }
        let outcome = await listening.result
        refreshing.cancel()
        await scrapes.shutDown()
        await transport.shutdown()
        try outcome.get()
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

    private func close() {
        maintaining.stop()
        syncing.stop()
        do {
            try database.close()
            logger.info("the data folder is closed")
        } catch {
            logger.error("the data folder could not be closed in order", metadata: ["err": "\(error)"])
        }
    }
}
