public import Model
import PromQL
import Synchronization
import TSDB

/// A group of rules with what they have given so far.
///
/// Evaluated by one thread at a time; a second one waits. What it shows may be asked for by any thread meanwhile.
public final class RuleGroupRunner: Sendable {
    struct State {
        /// Nil before the group is told to begin.
        var nextSlot: Timestamp?
        var lastEvaluation: Timestamp?
        var evaluationTime = 0.0
        var numbers = RuleGroupNumbers()
        /// Series of rules that are gone, which the next evaluation ends.
        var stale: [Labels] = []
        /// How many evaluations come before the alerts are restored: the first ones may come before data do. Nil: they are, or need not be.
        var evaluationsToRestore: Int?
        var isRetired = false
        /// Whether it is told which alerts there are.
        var isSettled = false
    }

    public let group: RuleGroup
    let slots: EvaluationSlots
    let queryOffset: Int64
    let external: ExternalIdentity
    let rules: [RuleRunner]
    let environment: RuleEnvironment
    private let stop: StopSignal
    private let stages: [[Int]]?
    private let concurrency: RuleConcurrency?
    private let evaluating = Mutex(())
    let state: Mutex<State>

    /// - Parameter isRestored: whether alerts begin as they are; otherwise those of the run before are looked for.
    init(
        _ group: RuleGroup, _ defaults: RuleDefaults, _ environment: RuleEnvironment, _ concurrency: RuleConcurrency?, stop: StopSignal,
        isRestored: Bool
    ) {
        self.group = group
        self.environment = environment
        self.stop = stop
        self.concurrency = concurrency
        external = defaults.external
        slots = EvaluationSlots(key: group.key, interval: group.interval ?? defaults.interval)
        queryOffset = group.queryOffset ?? defaults.queryOffset
        rules = group.rules.map { RuleRunner($0, groupLabels: group.labels, isRestored: isRestored) }
        stages = concurrency == nil ? nil : RuleOrder.stages(rules.map(\.rule))
        state = Mutex(State(evaluationsToRestore: isRestored ? nil : 2))
    }

    /// Whether a group that was configured anew is this one.
    func isSame(_ group: RuleGroup, _ defaults: RuleDefaults) -> Bool {
        self.group == group && slots.interval == max(1, group.interval ?? defaults.interval)
            && queryOffset == group.queryOffset ?? defaults.queryOffset && external == defaults.external
    }

    // MARK: Evaluation

    /// Evaluates all rules as of a time.
    public func evaluate(at time: Timestamp) {
        evaluating.withLock { _ in
            if isRetired { return }
            let evaluation = RuleRunner.Evaluation(
                time: time, queryOffset: queryOffset, interval: slots.interval, limit: group.limit, group: group, external: external, stop: stop)
            evaluateRules(evaluation)
            if !isRetired { tellActive(at: time) }
            if !isRetired, restoresNow() { restore(evaluation) }
        }
    }

    private func evaluateRules(_ evaluation: RuleRunner.Evaluation) {
        let began = environment.clock.now()
        let started = environment.clock.monotonic()
        let results = concurrency == nil ? inOrder(evaluation) : sideBySide(evaluation)
        endStale(at: evaluation.queryTime)
        let seconds = Double(environment.clock.monotonic() - started) / 1e9
        state.withLock { state in
            state.lastEvaluation = began
            state.evaluationTime = seconds
            state.numbers.note(results, seconds: seconds, at: evaluation.time)
        }
    }

    private func inOrder(_ evaluation: RuleRunner.Evaluation) -> [RuleRunner.Result] {
        // A reload does not wait for the rules that are left.
        rules.compactMap { isRetired ? nil : $0.evaluate(evaluation, environment) }
    }

    private func sideBySide(_ evaluation: RuleRunner.Evaluation) -> [RuleRunner.Result] {
        let (rules, environment) = (rules, environment)
        let results = SharedResults()
        for stage in stages ?? [] where !isRetired {
            concurrency?.forEach(stage) { index in
                let result = rules[index].evaluate(evaluation, environment)
                results.all.withLock { $0.append(result) }
            }
        }
        return results.all.withLock { $0 }
    }

    private final class SharedResults: Sendable {
        let all = Mutex<[RuleRunner.Result]>([])
    }

    private func endStale(at time: Timestamp) {
        let labels = state.withLock { state in
            defer { state.stale = [] }
            return state.stale
        }
        do {
            _ = try StaleSeries.end(labels, at: time, in: environment.storage)
        } catch {
            environment.report(.markersFailed(group: group.key, error))
        }
    }

    private func restoresNow() -> Bool {
        state.withLock { state in
            guard let left = state.evaluationsToRestore else { return false }
            state.evaluationsToRestore = left > 1 ? left - 1 : nil
            return left <= 1
        }
    }

    private func restore(_ evaluation: RuleRunner.Evaluation) {
        let started = environment.clock.monotonic()
        for rule in rules { rule.restore(evaluation, environment) }
        let seconds = Double(environment.clock.monotonic() - started) / 1e9
        state.withLock { $0.numbers.restoreDuration = seconds }
    }

    // MARK: Reload

    /// Takes over from the group of the same name before a reload, which has been retired.
    func adopt(_ old: RuleGroupRunner) {
        var left = Dictionary(grouping: old.rules, by: \.identity)
        for rule in rules {
            guard var same = left[rule.identity], !same.isEmpty else { continue }
            rule.adopt(same.removeFirst())
            left[rule.identity] = same
        }
        let before = old.state.withLock { $0 }
        state.withLock { state in
            state.lastEvaluation = before.lastEvaluation
            state.evaluationTime = before.evaluationTime
            state.numbers = before.numbers
            state.evaluationsToRestore = before.evaluationsToRestore
            state.stale = before.stale + old.rules.filter { rule in left[rule.identity]?.contains { $0 === rule } == true }.flatMap(\.series)
        }
    }

    private var isRetired: Bool { state.withLock { $0.isRetired } }

    /// Waits for the rule that is being evaluated and lets none follow.
    func retire() {
        state.withLock { $0.isRetired = true }
        evaluating.withLock { _ in }
    }

    /// All series that the group writes or has still to end.
    var series: [Labels] { rules.flatMap(\.series) + state.withLock { $0.stale } }
}

extension RuleGroupNumbers {
    mutating func note(_ results: [RuleRunner.Result], seconds: Double, at time: Timestamp) {
        evaluations += results.count
        failures += results.count { $0.failure != nil && !$0.isCanceled }
        evaluationSeconds += results.reduce(0) { $0 + $1.seconds }
        refusedSamples += results.reduce(0) { $0 + $1.refused }
        iterations += 1
        lastDuration = seconds
        durationSum += seconds
        lastEvaluation = Double(time) / 1000
        lastSamples = results.reduce(0) { $0 + $1.samples }
    }
}
