public import Model

/// What can be said of a rule's last evaluation.
public enum RuleHealth: String, Sendable {
    /// There was none.
    case unknown
    case ok
    case err
}

/// A group as the API shows it.
public struct RuleGroupReport: Sendable {
    public var name: String
    public var file: String
    /// Milliseconds.
    public var interval: Int64
    /// Milliseconds.
    public var queryOffset: Int64
    public var limit: Int64
    public var rules: [RuleReport]
    /// How long the last evaluation took, in seconds.
    public var evaluationTime: Double
    /// When it began; nil if there was none.
    public var lastEvaluation: Timestamp?
}

/// A rule as the API shows it.
public struct RuleReport: Sendable {
    /// What only alerting rules have. Durations are milliseconds.
    public struct Alerting: Sendable {
        /// The worst state of its alerts; nil, shown as `unknown`, before the first evaluation.
        public var state: AlertState?
        public var hold: Int64
        public var keepFiringFor: Int64
        public var noData: NoDataPolicy
        public var annotations: [Label]
        /// Those that are pending or firing.
        public var alerts: [AlertReport]
        public var severity: Severity?
    }

    public var name: String
    public var query: String
    /// With the group's.
    public var labels: Labels
    /// Labels that the rule takes away.
    public var clearedLabels: [String]
    /// Nil of a recording rule.
    public var alerting: Alerting?
    public var health: RuleHealth
    /// Empty if all is well.
    public var lastError: String
    public var lastEvaluation: Timestamp?
    /// Seconds.
    public var evaluationTime: Double
}

/// An alert as the API shows it.
public struct AlertReport: Sendable {
    public var labels: Labels
    public var annotations: [Label]
    public var state: AlertState
    public var activeAt: Timestamp
    public var firedAt: Timestamp?
    public var keepFiringSince: Timestamp?
    public var value: Double
    /// Whether it is active because its series has no data; see `NoDataPolicy.alert`.
    public var lacksData: Bool

    init(_ alert: Alert) {
        labels = alert.labels
        annotations = alert.annotations
        state = alert.state
        activeAt = alert.activeAt
        firedAt = alert.firedAt
        keepFiringSince = alert.keepFiringSince
        value = alert.value
        lacksData = alert.lacksData
    }
}

/// What a group has counted, for the server's own metrics; they begin with the group and outlive reloads.
public struct RuleGroupNumbers: Sendable, Equatable {
    public var evaluations = 0
    public var failures = 0
    /// Seconds spent in the evaluation of rules.
    public var evaluationSeconds = 0.0
    /// Missed ones included.
    public var iterations = 0
    public var iterationsMissed = 0
    /// Seconds.
    public var lastDuration = 0.0
    /// Seconds spent in all iterations.
    public var durationSum = 0.0
    /// Seconds since 1970.
    public var lastEvaluation = 0.0
    public var lastSamples = 0
    /// Seconds that restoring the alerts took; nil if it was not done.
    public var restoreDuration: Double?
    /// Results that the storage did not take.
    public var refusedSamples = 0

    public init() {}
}

extension AlertReport {
    /// What its label says; nil without one of the four words.
    public var severity: Severity? { labels[Severity.label].flatMap(Severity.init(rawValue:)) }
}
