import Access
import Catalog
import ConfigurationFile
import Glibc
import HTTPAPI
import Logging
import Model
import PromQL
import Runtime
import Scraping
import StrictYAML
import Synchronization
import TSDB
import WebClient

/// All parts of a running server: made in order, ended in the opposite one.
///
/// It listens first, so that whoever asks is told that it is not ready, and how far the log has been read; then it scrapes, keeps what that brings in
/// memory, and opens the data folder. When the log is read, what was kept is written, and queries are answered.
final class MartletServer: Sendable {
    private let settings: ServeSettings
    private let clock: any Clock
    private let registry = MetricsRegistry()
    private let transport: HTTPTransport
    private let storage = OpeningDatabase()
    private let records = OpeningCatalog()
    private let state: LiveState
    private let queryLog: QueryLogFile
    private let scrapeFailures: ScrapeFailureFiles
    private let lookups: NameLookups
    private let sources: WebDiscoveryClient
    private let polls: DiscoveryPolls
    private let alerting: AlertSending
    /// Nil where remote writes are not allowed.
    private let writes: RemoteWriteWork?
    private let engine: Engine
    private let web: HTTPServer
    private let logger: Logger
    private let intake = HeadIntake()
    private let files: any FileSystem
    private let opening = Mutex(Opening())
    private let openingEnded = AsyncStream<Void>.makeStream()

    /// What has become of the data folder.
    private struct Opening {
        var hasBegun = false
        var failure: (any Error)?
        var collecting: Collecting?
        var catalog: CatalogWork?
        var work: Work?
    }

    /// What scrapes, from before the data folder is open.
    private struct Collecting {
        let parts: LiveState.Parts
        let counters: ScrapeCounters
        let refreshing: Task<Void, Never>
    }

    /// What goes on while the data folder is open.
    private struct Work {
        let database: Database
        let syncing: SyncThread
        let maintaining: MaintenanceThread
        let rules: RuleWork
        let notifier: NotifierWork
    }

    /// Reads the configuration. Nothing listens yet, and the data folder is not touched.
    init(_ settings: ServeSettings, clock: any Clock, logger: Logger, files: any FileSystem = RealFileSystem()) throws {
        let access = try settings.options.webConfigFile.map { [registry, records] path in
            try AccessControl(path, files: .disk, clock: clock, registry: registry, recording: records, logger: logger)
        }
        OpenDoor.tell(settings.http, access, registry, logger)
        var settings = settings
        settings.speaksTLS = access?.configuration.speaksTLS == true
        self.settings = settings
        self.files = files
        self.clock = clock
        self.logger = logger
        let options = settings.options
        for told in settings.withoutEffect { logger.warning("a flag has no effect", metadata: ["flag": "\(told)"]) }
        let loader = ConfigurationSource(
            path: options.configFile, notifications: options.notificationsConfig, features: settings.engine.features.syntax,
            protocols: settings.ingestsStarts ? ScrapeProtocol.tellingStarts : ScrapeProtocol.usual)
        transport = HTTPTransport(
            userAgent: "Martlet/\(BuildInfo.version)", environment: ProcessVariables.all, readFile: FileReading.disk.read)
        queryLog = QueryLogFile(files, registry)
        scrapeFailures = ScrapeFailureFiles(files, registry)
        lookups = NameLookups(SystemResolver(), registry)
        sources = WebDiscoveryClient {
            WebClients(userAgent: "Martlet/\(BuildInfo.version)", environment: ProcessVariables.all, readFile: FileReading.disk.read)
        }
        polls = DiscoveryPolls(sources, clock, registry)
        alerting = AlertSending(settings, transport, lookups, polls, clock, registry, logger)
        state = try LiveState(settings, loader, try loader.load(), queryLog, scrapeFailures, alerting, clock, logger)
        engine = Engine(options: Self.withHelpers(settings))
        writes = options.enableRemoteWrite ? RemoteWriteWork(registry, ingestsStarts: settings.ingestsStarts, clock, logger) : nil
        web = try HTTPServer(
            options: settings.http, engine: engine, source: storage, state: state, registry: registry,
            clock: clock, storage: storage, records: records, queryLog: queryLog, recording: records, writes: writes, access: access,
            logger: logger)
    }

