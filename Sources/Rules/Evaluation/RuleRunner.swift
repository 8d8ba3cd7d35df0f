import Model
import PromQL
import Runtime
import Synchronization
import TSDB

/// One rule with what it has given so far. Evaluated by one thread at a time, looked at by any.
final class RuleRunner: Sendable {
    /// What an evaluation came to.
    struct Result {
        var samples = 0
        var refused = 0
        var seconds = 0.0
        var failure: RuleFailure?
        /// Nothing more is to be made of the failure: the server ends.
        var isCanceled = false
    }

    /// What all rules of a group have in common in an evaluation.
    struct Evaluation: Sendable {
        let time: Timestamp
        let queryOffset: Int64
        let interval: Int64
        let limit: Int64
        let group: RuleGroup
        let external: ExternalIdentity
        let stop: StopSignal

        var queryTime: Timestamp { time - queryOffset }
    }

    struct State {
        var health = RuleHealth.unknown
        var lastError = ""
        var lastEvaluation: Timestamp?
        var evaluationSeconds = 0.0
        var writer = SeriesWriter()
        var recording: RecordingTable?
        var alerts: AlertTable?
        var presence = DataPresence()
        /// Whether a reload has it look at other series, which it has not yet done.
        var asksAnew = false
        /// Whether alerts are as they were before a restart. Until then their series, which tell of that time, are not written.
        var isRestored: Bool
    }

    /// With the group's labels.
    let rule: Rule
    let query: PreparedQuery
    /// The query as it is shown: in the form that all queries are printed in.
    let shownQuery: String
    /// The query that tells which series have data, if the rule asks.
    let presenceQuery: PreparedQuery?
    let state: Mutex<State>

    init(_ rule: Rule, groupLabels: Labels, isRestored: Bool) {
        let rule = rule.adding(groupLabels)
        self.rule = rule
        query = PreparedQuery(text: rule.query, expr: rule.expr)
        shownQuery = rule.expr.description
        var state = State(isRestored: isRestored)
        switch rule.kind {
        case .recording:
            state.recording = RecordingTable(rule)
            presenceQuery = nil
        case .alerting(let alert):
            state.alerts = AlertTable(texts: AlertTexts(rule, alert), hold: alert.hold, keepFiring: alert.keepFiring)
            presenceQuery = alert.noData.presence(of: rule.expr, text: rule.query)
        }
        self.state = Mutex(state)
    }

    /// Rules of the same identity are the same rule before and after a reload.
    var identity: Labels { rule.labels.setting(Labels.metricName, rule.name) }

    var alerting: AlertingRule? {
        if case .alerting(let alert) = rule.kind { alert } else { nil }
    }

    /// Takes over what the rule that this one replaces has given.
    func adopt(_ old: RuleRunner) {
        let before = old.state.withLock { $0 }
        state.withLock { state in
            state.writer = before.writer
            state.isRestored = before.isRestored
            // What was known of other series says nothing of these.
            state.asksAnew = before.asksAnew || rule.expr.selections != old.rule.expr.selections
            if !state.asksAnew { state.presence = before.presence }
            if let alerts = before.alerts { state.alerts?.adopt(alerts) }
        }
    }

    /// The series that the rule writes.
    var series: [Labels] { state.withLock { $0.writer.current } }

    /// To be called when what the rule writes from now on goes to another storage.
    func forgetReferences() { state.withLock { $0.writer.forgetReferences() } }

    /// The rule as one that asks.
    func origin(_ group: RuleGroup) -> RuleOrigin { RuleOrigin(file: group.file, group: group.name, rule: rule.name) }

    // MARK: Evaluation

    /// Evaluates the rule, stores what it gives and sends its alerts.
    func evaluate(_ evaluation: Evaluation, _ environment: RuleEnvironment) -> Result {
        let started = environment.clock.monotonic()
        let began = environment.clock.now()
        var result = Result()
        do throws(RuleFailure) {
            try evaluate(evaluation, environment, &result)
        } catch {
            result.failure = error
            if case .query(.canceled) = error { result.isCanceled = true }
        }
        result.seconds = Double(environment.clock.monotonic() - started) / 1e9
        note(result, began)
        if let failure = result.failure, !result.isCanceled {
            environment.report(.failed(group: evaluation.group.key, rule: rule.name, failure))
        }
        return result
    }

