import Logging

/// What `martlet serve` was told on the command line.
public struct ServeOptions: Sendable {
    /// The configuration file.
    public var configFile = "martlet.yml"
    /// The notifier's file, in the grammar of an `alertmanager.yml`; nil: the configuration file says it.
    public var notificationsConfig: String?
    /// The data folder; made if it is missing.
    public var storagePath = "data"
    /// How often the WAL is synced to the disk: a duration, `always` (before a scrape counts as done) or `off`.
    public var walSync = "1s"
    /// Prometheus's retention by age, a duration, and by size, as `10GB`; nil: what the configuration file says.
    public var retentionTime: String?
    public var retentionSize: String?
    /// Lengths of the shortest and the longest blocks, as durations.
    public var minBlockDuration = "2h"
    public var maxBlockDuration: String?
    /// Whether all records of the log are compressed, or none; nil: those that gain by it.
    public var walCompression: Bool?
    public var walSegmentSize: String?
    /// Free space that samples never fill: a size, or a share of the disk as `2%`.
    public var reserve = "2%"
    /// Allows `admin/tsdb/…`.
    public var enableAdminAPI = false
    /// Takes samples that others send to `/api/v1/write`.
    public var enableRemoteWrite = false
    /// How long records of alerts, notifications and what users did are kept, as a duration.
    public var recordsRetention = "1y"
    /// Samples the head keeps before the oldest chunks are dropped; nil is the default that fits 2 GiB.
    public var headMaxSamples: Int?

    /// Series up to which the head takes new ones; 0: any number, nil: as many as its memory has room for.
    public var headMaxSeries: Int?
    /// The same for its memory: a size, or a share of the machine's as `50%`; 0: any size.
    public var headMaxMemory = "50%"

    /// `host:port` to listen on.
    public var listenAddress = "127.0.0.1:9090"
    /// The address users reach the server by; nil is made from `listenAddress`.
    public var externalURL: String?
    /// A path before all routes; nil is the path of `externalURL`.
    public var routePrefix: String?
    /// The file that says who may do what, and how TLS is spoken; nil: everybody may do what the other options allow, over plain HTTP.
    public var webConfigFile: String?
    /// Allows `/-/reload` and `/-/quit`.
    public var enableLifecycle = false
    /// A regular expression of origins that other sites' scripts may read answers from; nil allows none.
    public var corsOrigin: String?

    /// The size of a page that is refused where its job sets no limit.
    public var maxBodySize = "256MB"
    /// How far an instant selector looks back, as a duration.
    public var lookback = "5m"
    /// A query's time limit, as a duration.
    public var queryTimeout = "2m"
    /// Queries that run at the same time.
    public var maxConcurrency = 20
    /// Queries that may wait for one of them to end.
    public var maxWaiting = 1000
    /// Memory one query may hold: a size, or a share of the machine's as `25%`.
    public var maxMemory = "25%"
    /// Samples one query may hold in memory.
    public var maxSamples = 50_000_000
    /// How long an outage may be for pending alerts to go on where they were, as a duration.
    public var alertOutageTolerance = "1h"
    /// How long an alert that is restored stays pending at least; those with a shorter `for` begin anew. A duration.
    public var alertGracePeriod = "10m"
    /// The shortest time between two sendings of an alert, as a duration.
    public var alertResendDelay = "1m"
    /// Alerts that may wait for one alertmanager.
    public var notificationQueueCapacity = 10_000
    /// Alerts in one request to an alertmanager.
    public var notificationBatchSize = 256
    /// Whether the end of the server waits, for a while, for alerts that are not sent yet.
    public var drainsNotificationQueue = true
    /// With the feature `concurrent-rule-eval`: how many rules may be evaluated at once besides one of each group.
    public var maxConcurrentRules = 4
    /// Names as Prometheus's `--enable-feature` takes them.
    public var features: [String] = []

    public var logLevel = Logger.Level.info
    public var logFormat = LogFormat.logfmt
    /// All flags with their values as text, for `/api/v1/status/flags`.
    public var flags: [String: String] = [:]

    public init() {}
}
