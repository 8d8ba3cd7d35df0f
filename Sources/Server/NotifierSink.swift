import Alertmanagers
import Model
import Notifications
import Notifier
import Rules
import Scraping
import Synchronization

/// Brings the alerts of our rules to the notifier, which stands where an Alertmanager would: with the external labels and after
/// `alert_relabel_configs`. (Those of single entries of `alertmanagers` are for these alone.)
final class NotifierSink: AlertSink {
    private struct Plan {
        var external = Labels.empty
        var relabelling: [RelabelRule] = []
    }

    private let runner: NotifierRunner
    private let externalURL: String
    private let next: any AlertSink
    private let plan = Mutex(Plan())

    /// - Parameter next: who is told as well.
    init(_ runner: NotifierRunner, externalURL: String, and next: any AlertSink) {
        self.runner = runner
        self.externalURL = externalURL
        self.next = next
    }

    func apply(external: Labels, _ relabelling: [RelabelRule]) {
        plan.withLock { $0 = Plan(external: external, relabelling: relabelling) }
    }

    func send(_ alerts: [SentAlert]) {
        let plan = plan.withLock { $0 }
        let now = runner.environment.clock.now()
        let told = alerts.compactMap { alert in
            OutgoingAlert(alert, external: plan.external, relabelling: plan.relabelling).map { self.alert($0, at: now) }
        }
        if !told.isEmpty { runner.take(told) }
        next.send(alerts)
    }

    /// The labels with which an alert with these is told; nil if it is not.
    func told(_ labels: Labels) -> Labels? {
        let plan = plan.withLock { $0 }
        return OutgoingAlert(
            SentAlert(labels: labels, startsAt: 0, validUntil: 0, query: ""), external: plan.external, relabelling: plan.relabelling)?
            .labels
    }

    /// The end of a firing alert is that until which it may be silent, as it is when it goes to an Alertmanager.
    private func alert(_ outgoing: OutgoingAlert, at now: Timestamp) -> Notifier.Alert {
        let alert = outgoing.alert
        return Notifier.Alert(
            received: outgoing.labels, annotations: alert.annotations.filter { !$0.value.isEmpty }, startsAt: alert.startsAt, endsAt: alert.endsAt,
            generatorAddress: alert.generatorURL(externalURL), at: now, resolveTimeout: 0)
    }
}
