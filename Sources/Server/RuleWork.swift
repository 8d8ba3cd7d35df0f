import ConfigurationFile
import HTTPAPI
import Logging
import Model
import PromQL
import Rules
import Runtime
import TSDB

/// The rules of a server at work, from when its data folder is open until it ends.
final class RuleWork: Sendable {
    /// Groups that are evaluated at once; they wait for disk and memory more than they compute.
    private static let threads = 4
    private static let mostWaiting = 100_000

    private let manager: RuleManager
    private let scheduler: RuleScheduler
    private let externalURL: String

    init(_ settings: ServeSettings, _ engine: Engine, _ database: Database, _ clock: any Clock, _ logger: Logger) {
        externalURL = settings.options.externalURL ?? "http://\(HostName.current):\(settings.http.port)"
        var options = settings.rules
        if settings.evaluatesRulesSideBySide {
            options.helpers = WorkerPool(name: "rule", threads: options.maxConcurrentEvaluations, queueLimit: Self.mostWaiting)
        }
        manager = RuleManager(
            RuleEnvironment(
                clock: clock, querier: TimedQueries(engine, over: database.source, within: settings.http.queryTimeout), storage: database.head,
                source: database.source, templates: RuleTemplates(), sink: NobodyToTell(), options: options
            ) { event in logger.warning("\(event)") })
        scheduler = RuleScheduler(
            manager, on: WorkerPool(name: "rules", threads: Self.threads, queueLimit: Self.mostWaiting), clock: clock)
    }

    /// Puts the rules of a configuration into force; those that are as before go on.
    func apply(_ configuration: ServerConfiguration) {
        let global = configuration.global
        manager.update(
            configuration.ruleGroups,
            RuleDefaults(
                interval: global.evaluationInterval, queryOffset: global.ruleQueryOffset,
                external: ExternalIdentity(labels: global.externalLabels, url: externalURL)))
        scheduler.reschedule()
    }

    var report: [RuleGroupReport] { manager.report }
    var numbers: [(group: String, interval: Int64, rules: Int, numbers: RuleGroupNumbers)] { manager.numbers }

    /// Ends evaluations that are under way.
    func stop() { scheduler.stop() }
}

/// Answers rules' queries, each within the time that every query has.
private struct TimedQueries: RuleQuerier {
    private let engine: Engine
    private let source: any SeriesSource
    private let timeout: Int64
    private let timer = TimerThread(name: "rule-timeout")

    /// - Parameter timeout: in milliseconds.
    init(_ engine: Engine, over source: any SeriesSource, within timeout: Int64) {
        self.engine = engine
        self.source = source
        self.timeout = timeout
    }

    func instant(_ query: PreparedQuery, at time: Timestamp, rule: String, stop: StopSignal) throws(QueryError) -> QueryResult {
        try timed(stop) { (options) throws(QueryError) in try engine.instant(query, at: time, over: source, options) }
    }

    func instant(_ text: String, at time: Timestamp, rule: String, stop: StopSignal) throws(QueryError) -> QueryResult {
        try timed(stop) { (options) throws(QueryError) in try engine.instant(text, at: time, over: source, options) }
    }

    private func timed(_ stop: StopSignal, _ body: (QueryOptions) throws(QueryError) -> QueryResult) throws(QueryError) -> QueryResult {
        let signal = StopSignal(partOf: stop)
        let alarm = timer.set(after: timeout * 1_000_000) { signal.expire() }
        defer { timer.cancel(alarm) }
        return try body(QueryOptions(stop: signal))
    }
}

/// Alerts are seen in the API and on the page; there is nobody yet to whom they are sent.
private struct NobodyToTell: AlertSink {
    func send(_ alerts: [SentAlert]) {}
}
