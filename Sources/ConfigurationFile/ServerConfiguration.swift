public import Alertmanagers
import ClientConfiguration
import Model
public import Notifier
import Rules
import Scraping

/// The whole of a `prometheus.yml`, checked and with all defaults filled in.
public struct ServerConfiguration: Sendable {
    public var global = GlobalConfiguration()
    public var scrapeConfigurations: [ScrapeConfiguration] = []
    /// As written, seen from the folder of the configuration file.
    public var ruleFilePatterns: [String] = []
    public var scrapeFilePatterns: [String] = []
    /// The groups of all rule files, in the order of the files.
    public var ruleGroups: [RuleGroup] = []
    public var alerting = AlertingConfiguration()
    public var storage = StorageConfiguration()
    /// Who is told of alerts, and how.
    public var notifications = NotificationsConfiguration()
    /// What was accepted but does less than it says, or looks like a mistake.
    public var warnings: [String] = []
    /// The effective configuration as YAML, secrets masked: what `/api/v1/status/config` shows.
    public var redacted = ""

    public init() {}
}

/// The `global` block.
public struct GlobalConfiguration: Sendable {
    public var scraping = ScrapeDefaults()
    /// Milliseconds.
    public var evaluationInterval: Int64 = 60_000
    /// Milliseconds.
    public var ruleQueryOffset: Int64 = 0
    /// Added to everything that leaves the server.
    public var externalLabels = Labels.empty
    public var queryLogFile: String?

    public init() {}
}

/// The `alerting` block.
public struct AlertingConfiguration: Sendable {
    public var alertRelabelling: [RelabelRule] = []
    public var alertmanagers: [AlertmanagerConfiguration] = []

    public init() {}
}

/// Why a configuration is refused: one line each, with place and cause.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let problems: [String]

    public init(problems: [String]) { self.problems = problems }

    public var description: String { problems.joined(separator: "\n") }
}
