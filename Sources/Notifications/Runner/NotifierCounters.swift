import Model
import Notifier
import Runtime

/// What the notifier counts of itself, under Alertmanager's names where it has them.
final class NotifierCounters: Sendable {
    let refusedCommits: Counter
    private let firing: Counter
    private let resolved: Counter
    private let attempts: [IntegrationKind: Attempts]

    private struct Attempts: Sendable {
        let notifications: Counter
        let failures: Counter
        let requests: Counter
        let failedRequests: Counter
        let latency: Runtime.Histogram
    }

    init(_ registry: MetricsRegistry) {
        refusedCommits = registry.counter("martlet_notifier_refused_commits_total", help: "How often changes of the notifier could not be kept.")
        func received(_ status: String) -> Counter {
            registry.counter("alertmanager_alerts_received_total", help: "Alerts received.", labels: [MetricLabel("status", status)])
        }
        (firing, resolved) = (received("firing"), received("resolved"))
        attempts = Dictionary(uniqueKeysWithValues: IntegrationKind.allCases.map { ($0, Self.attempts($0, registry)) })
    }

    private static func attempts(_ kind: IntegrationKind, _ registry: MetricsRegistry) -> Attempts {
        let labels = [MetricLabel("integration", kind.rawValue)]
        func counter(_ name: String, _ help: String) -> Counter { registry.counter("alertmanager_" + name, help: help, labels: labels) }
        return Attempts(
            notifications: counter("notifications_total", "Notifications whose first attempt was made."),
            failures: counter("notifications_failed_total", "Notifications that were refused for good."),
            requests: counter("notification_requests_total", "Attempts to deliver notifications."),
            failedRequests: counter("notification_requests_failed_total", "Attempts that did not succeed."),
            latency: registry.histogram(
                "alertmanager_notification_latency_seconds", help: "How long attempts took.", bounds: [1, 5, 10, 15, 20], labels: labels))
    }

    func received(_ alerts: [Alert], at now: Timestamp) {
        let over = alerts.count { $0.isResolved(at: now) }
        resolved.increment(by: over)
        firing.increment(by: alerts.count - over)
    }

    func count(_ delivery: Delivery, _ outcome: DeliveryOutcome, seconds: Double) {
        guard let counters = attempts[delivery.key.integration.kind] else { return }
        counters.requests.increment()
        counters.latency.observe(seconds)
        if delivery.attempts <= 1 { counters.notifications.increment() }
        if outcome != .accepted { counters.failedRequests.increment() }
        if case .refused = outcome { counters.failures.increment() }
    }
}

extension NotifierRunner {
    /// What is looked at only when somebody asks.
    func registerViews(_ registry: MetricsRegistry) {
        registry.callback("alertmanager_alerts", .gauge, help: "Alerts that are not resolved, by state.") { [weak self] in
            guard let views = self?.view({ core, now in core.alertViews(at: now) }) else { return [] }
            let suppressed = views.count(where: \.isSuppressed)
            return [("active", views.count - suppressed), ("suppressed", suppressed)].map { state, count in
                MetricPoint(Double(count), labels: [MetricLabel("state", state)])
            }
        }
        registry.callback("alertmanager_silences", .gauge, help: "Silences by state.") { [weak self] in
            guard let states = self?.view({ core, now in core.silences.all.map { $0.state(at: now) } }) else { return [] }
            return Silence.State.allCases.map { state in
                MetricPoint(Double(states.count { $0 == state }), labels: [MetricLabel("state", state.rawValue)])
            }
        }
        func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable (NotifierRunner) -> Double) {
            registry.callback("martlet_notifier_" + name, .gauge, help: help) { [weak self] in self.map { [MetricPoint(value($0))] } ?? [] }
        }
        gauge("queued_notifications", "Notifications that have not arrived yet.") { Double($0.view { core, _ in core.queue.count }) }
        gauge("oldest_notification_age_seconds", "How long the oldest of them has been waiting.") { runner in
            runner.view { core, now in core.queue.map { Double(now - $0.time) / 1000 }.max() ?? 0 }
        }
        gauge("unkept_changes", "Changes that the catalog has not taken yet.") { Double($0.unkeptCount) }
    }
}