    /// A query uses all it may of the machine: its own thread, and one for each further core.
    private static func withHelpers(_ settings: ServeSettings) -> EngineOptions {
        var engine = settings.engine
        let others = MachineCores.count(online: sysconf(Int32(_SC_NPROCESSORS_ONLN))) { ProcessReport.text($0) } - 1
        guard others > 0 else { return engine }
        engine.helpers = WorkerPool(
            name: "query-help", threads: others, queueLimit: 4 * max(others, settings.http.maxConcurrency), besideSubmitter: true)
        return engine
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

    private func beginScraping() {
        let report = Self.reporter(logger)
        let counters = ScrapeCounters(registry) { [clock] in clock.monotonic() }
        let reactors = ScrapeReactors()
        let workers = WorkerPool(name: "scrape", threads: 2, queueLimit: 100_000)
        let memory = PageMemory(machine: MachineMemory.bytes { ProcessReport.text($0) })
        let scrapes = ScrapeManager(
            ScrapeEnvironment(
                intake: intake, transport: RoutedTransport(transport, reactors: reactors, workers: workers), clock: clock, reactors: reactors,
                workers: workers, counters: counters, buffers: PageBufferPool(memory: memory),
                maxBodySize: settings.maxBodySize, ingestsStarts: settings.ingestsStarts, offsetSeed: StableHash.fnv1a(HostName.current),
                report: report, failures: scrapeFailures))
        let discovery = DiscoveryLoop(lookups, polls, clock, logger) { groups, job in scrapes.discovered(groups, job: job) }
        discovery.register(registry, as: "scrape")
        let parts = LiveState.Parts(scrapes: scrapes, discovery: discovery)
        opening.withLock { $0.collecting = Collecting(parts: parts, counters: counters, refreshing: Task { await discovery.run() }) }
        state.begin(parts)
    }

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

    private func open() throws {
        let catalog = try CatalogWork(settings.options.storagePath, settings.catalog, files, clock, registry, logger)
        opening.withLock { $0.catalog = catalog }
        records.isOpen(catalog.catalog)
        try openDatabase(catalog)
    }

    private func openDatabase(_ catalog: CatalogWork) throws {
        let report = Self.reporter(logger)
        let options = settings.database(with: state.storage)
        let database = try Database.open(
            path: settings.options.storagePath, options: options, files: files, clock: clock, progress: storage.progress, report: report)
        let notifier = try NotifierWork(
            settings, state.notifications, state.templates, catalog.catalog, database.head, also: alerting.sink, clock, registry, logger)
        let work = Work(
            database: database, syncing: SyncThread(database, options.walSync, clock, report), maintaining: MaintenanceThread(database),
            rules: RuleWork(settings, engine, database, notifier.sink, catalog.transitions, queryLog, clock, logger), notifier: notifier)
        opening.withLock { $0.work = work }
        SelfMetrics.register(registry, database: database, state: state)
        SelfMetrics.registerRules(registry, work.rules)
        SelfMetrics.registerDisk(registry, settings.options.storagePath, files)
        intake.open(database.head)
        writes?.isOpen(database.head)
        storage.isOpen(database)
        tellOfPurging(database)
        notifier.start()
        state.isOpen(LiveState.Opened(database: database, rules: work.rules, notifier: notifier))
        if let collecting = opening.withLock({ $0.collecting }) {
            notifier.watch(
                ServerProgress(scrapes: collecting.parts.scrapes, counters: collecting.counters, head: database.head, rules: work.rules))
        }
        tellBudget(database.head.seriesBudget)
        logger.info("ready to answer")
        SystemMemory.forgetStart()
    }

    private func tellBudget(_ budget: SeriesBudget) {
        func shown(_ limit: Int?) -> Logger.MetadataValue { "\(limit.map(String.init) ?? "none")" }
        logger.info("new series are taken up to a limit", metadata: ["series": shown(budget.series), "bytes": shown(budget.bytes)])
    }

    /// Purging of a folder that was kept whole until now: told before it begins, which it does in a minute at the soonest.
    private func tellOfPurging(_ database: Database) {
        let preview = database.retentionPreview(database.retention)
        guard database.status.isAdopted, preview.blocks > 0 else { return }
        logger.warning(
            "the folder was another program's; the retention that is set removes older samples once they are folded",
            metadata: ["blocks": "\(preview.blocks)", "bytes": "\(preview.bytes)", "through": "\(RFC3339.formatShortest(preview.newest ?? 0))"])
    }

    // MARK: Running

    /// Scrapes and answers until a signal or `/-/quit` ends it.
    func run(_ signals: AsyncStream<ServerSignal>) async throws {
        OpenFiles.raiseLimit()
        // A start is mostly reading the log: nothing else comes before it.
        beginOpening()
        let listening = Task { [self] in
            try await web.run { [self] port in
                logger.info("listening", metadata: ["port": "\(port)"])
                beginScraping()
            }
        }
        let finding = Task { [self] in await alerting.run() }
        let wishes = Task { [self] in await follow(signals) }
        let quitting = Task { [self] in
            await state.untilQuit()
            await web.shutdown()
        }
        defer { [finding, wishes, quitting].forEach { $0.cancel() } }
        let outcome = await listening.result
        await end()
        try outcome.get()
        if let failure = opening.withLock({ $0.failure }) { throw failure }
    }

    private func follow(_ signals: AsyncStream<ServerSignal>) async {
        for await signal in signals {
            switch signal {
            case .reload: await reload()
            case .stop:
                logger.info("ending")
                await web.shutdown()
            }
        }
    }

    /// As somebody on this machine wishes it by a signal, which does not say who it is from.
    private func reload() async {
        var deed = AuditRecord(
            time: clock.now(), by: .server, action: "configuration.reload", object: settings.options.configFile, after: "by SIGHUP")
        do { try await state.reload() } catch { deed.failure = "\(error)" }
        records.record(.audit(deed))
    }

    /// Ends what has begun: the scrapes, and then the opening, if it is under way, with what was kept for it.
    private func end() async {
        if let collecting = opening.withLock({ $0.collecting }) {
            collecting.refreshing.cancel()
            await collecting.parts.scrapes.shutDown()
        }
        if opening.withLock({ $0.hasBegun }) {
            for await _ in openingEnded.stream {}
        }
        if let work = opening.withLock({ $0.work }) {
            work.rules.stop()
            await work.notifier.shutDown()
            await alerting.shutDown()
            work.maintaining.stop()
            work.syncing.stop()
            close(work.database)
        }
        opening.withLock { $0.catalog }?.stop()
        queryLog.use(nil)
        scrapeFailures.use(ScrapeFailureFiles.Opened())
        await transport.shutdown()
        await sources.shutdown()
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
