public import Model
public import PromQL
public import Runtime
public import TSDB

/// The rule that asks something, for logs.
public struct RuleOrigin: Sendable {
    public var file: String
    /// The group's name.
    public var group: String
    public var rule: String
}

/// Answers rules' queries.
public protocol RuleQuerier: Sendable {
    /// - Parameter stop: ends the query when the rules are stopped.
    func instant(_ query: PreparedQuery, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult
    /// What the templates of a rule ask.
    func instant(_ text: String, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult
}

/// Answers them with an engine, without more ado.
public struct EngineQuerier: RuleQuerier {
    private let engine: Engine
    private let source: any SeriesSource

    public init(_ engine: Engine, over source: any SeriesSource) {
        self.engine = engine
        self.source = source
    }

    public func instant(_ query: PreparedQuery, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult {
        try engine.instant(query, at: time, over: source, QueryOptions(stop: stop))
    }

    public func instant(_ text: String, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult {
        try engine.instant(text, at: time, over: source, QueryOptions(stop: stop))
    }
}

/// What rules work with. Everything in it is used from several threads at once.
public struct RuleEnvironment: Sendable {
    public var clock: any Clock
    public var querier: any RuleQuerier
    public var storage: any RuleStorage
    /// Where the state of alerts is found again after a restart.
    public var source: any SeriesSource
    public var templates: any TemplateExpander
    public var sink: any AlertSink
    /// Told what becomes of alerts; nil where nobody wants to know.
    public var transitions: (any AlertTransitionSink)?
    /// Told what goes wrong.
    public var report: @Sendable (RuleEvent) -> Void
    public var options: RuleOptions

    public init(
        clock: any Clock, querier: any RuleQuerier, storage: any RuleStorage, source: any SeriesSource, templates: any TemplateExpander,
        sink: any AlertSink, options: RuleOptions = RuleOptions(), report: @escaping @Sendable (RuleEvent) -> Void = { _ in }
    ) {
        self.clock = clock
        self.querier = querier
        self.storage = storage
        self.source = source
        self.templates = templates
        self.sink = sink
        self.options = options
        self.report = report
    }
}

/// Settings of all rules. Times are milliseconds.
public struct RuleOptions: Sendable {
    /// The shortest time between two sendings of a firing alert.
    public var resendDelay: Int64 = 60_000
    /// How long an outage may be for alerts to be restored.
    public var outageTolerance: Int64 = 3_600_000
    /// How long an alert that is restored stays pending at least; alerts with a shorter `for` are not restored.
    public var forGracePeriod: Int64 = 10 * 60_000
    /// Evaluates rules of one group that do not depend on each other side by side, on these threads beside the group's own. Nil: one by one.
    public var helpers: WorkerPool?
    /// How many rules of all groups may be evaluated on `helpers` at once.
    public var maxConcurrentEvaluations = 4

    public init() {}
}

/// Something that went wrong with rules, for the log.
public enum RuleEvent: Sendable, CustomStringConvertible {
    case failed(group: String, rule: String, RuleFailure)
    /// Results, or markers, that the storage did not take.
    case refused(group: String, rule: String, AppendOutcome)
    case markersFailed(group: String, StorageError)
    case notRestored(group: String, rule: String, reason: String)
    case missed(group: String, slots: Int)

    public var description: String {
        switch self {
        case .failed(let group, let rule, let failure): "group \(group), rule \(quoted(rule)): evaluating the rule failed: \(failure)"
        case .refused(let group, let rule, let outcome):
            "group \(group), rule \(quoted(rule)): results not stored: \(outcome.outOfOrder + outcome.outOfBounds) out of order, "
                + "\(outcome.tooOld) too old, \(outcome.duplicate) with another value at the same time"
                + (outcome.overBudget > 0 ? ", \(outcome.overBudget) of new series, for which the head's budget leaves no room" : "")
        case .markersFailed(let group, let error): "group \(group): series that are no longer written could not be ended: \(error)"
        case .notRestored(let group, let rule, let reason): "group \(group), rule \(quoted(rule)): pending alerts begin anew: \(reason)"
        case .missed(let group, let slots): "group \(group): \(slots) evaluations were missed"
        }
    }
}