    private func note(_ result: Result, _ began: Timestamp) {
        state.withLock { state in
            state.health = result.failure == nil ? .ok : .err
            state.lastError = result.failure?.description ?? ""
            state.lastEvaluation = began
            state.evaluationSeconds = result.seconds
        }
    }

    private func evaluate(_ evaluation: Evaluation, _ environment: RuleEnvironment, _ result: inout Result) throws(RuleFailure) {
        // Data that come between the two queries must not look like a condition that has become false.
        let present = try presentSeries(evaluation, environment)
        let results = try vector(query, evaluation, environment)
        let (outcome, changes) = state.withLock { state in
            let outcome = Swift.Result { () throws(RuleFailure) in try takeIn(results, present, &state, evaluation, environment) }
            return (outcome, state.alerts?.takeChanges() ?? [])
        }
        if !changes.isEmpty { environment.transitions?.changed(changes.map { $0.transition(evaluation.group, at: evaluation.time) }) }
        let (stored, due) = try outcome.get()
        // Also where nothing could be stored: that must silence no alert.
        if !due.isEmpty { environment.sink.send(due) }
        let written = try stored.get()
        result.samples = written.results
        if written.refusedResults > 0 {
            result.refused = written.refusedResults
            environment.report(.refused(group: evaluation.group.key, rule: rule.name, written.outcome))
            throw .refused(written.outcome)
        }
    }

    /// What was stored of the results, and the alerts that are to be sent.
    private func takeIn(
        _ results: [VectorSample], _ present: [VectorSample]?, _ state: inout State, _ evaluation: Evaluation, _ environment: RuleEnvironment
    ) throws(RuleFailure) -> (Swift.Result<SeriesWriter.Written, RuleFailure>, [SentAlert]) {
        var due: [SentAlert] = []
        if state.alerts != nil {
            due = try evaluateAlerts(&state, results, present, evaluation, environment)
        } else {
            try state.recording?.evaluate(results, limit: evaluation.limit, &state.writer)
        }
        return (commit(&state, evaluation, environment), due)
    }

    func vector(
        _ query: PreparedQuery, _ evaluation: Evaluation, _ environment: RuleEnvironment
    ) throws(RuleFailure) -> [VectorSample] {
        do throws(QueryError) {
            let answer = try environment.querier.instant(query, at: evaluation.queryTime, for: origin(evaluation.group), stop: evaluation.stop)
            if let vector = answer.value.asVector { return vector }
        } catch {
            throw .query(error)
        }
        throw .noVector
    }

    /// Nil if the rule need not know.
    private func presentSeries(_ evaluation: Evaluation, _ environment: RuleEnvironment) throws(RuleFailure) -> [VectorSample]? {
        guard let presenceQuery, let alerting else { return nil }
        if alerting.noData == .keep, state.withLock({ ($0.alerts?.activeCount ?? 0) == 0 }) { return nil }
        return try vector(presenceQuery, evaluation, environment)
    }

    private func commit(
        _ state: inout State, _ evaluation: Evaluation, _ environment: RuleEnvironment
    ) -> Swift.Result<SeriesWriter.Written, RuleFailure> {
        do {
            return .success(try state.writer.commit(at: evaluation.queryTime, to: environment.storage))
        } catch {
            return .failure(.storage(error))
        }
    }
}

extension QueryValue {
    /// As rules take it: a scalar is a series without labels. Nil of what is no value at one time.
    var asVector: [VectorSample]? {
        switch self {
        case .vector(let samples): samples
        case .scalar(let sample): [VectorSample(labels: .empty, sample: sample)]
        case .string, .matrix: nil
        }
    }
}

extension Rule {
    /// The rule with its group's labels, of which its own hide those of the same name.
    func adding(_ labels: Labels) -> Rule {
        if labels.isEmpty { return self }
        var rule = self
        var builder = LabelsBuilder(labels)
        for name in clearedLabels { builder.remove(name) }
        for label in self.labels { builder.set(label.name, label.value) }
        rule.labels = builder.labels()
        return rule
    }
}
