public import Model
import Synchronization

/// An alert went from one state into another.
public struct AlertTransition: Sendable, Hashable {
    /// Of the evaluation that found it.
    public var time: Timestamp
    public var file: String
    /// The group's name.
    public var group: String
    /// With `alertname`, without the external labels.
    public var labels: Labels
    public var annotations: [Label]
    public var from: AlertState
    public var to: AlertState
    /// Since when the condition has held; of an alert that has ended, had held.
    public var activeAt: Timestamp
    public var value: Double
}

/// The alerts of a group that are active.
public struct ActiveAlerts: Sendable, Hashable {
    public var file: String
    /// The group's name.
    public var group: String
    public var labels: Set<Labels>
    /// Names of alerts whose rules could not be evaluated: of those nothing is known.
    public var unknown: [String]
}

/// Is told what becomes of alerts. Called from several threads, for one group from one at a time; must not block.
public protocol AlertTransitionSink: Sendable {
    /// Told after an evaluation in which something has changed, before anybody is notified.
    ///
    /// After a start alerts are found again step by step: what was firing may begin as pending anew.
    func changed(_ transitions: [AlertTransition])
    /// Told once all alerts of a group are found again that there were before a start or a reload: there are no others.
    func settled(_ alerts: ActiveAlerts, at time: Timestamp)
    /// Told when rules are put into force.
    ///
    /// - Parameter isInForce: whether there is a group of that file and name.
    func applied(at time: Timestamp, _ isInForce: (_ file: String, _ group: String) -> Bool)
}

/// What an evaluation has changed about an alert, by the rule's own knowledge.
struct AlertChange {
    let labels: Labels
    let annotations: [Label]
    let from: AlertState
    let to: AlertState
    let activeAt: Timestamp
    let value: Double

    init(_ alert: Alert, to state: AlertState) {
        labels = alert.labels
        annotations = alert.annotations
        from = alert.told
        to = state
        activeAt = alert.activeAt
        value = alert.value
    }

    func transition(_ group: RuleGroup, at time: Timestamp) -> AlertTransition {
        AlertTransition(
            time: time, file: group.file, group: group.name, labels: labels, annotations: annotations, from: from, to: to, activeAt: activeAt,
            value: value)
    }
}

extension RuleRunner {
    /// Whether the last evaluation has said which alerts there are.
    var knowsItsAlerts: Bool { state.withLock { $0.health == .ok } }

    var activeAlerts: [Labels] {
        state.withLock { state in state.alerts?.alerts.compactMap { alert in alert.flatMap { $0.isActive ? $0.labels : nil } } ?? [] }
    }
}

extension RuleGroupRunner {
    /// Says which alerts there are, once that is known of all rules.
    func tellActive(at time: Timestamp) {
        guard let sink = environment.transitions, state.withLock({ !$0.isSettled && $0.evaluationsToRestore == nil }) else { return }
        let alerting = rules.filter { $0.alerting != nil }
        let unknown = alerting.filter { !$0.knowsItsAlerts }.map(\.rule.name)
        let labels = Set(alerting.flatMap(\.activeAlerts))
        sink.settled(ActiveAlerts(file: group.file, group: group.name, labels: labels, unknown: unknown), at: time)
        state.withLock { $0.isSettled = unknown.isEmpty }
    }
}
