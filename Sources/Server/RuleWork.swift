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

    init(
        _ settings: ServeSettings, _ engine: Engine, _ database: Database, _ sink: any AlertSink, _ transitions: any AlertTransitionSink,
        _ log: any QueryLog, _ clock: any Clock, _ logger: Logger
    ) {
        externalURL = settings.externalURL
        var options = settings.rules
        if settings.evaluatesRulesSideBySide {
            options.helpers = WorkerPool(name: "rule", threads: options.maxConcurrentEvaluations, queueLimit: Self.mostWaiting)
        }
        var environment = RuleEnvironment(
            clock: clock, querier: RuleQueries(engine, over: database.source, within: settings.http.queryTimeout, log, clock),
            storage: database.head, source: database.source, templates: RuleTemplates(), sink: sink, options: options
        ) { event in logger.warning("\(event)") }
        environment.transitions = transitions
        manager = RuleManager(environment)
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
