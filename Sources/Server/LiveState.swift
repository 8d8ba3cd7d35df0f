import ConfigurationFile
import Foundation
import HTTPAPI
import Logging
import Model
import Notifications
import Notifier
import Rules
import Runtime
import Scraping
import Synchronization
import TSDB

/// What the API shows of the server, and the reload it asks for.
final class LiveState: ServerState {
    private struct Current {
        var redacted = ""
        var externalLabels = Labels.empty
        var scrapePools: [ScrapeConfiguration] = []
        var reloadSucceeded = true
        var lastReload: Timestamp = 0
    }

    /// What follows the configuration and is not there from the beginning.
    struct Parts: Sendable {
        let scrapes: ScrapeManager
        let discovery: DiscoveryLoop
    }

    /// What needs the data folder.
    struct Opened: Sendable {
        let database: Database
        let rules: RuleWork
        let notifier: NotifierWork
    }

    /// A configuration, and what was read besides.
    private struct InForce {
        var configuration: ServerConfiguration
        var templates: MessageTemplates
    }

    private let settings: ServeSettings
    private let source: ConfigurationSource
    private let queryLog: QueryLogFile
    private let scrapeFailures: ScrapeFailureFiles
    private let alerting: AlertSending
    private let clock: any Clock
    private let logger: Logger
    private let startTime: Timestamp
    private let current = Mutex(Current())
    private let running = Mutex<Parts?>(nil)
    /// Nil until the log is read, which may be before or behind `begin`.
    private let opened = Mutex<Opened?>(nil)
    /// The configuration in force. One reload at a time: the later one must win.
    private let configured: Mutex<InForce>
    private let ready = Atomic<Bool>(false)
    private let quitWish = AsyncStream<Void>.makeStream()

    /// - Throws: if the configuration cannot be put into force.
    init(
        _ settings: ServeSettings, _ source: ConfigurationSource, _ configuration: ServerConfiguration, _ queryLog: QueryLogFile,
        _ scrapeFailures: ScrapeFailureFiles, _ alerting: AlertSending, _ clock: any Clock, _ logger: Logger
    ) throws(ConfigurationError) {
        self.settings = settings
        self.source = source
        self.queryLog = queryLog
        self.scrapeFailures = scrapeFailures
        self.alerting = alerting
        self.clock = clock
        self.logger = logger
        configured = Mutex(InForce(configuration: configuration, templates: try ConfigurationSource.templates(configuration.notifications)))
        startTime = clock.now()
        let failureLogs = try Self.openedLogs(configuration, scrapeFailures)
        queryLog.use(try Self.openedLog(configuration, queryLog))
        scrapeFailures.use(failureLogs)
        note(configuration)
        // Before there are rules, so that their first alerts find somebody.
        alerting.apply(configuration)
    }

    private static func openedLog(_ configuration: ServerConfiguration, _ log: QueryLogFile) throws(ConfigurationError) -> (any File)? {
        do {
            return try log.open(configuration.global.queryLogFile)
        } catch {
            throw ConfigurationError(problems: ["global.query_log_file cannot be opened: \(error)"])
        }
    }

    private static func openedLogs(
        _ configuration: ServerConfiguration, _ logs: ScrapeFailureFiles
    ) throws(ConfigurationError) -> ScrapeFailureFiles.Opened {
        do { return try logs.open(configuration.scrapeConfigurations) } catch { throw ConfigurationError(problems: ["\(error)"]) }
    }

    var isReady: Bool { ready.load(ordering: .relaxed) }

    private var parts: Parts? { running.withLock { $0 } }
    private var database: Database? { opened.withLock { $0?.database } }

    /// Puts the configuration into force with the parts that are there now.
    func begin(_ parts: Parts) {
        configured.withLock { configured in
            running.withLock { $0 = parts }
            apply(configured.configuration, parts)
        }
    }

    /// The data folder is open too; from here on the server is ready.
    func isOpen(_ parts: Opened) {
        configured.withLock { configured in
            opened.withLock { $0 = parts }
            apply(configured, parts)
        }
        ready.store(true, ordering: .relaxed)
    }

    // MARK: Configuration

    /// The part about notifications of the configuration in force.
    var notifications: NotificationsConfiguration { configured.withLock { $0.configuration.notifications } }
    var templates: MessageTemplates { configured.withLock(\.templates) }

