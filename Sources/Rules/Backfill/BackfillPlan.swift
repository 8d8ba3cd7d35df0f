import Model
import PromQL

/// The recording rules of a backfill in the order in which they count, and which of them must go through the time together.
struct BackfillPlan {
    /// Rules that follow one another in the order.
    struct Stage: Equatable {
        let rules: Range<Int>
        /// Whether they are evaluated at one time after the other, as a server does it. Otherwise each goes through a whole stretch of time at once,
        /// before the next: the same, as none reads what itself or one behind it writes.
        let isStepwise: Bool
    }

    let rules: [BackfillRule]
    let stages: [Stage]
    /// Rules that read what rules of this run write.
    let chained: [String]

    init(_ groups: [RuleGroup], defaultInterval: Int64) {
        rules = groups.flatMap { group in
            group.rules.compactMap { rule in
                if case .recording = rule.kind { BackfillRule(rule, in: group, defaultInterval: defaultInterval) } else { nil }
            }
        }
        let all = rules.map(\.runner.rule)
        stages = Self.stages(all)
        chained = all.filter { reader in all.contains { RuleOrder.reads(reader, whatIsWrittenBy: $0) } }.map(\.name)
    }

    static func stages(_ rules: [Rule]) -> [Stage] {
        var stages: [Stage] = []
        while case let start = stages.last?.rules.upperBound ?? 0, start < rules.count {
            var end = start + 1
            var isStepwise = false
            var at = start
            while at < end {
                isStepwise = isStepwise || rules[at].looksAtQueryRange
                if let last = (at..<rules.count).last(where: { RuleOrder.reads(rules[at], whatIsWrittenBy: rules[$0]) }) {
                    isStepwise = true
                    end = max(end, last + 1)
                }
                at += 1
            }
            stages.append(Stage(rules: start..<end, isStepwise: isStepwise))
        }
        return stages
    }
}

extension Rule {
    /// Whether its value at a time depends on what other times are asked for with it. (Texts in quotes may say yes in error, which costs only time.)
    fileprivate var looksAtQueryRange: Bool {
        let text = expr.description
        return ["start()", "end()", "step()", "range()"].contains { text.contains($0) }
    }
}

/// A recording rule of a backfill.
struct BackfillRule: Sendable {
    let runner: RuleRunner
    let slots: EvaluationSlots
    private let group: RuleGroup

    init(_ rule: Rule, in group: RuleGroup, defaultInterval: Int64) {
        runner = RuleRunner(rule, groupLabels: group.labels, isRestored: true)
        slots = EvaluationSlots(key: group.key, interval: group.interval ?? defaultInterval)
        self.group = group
    }

    /// When it is evaluated: at the times of its group's slots.
    func times(from: Timestamp, through: Timestamp) -> [Timestamp] {
        let first = slots.slot(after: from - 1)
        return first > through ? [] : Array(stride(from: first, through: through, by: Int(slots.interval)))
    }

    func evaluate(at time: Timestamp, _ environment: RuleEnvironment) -> RuleFailure? {
        let evaluation = RuleRunner.Evaluation(
            time: time, queryOffset: 0, interval: slots.interval, limit: group.limit, group: group, external: ExternalIdentity(), stop: StopSignal())
        return runner.evaluate(evaluation, environment).failure
    }
}
