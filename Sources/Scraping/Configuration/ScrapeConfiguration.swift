import ClientConfiguration
import Model

/// One entry of `scrape_configs`, with everything inherited from `global` filled in.
public struct ScrapeConfiguration: Sendable, Hashable {
    public var jobName: String
    public var honorLabels = false
    public var honorTimestamps = true
    public var trackTimestampsStaleness = false
    /// URL parameters, in the order of the file.
    public var parameters: [QueryParameter] = []
    /// Milliseconds.
    public var interval: Int64
    /// Milliseconds, at most the interval.
    public var timeout: Int64
    /// In order of preference, each once.
    public var protocols: [ScrapeProtocol]
    /// What to read a page as whose `Content-Type` says nothing useful.
    public var fallbackProtocol: ScrapeProtocol?
    public var metricsPath = "/metrics"
    /// `http` or `https`.
    public var scheme = "http"
    public var enableCompression = true
    public var limits: ScrapeLimits
    public var nameValidation: NameValidation
    /// How the target is asked to write names beyond the legacy letters.
    public var nameEscaping: NameEscaping
    public var extraScrapeMetrics: Bool
    public var histograms: HistogramOptions
    /// Where failed scrapes are logged besides the server's log.
    public var failureLogFile: String?
    public var client = HTTPClientConfiguration()
    public var discovery = DiscoverySection()
    /// Applied to targets before they are scraped.
    public var relabelling: [RelabelRule] = []
    /// Applied to each scraped series.
    public var metricRelabelling: [RelabelRule] = []

    public init(jobName: String, defaults: ScrapeDefaults = ScrapeDefaults()) {
        self.jobName = jobName
        interval = defaults.interval
        timeout = min(defaults.timeout, defaults.interval)
        protocols = defaults.protocols
        limits = defaults.limits
        nameValidation = defaults.nameValidation
        nameEscaping = defaults.nameEscaping ?? defaults.nameValidation.usualEscaping
        extraScrapeMetrics = defaults.extraScrapeMetrics
        histograms = defaults.histograms
        failureLogFile = defaults.failureLogFile
    }

    public struct QueryParameter: Sendable, Hashable {
        public var name: String
        public var values: [String]

        public init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }
}

/// What `global` says about scraping, inherited where a job says nothing.
public struct ScrapeDefaults: Sendable, Hashable {
    public var interval: Int64 = 60_000
    public var timeout: Int64 = 10_000
    /// Those that are asked for where the configuration says none, and no native histograms are wanted.
    public var usualProtocols = ScrapeProtocol.usual
    /// Nil: as ``HistogramOptions/scrapeNative`` implies.
    public var givenProtocols: [ScrapeProtocol]?
    public var limits = ScrapeLimits()
    public var nameValidation = NameValidation.utf8
    /// Nil: as the validation implies.
    public var nameEscaping: NameEscaping?
    public var extraScrapeMetrics = false
    public var histograms = HistogramOptions()
    public var failureLogFile: String?

    public init() {}

    /// In order of preference, each once.
    public var protocols: [ScrapeProtocol] {
        // Only protobuf has native histograms.
        givenProtocols ?? (histograms.scrapeNative && !usualProtocols.contains(.prometheusProto) ? [.prometheusProto] : []) + usualProtocols
    }
}

/// Bounds of one scrape; 0 means none. A scrape or target beyond them fails as a whole.
public struct ScrapeLimits: Sendable, Hashable {
    /// Bytes of the page, unpacked.
    public var bodySize: Int64 = 0
    public var samples: Int64 = 0
    public var targets: Int64 = 0
    public var labels: Int64 = 0
    public var labelNameLength: Int64 = 0
    public var labelValueLength: Int64 = 0
    /// How many dropped targets are remembered for showing.
    public var keepDroppedTargets: Int64 = 0

    public init() {}
}

/// The formats a page may come in, named as in `scrape_protocols`.
public enum ScrapeProtocol: String, Sendable, Hashable, CaseIterable {
    case prometheusProto = "PrometheusProto"
    case prometheusText004 = "PrometheusText0.0.4"
    case prometheusText100 = "PrometheusText1.0.0"
    case openMetricsText001 = "OpenMetricsText0.0.1"
    case openMetricsText100 = "OpenMetricsText1.0.0"

    public static let usual: [ScrapeProtocol] = [.openMetricsText100, .openMetricsText001, .prometheusText100, .prometheusText004]

    /// Those that are asked for where starts are of interest, which not all text formats have.
    public static let tellingStarts: [ScrapeProtocol] = [.prometheusProto] + usual
}

extension NameValidation {
    /// What targets are asked for unless the configuration says otherwise.
    public var usualEscaping: NameEscaping { self == .utf8 ? .allowUTF8 : .underscores }
}

/// What becomes of the histograms of a page.
public struct HistogramOptions: Sendable, Hashable {
    /// Native ones are stored; else what they have of classic ones is.
    public var scrapeNative = false
    /// Classic ones are stored even where a native one takes their place.
    public var alwaysScrapeClassic = false
    /// Native ones with bounds of their own are made of classic ones, and take their place.
    public var convertClassicToCustomBuckets = false
    /// Native ones with more buckets get wider ones until they have no more, or their page fails; 0: any number.
    public var bucketLimit: Int64 = 0
    /// Each bucket of a native one is to end so many times farther out than the one before, at least.
    public var minimumBucketFactor = 0.0

    public init() {}
}
