import ArgumentParser
import Logging
import Server

/// `martlet serve`: Prometheus's flag names where Prometheus has the flag.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scrape, store and answer queries.",
        discussion: """
            martlet serve --config.file=martlet.yml --storage.tsdb.path=/var/lib/martlet
            martlet serve --config.file=prometheus.yml --web.listen-address=127.0.0.1:9091 --web.enable-lifecycle
            """)

    @Option(name: .customLong("config.file"), help: "Configuration file, in prometheus.yml's grammar.") var configFile = "martlet.yml"
    @Option(
        name: .customLong("notifications.config"), help: "File of the notifier, in alertmanager.yml's grammar, in place of the key notifications.")
    var notificationsConfig: String?
    @Option(name: .customLong("storage.tsdb.path"), help: "Data folder.") var storagePath = "data"
    @Option(name: .customLong("storage.tsdb.wal-sync"), help: "How often the log is synced to disk: a duration, 'always' or 'off'.")
    var walSync = "1s"
    @Option(name: .customLong("storage.head.max-samples"), help: "Samples kept; past this the oldest are dropped (default: what fits 2 GiB).")
    var headMaxSamples: Int?
    @Option(name: .customLong("storage.head.max-series"), help: "Series up to which new ones are stored; 0: any number (default: max-memory / 500).")
    var headMaxSeries: Int?
    @Option(
        name: .customLong("storage.head.max-memory"),
        help: "Memory of recent samples up to which new series are stored: a size, or a share of the machine's; 0: any size.")
    var headMaxMemory = "50%"
    @Option(name: .customLong("web.listen-address"), help: "Address to listen on.") var listenAddress = "127.0.0.1:9090"
    @Option(name: .customLong("web.config.file"), help: "File that says who may do what, and how TLS is spoken; read anew when it changes.")
    var webConfigFile: String?
    @Option(name: .customLong("web.external-url"), help: "URL under which users reach the server.") var externalURL: String?
    @Option(name: .customLong("web.route-prefix"), help: "Path before all routes (default: the path of --web.external-url).") var routePrefix: String?
    @Flag(name: .customLong("web.enable-lifecycle"), help: "Allow POST /-/reload and /-/quit.") var enableLifecycle = false
    @Option(name: .customLong("web.cors.origin"), help: "Regular expression of origins whose scripts may read answers (default: none).")
    var corsOrigin: String?
    @Option(name: .customLong("scrape.max-body-size"), help: "Size of a target's page, unpacked, that is refused where its job sets no limit.")
    var maxBodySize = "256MB"
    @Option(name: .customLong("query.lookback-delta"), help: "How far an instant selector looks back.") var lookback = "5m"
    @Option(name: .customLong("query.timeout"), help: "Time limit of a query.") var queryTimeout = "2m"
    @Option(name: .customLong("query.max-concurrency"), help: "Queries that run at the same time.") var maxConcurrency = 20
    @Option(name: .customLong("query.max-waiting"), help: "Queries that wait for one of these to end; more are refused.") var maxWaiting = 1000
    @Option(name: .customLong("query.max-memory"), help: "Memory a query may hold: a size, or a share of the machine's (or of its cgroup's limit).")
    var maxMemory = "25%"
    @Option(name: .customLong("query.max-samples"), help: "Samples a query may hold in memory.") var maxSamples = 50_000_000
    @Option(name: .customLong("rules.alert.for-outage-tolerance"), help: "How long an outage may be for pending alerts to go on where they were.")
    var alertOutageTolerance = "1h"
    @Option(name: .customLong("rules.alert.for-grace-period"), help: "How long a restored alert stays pending at least.") var alertGracePeriod = "10m"
    @Option(name: .customLong("rules.alert.resend-delay"), help: "The shortest time between two sendings of an alert.") var alertResendDelay = "1m"
    @Option(name: .customLong("rules.max-concurrent-evals"), help: "With concurrent-rule-eval: rules evaluated at once beside one of each group.")
    var maxConcurrentRules = 4
    @Option(name: .customLong("alertmanager.notification-queue-capacity"), help: "Alerts that may wait for one alertmanager; then the oldest go.")
    var notificationQueueCapacity = 10_000
    @Option(name: .customLong("alertmanager.notification-batch-size"), help: "Alerts in one request to an alertmanager.")
    var notificationBatchSize = 256
    @Flag(
        name: .customLong("alertmanager.drain-notification-queue-on-shutdown"), inversion: .prefixedNo,
        help: "Whether the end waits, ten seconds at most, until alerts are sent.")
    var drainsNotificationQueue = true
    @Option(name: .customLong("enable-feature"), help: "Feature names, separated by commas; may be given several times.") var features: [String] = []
    @Option(name: .customLong("log.level"), help: "debug, info, warn or error.") var logLevel = "info"
    @Option(name: .customLong("log.format"), help: "logfmt or json.") var logFormat = LogFormat.logfmt

    @Option(name: .customLong("storage.tsdb.retention.time"), help: "How long samples are kept, as 15d; 0 keeps them for good. Tiers: storage.tiers.")
    var retentionTime: String?
    @Option(name: .customLong("storage.tsdb.retention.size"), help: "How much is kept of blocks and logs together, as 50GB.")
    var retentionSize: String?
    @Option(name: .customLong("storage.tsdb.min-block-duration"), help: .hidden) var minBlockDuration = "2h"
    @Option(name: .customLong("storage.tsdb.max-block-duration"), help: .hidden) var maxBlockDuration: String?
    @Flag(
        name: .customLong("storage.tsdb.wal-compression"), inversion: .prefixedNo,
        help: "Compress all of the log with Snappy, or nothing. Without either: all but samples.")
    var walCompression: Bool?
    @Option(name: .customLong("storage.tsdb.wal-segment-size"), help: .hidden) var walSegmentSize: String?
    @Option(name: .customLong("storage.reserve"), help: "Free space that samples never fill: a size, or a share of the disk.") var reserve = "2%"
    @Option(name: .customLong("records.retention.time"), help: "How long records of alerts, notifications and what users did are kept.")
    var recordsRetention = "1y"
    @Flag(name: .customLong("web.enable-admin-api"), help: "Allow deletes and snapshots through the API.") var enableAdminAPI = false
    @Flag(name: .customLong("web.enable-remote-write-receiver"), help: "Take samples by remote write, 1.0 and 2.0, at /api/v1/write.")
    var enableRemoteWrite = false

    func validate() throws {
        guard maxConcurrency > 0, maxSamples > 0, headMaxSamples.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--query.max-concurrency, --query.max-samples and --storage.head.max-samples must be greater than 0")
        }
        guard headMaxSeries.map({ $0 >= 0 }) ?? true else { throw ValidationError("--storage.head.max-series must not be less than 0") }
        guard notificationQueueCapacity > 0, notificationBatchSize > 0 else {
            throw ValidationError("--alertmanager.notification-queue-capacity and --alertmanager.notification-batch-size must be greater than 0")
        }
        guard maxWaiting >= 0 else { throw ValidationError("--query.max-waiting must not be less than 0") }
        guard Self.levels[logLevel] != nil else { throw ValidationError("--log.level: \(logLevel) is not debug, info, warn or error") }
    }

    func run() async throws {
        let code = await serve(options())
        throw ExitCode(code)
    }

    private static let levels: [String: Logger.Level] = ["debug": .debug, "info": .info, "warn": .warning, "error": .error]

    private func options() -> ServeOptions {
        var options = ServeOptions()
        options.configFile = configFile
        options.notificationsConfig = notificationsConfig
        options.storagePath = storagePath
        options.walSync = walSync
        options.headMaxSamples = headMaxSamples
        options.headMaxSeries = headMaxSeries
        options.headMaxMemory = headMaxMemory
        options.listenAddress = listenAddress
        options.webConfigFile = webConfigFile.flatMap { $0.isEmpty ? nil : $0 }
        options.externalURL = externalURL
        options.routePrefix = routePrefix
        options.enableLifecycle = enableLifecycle
        options.corsOrigin = corsOrigin
        options.maxBodySize = maxBodySize
        options.lookback = lookback
        options.queryTimeout = queryTimeout
        options.maxConcurrency = maxConcurrency
        options.maxWaiting = maxWaiting
        options.maxMemory = maxMemory
        options.maxSamples = maxSamples
        options.alertOutageTolerance = alertOutageTolerance
        options.alertGracePeriod = alertGracePeriod
        options.alertResendDelay = alertResendDelay
        options.maxConcurrentRules = maxConcurrentRules
        options.notificationQueueCapacity = notificationQueueCapacity
        options.notificationBatchSize = notificationBatchSize
        options.drainsNotificationQueue = drainsNotificationQueue
        options.features = features.flatMap { $0.split(separator: ",").map(String.init) }
        options.logLevel = Self.levels[logLevel] ?? .info
        options.logFormat = logFormat
        options.retentionTime = retentionTime
        options.retentionSize = retentionSize
        options.minBlockDuration = minBlockDuration
        options.maxBlockDuration = maxBlockDuration
        options.walCompression = walCompression
        options.walSegmentSize = walSegmentSize
        options.reserve = reserve
        options.enableAdminAPI = enableAdminAPI
        options.enableRemoteWrite = enableRemoteWrite
        options.recordsRetention = recordsRetention
        options.flags = flags
        return options
    }

    private var flags: [String: String] {
        [
            "config.file": configFile, "notifications.config": notificationsConfig ?? "", "storage.tsdb.path": storagePath,
            "storage.tsdb.wal-sync": walSync,
            "storage.head.max-series": headMaxSeries.map(String.init) ?? "", "storage.head.max-memory": headMaxMemory,
            "storage.head.max-samples": headMaxSamples.map(String.init) ?? "", "web.listen-address": listenAddress,
            "web.config.file": webConfigFile ?? "", "web.external-url": externalURL ?? "", "web.route-prefix": routePrefix ?? "/",
            "web.enable-lifecycle": "\(enableLifecycle)",
            "web.cors.origin": corsOrigin ?? "", "query.lookback-delta": lookback, "query.timeout": queryTimeout,
            "query.max-concurrency": "\(maxConcurrency)", "query.max-samples": "\(maxSamples)",
            "scrape.max-body-size": maxBodySize, "query.max-waiting": "\(maxWaiting)", "query.max-memory": maxMemory,
            "rules.alert.for-outage-tolerance": alertOutageTolerance, "rules.alert.for-grace-period": alertGracePeriod,
            "rules.alert.resend-delay": alertResendDelay, "rules.max-concurrent-evals": "\(maxConcurrentRules)",
            "alertmanager.notification-queue-capacity": "\(notificationQueueCapacity)",
            "alertmanager.notification-batch-size": "\(notificationBatchSize)",
            "alertmanager.drain-notification-queue-on-shutdown": "\(drainsNotificationQueue)",
            "enable-feature": features.joined(separator: ","), "log.level": logLevel, "log.format": logFormat.rawValue,
            "storage.tsdb.retention.time": retentionTime ?? "", "storage.tsdb.retention.size": retentionSize ?? "",
            "storage.tsdb.min-block-duration": minBlockDuration, "storage.tsdb.max-block-duration": maxBlockDuration ?? "",
            "storage.tsdb.wal-compression": walCompression.map { "\($0)" } ?? "", "storage.tsdb.wal-segment-size": walSegmentSize ?? "",
            "records.retention.time": recordsRetention, "storage.reserve": reserve,
            "web.enable-admin-api": "\(enableAdminAPI)", "web.enable-remote-write-receiver": "\(enableRemoteWrite)",
        ]
    }
}

extension LogFormat: ExpressibleByArgument {}