    /// The part about storage of the configuration in force.
    var storage: StorageConfiguration { configured.withLock { $0.configuration.storage } }

    /// Tells what was read.
    private func note(_ configuration: ServerConfiguration) {
        for warning in configuration.warnings { logger.warning("configuration", metadata: ["problem": "\(warning)"]) }
        current.withLock {
            $0 = Current(
                redacted: configuration.redacted, externalLabels: configuration.global.externalLabels,
                scrapePools: configuration.scrapeConfigurations, reloadSucceeded: true, lastReload: clock.now())
        }
    }

    /// Puts a configuration that was checked as a whole into force.
    private func apply(_ configuration: ServerConfiguration, _ parts: Parts) {
        for problem in parts.scrapes.apply(configuration.scrapeConfigurations) {
            logger.error("a target cannot be scraped", metadata: ["problem": "\(problem)"])
        }
        parts.discovery.apply(configuration.scrapeConfigurations.map { ($0.jobName, $0.discovery) })
    }

    private func apply(_ inForce: InForce, _ parts: Opened) {
        let configuration = inForce.configuration
        let (storage, database) = (configuration.storage, parts.database)
        database.setRetention(settings.retention(with: storage))
        database.setTiers(settings.tiers(with: storage))
        database.setStaleSeriesThreshold(settings.staleSeriesThreshold(with: storage))
        database.head.setOutOfOrderWindow(storage.outOfOrderWindow)
        database.head.setExemplarLimit(settings.exemplarLimit(with: storage))
        // Before the rules, so that their first alerts go by it.
        parts.notifier.apply(configuration, inForce.templates)
        parts.rules.apply(configuration)
    }

