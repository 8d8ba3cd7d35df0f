import Model
import Synchronization

// What a group shows.
extension RuleGroupRunner {
    /// The group as the API shows it.
    public var report: RuleGroupReport {
        let (time, last) = state.withLock { ($0.evaluationTime, $0.lastEvaluation) }
        return RuleGroupReport(
            name: group.name, file: group.file, interval: slots.interval, queryOffset: queryOffset, limit: group.limit, rules: rules.map(\.report),
            evaluationTime: time, lastEvaluation: last)
    }

    /// What the group has counted.
    public var numbers: RuleGroupNumbers { state.withLock { $0.numbers } }
}

extension RuleRunner {
    var report: RuleReport {
        state.withLock { state in
            RuleReport(
                name: rule.name, query: shownQuery, labels: rule.labels, clearedLabels: rule.clearedLabels, alerting: alertingReport(state),
                health: state.health,
                lastError: state.lastError, lastEvaluation: state.lastEvaluation, evaluationTime: state.evaluationSeconds)
        }
    }

    private func alertingReport(_ state: State) -> RuleReport.Alerting? {
        guard let alerting, let table = state.alerts else { return nil }
        return RuleReport.Alerting(
            state: state.lastEvaluation == nil ? nil : table.state, hold: alerting.hold, keepFiringFor: alerting.keepFiring, noData: alerting.noData,
            annotations: alerting.annotations, alerts: table.alerts.compactMap { $0 }.filter(\.isActive).map(AlertReport.init),
            severity: rule.severity)
    }
}