    /// On a thread of its own: files may be slow, and a rule that is being evaluated is waited for.
    func reload() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            startThread { [self] in continuation.resume(with: Result { try reloadNow() }) }
        }
    }

    private func reloadNow() throws {
        try configured.withLock { configured in
            do throws(ConfigurationError) {
                let new = try source.load()
                let templates = try ConfigurationSource.templates(new.notifications)
                // Also where the name stays the same: whoever has moved the file away wants a new one.
                let failureLogs = try Self.openedLogs(new, scrapeFailures)
                queryLog.use(try Self.openedLog(new, queryLog))
                scrapeFailures.use(failureLogs)
                configured = InForce(configuration: new, templates: templates)
                note(new)
                alerting.apply(new)
                if let parts { apply(new, parts) }
                if let parts = opened.withLock({ $0 }) { apply(configured, parts) }
                logger.info("configuration reloaded", metadata: ["file": "\(source.path)"])
            } catch {
                current.withLock { $0.reloadSucceeded = false }
                for problem in error.problems {
                    logger.error("the new configuration is refused; the old one stays in force", metadata: ["problem": "\(problem)"])
                }
                throw error
            }
        }
    }

    var lastReload: (succeeded: Bool, time: Timestamp) { current.withLock { ($0.reloadSucceeded, $0.lastReload) } }

    func configuration() -> String { current.withLock { $0.redacted } }
    func externalLabels() -> Labels { current.withLock { $0.externalLabels } }
    func flags() -> [String: String] { settings.options.flags }

    // MARK: Ending

    func quit() { quitWish.continuation.finish() }

    /// Returns once somebody has asked the server to quit, or the task is cancelled.
    func untilQuit() async {
        for await _ in quitWish.stream {}
    }

    // MARK: Targets

    func targets() -> TargetsReport {
        guard let scrapes = parts?.scrapes else { return TargetsReport(active: [], dropped: [], droppedCounts: [:]) }
        return TargetsReport(
            active: scrapes.activeTargets().map(Self.report),
            dropped: scrapes.droppedTargets().map {
                DroppedTargetReport(discoveredLabels: HTTPDiscovery.shown($0.discoveredLabels), scrapePool: $0.scrapePool)
            },
            droppedCounts: scrapes.droppedCounts())
    }

    private static func report(_ target: ActiveTarget) -> TargetReport {
        var report = TargetReport(
            discoveredLabels: HTTPDiscovery.shown(target.discoveredLabels), labels: target.labels, scrapePool: target.scrapePool,
            scrapeURL: target.scrapeURL,
            globalURL: target.globalURL(host: HostName.current), lastError: target.lastError, lastScrape: target.lastScrape,
            lastScrapeDuration: target.lastScrapeDuration, health: TargetReport.Health(rawValue: target.health.rawValue) ?? .unknown,
            scrapeInterval: target.interval, scrapeTimeout: target.timeout)
        let page = target.page
        report.page = TargetReport.Page(
            bytes: page.size, packedBytes: page.packedSize, samples: page.tally.scraped, seriesAdded: page.tally.added,
            seriesRefused: page.overrun.series, refusedMetrics: page.overrun.metrics)
        return report
    }

    /// How many targets each pool may have; 0: any number.
    var targetLimits: [String: Int64] { parts?.scrapes.targetLimits() ?? [:] }

    /// How many targets each pool has.
    var targetCounts: [String: Int] { parts?.scrapes.targetCounts() ?? [:] }

    func scrapePools() -> [String] { parts?.scrapes.targetCounts().keys.sorted(by: precedes) ?? [] }

    private func scrapePool(_ name: String) -> ScrapeConfiguration? {
        current.withLock(\.scrapePools).first { sameBytes($0.jobName, name) }
    }

    func configuration(ofPool name: String) -> String? { scrapePool(name)?.redacted }

    func relabelSteps(of labels: Labels, inPool name: String) -> [RelabelStepReport]? {
        guard let rules = scrapePool(name)?.relabelling else { return nil }
        return zip(rules, Relabeller.trace(rules, of: labels)).map { RelabelStepReport(rule: $0.json, output: $1) }
    }

    func metadata() -> [MetadataReport] {
        (parts?.scrapes.activeTargets() ?? []).flatMap { target in
            target.metadata.all().map { MetadataReport(metric: $0.family, metadata: $0.metadata, target: target.labels) }
        }
    }

    // MARK: Rules

    func alertmanagers() -> AlertmanagersReport {
        var report = AlertmanagersReport()
        (report.active, report.dropped) = alerting.alertmanagers
        return report
    }

    var notifier: (any NotifierDesk)? { opened.withLock { $0?.notifier } }

    func rules() -> [RuleGroupReport] { opened.withLock { $0 }?.rules.report ?? [] }

    // MARK: Status

    func build() -> BuildReport {
        BuildReport(version: BuildInfo.prometheusVersion, branch: "martlet-\(BuildInfo.version)", compiler: "swift6.3")
    }

    func runtime() -> RuntimeReport {
        let reload = lastReload
        var report = RuntimeReport(
            startTime: startTime, workingDirectory: FileManager.default.currentDirectoryPath, hostname: HostName.current, serverTime: clock.now(),
            reloadSucceeded: reload.succeeded, lastReload: reload.time, corruptionCount: database?.status.counts.logCorruptions ?? 0,
            threadCount: (try? RealFileSystem().list("/proc/self/task").count) ?? 0, processors: ProcessInfo.processInfo.activeProcessorCount,
            storageRetention: database.map { Self.described($0.retention) } ?? "")
        report.residentBytes = Int64(ProcessReport.current().residentBytes ?? 0)
        return report
    }

    /// As Prometheus writes it: `15d or 10GiB`.
    private static func described(_ retention: Retention) -> String {
        var limits: [String] = []
        if let time = retention.time, time > 0 { limits.append(PromDuration.format(time)) }
        if let bytes = retention.bytes, bytes > 0 { limits.append(ByteSize.format(bytes)) }
        if let percentage = retention.percentage, percentage > 0 { limits.append("\(percentage)%") }
        return limits.joined(separator: " or ")
    }

    func tsdb(limit: Int) throws -> TSDBReport {
        guard let database else { return TSDBReport() }
        let stats = database.head.stats
        let ranking = database.head.cardinality(limit: limit)
        func entries(_ list: [HeadCardinality.Entry]) -> [TSDBReport.Entry] { list.map { TSDBReport.Entry($0.name, $0.value) } }
        return TSDBReport(
            seriesCount: stats.series, labelPairCount: ranking.labelPairs, chunkCount: stats.chunks, minTime: stats.minTime, maxTime: stats.maxTime,
            seriesByMetric: entries(ranking.seriesByMetricName), valuesByLabel: entries(ranking.valuesByLabelName),
            bytesByLabel: entries(ranking.bytesByLabelName), seriesByLabelPair: entries(ranking.seriesByLabelPair))
    }
}

/// This machine's name.
enum HostName {
    static let current = ProcessInfo.processInfo.hostName
}
