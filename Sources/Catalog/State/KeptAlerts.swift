import Model
import Notifier

/// The notifier's alerts, and what of them is on the disk.
///
/// Whoever tells of an alert tells of it again and again, each time with a later end. Such a report is written only if the end on the disk has become
/// older than half the time it was good for; until then the disk is behind by less than that, which is its `slack`. What is read back after a crash
/// counts as good for that much longer, so that an alert that still fires does not look resolved.
struct KeptAlerts: Sendable {
    /// An alert as it is on the disk.
    struct Written: Sendable, Hashable {
        var alert: Alert
        /// How much later its end may be, milliseconds.
        var slack: Int64

        /// To be written now.
        init(_ alert: Alert) {
            self.alert = alert
            slack = alert.isResolved(at: alert.updatedAt) ? 0 : alert.endsAt.earlier(by: alert.updatedAt) / 2
        }

        init(alert: Alert, slack: Int64) {
            self.alert = alert
            self.slack = slack
        }

        /// The alert as it may have been when the run ended that has written it.
        var latest: Alert {
            var latest = alert
            latest.endsAt = alert.endsAt.later(by: slack)
            return latest
        }

        /// Whether a report says what the disk does not.
        func isOutdated(by report: Alert) -> Bool {
            var same = report
            same.endsAt = alert.endsAt
            same.updatedAt = alert.updatedAt
            if same != alert || report.isResolved(at: report.updatedAt) { return report != alert }
            return report.endsAt < alert.endsAt || report.endsAt > alert.endsAt.later(by: slack)
        }
    }

    private(set) var written: [Fingerprint: Written] = [:]
    /// Those that were reported since and not written.
    private(set) var ahead: [Fingerprint: Alert] = [:]

    init() {}

    /// What a run before this one has written: its ends count as late as they may have been.
    init(_ found: [Written]) {
        for one in found { written[one.alert.fingerprint] = Written(alert: one.latest, slack: 0) }
    }

    /// What a change comes to.
    enum Step: Sendable {
        case write(Written)
        /// Only remembered.
        case remember(Alert)
        /// A change that is none of an alert's.
        case other(NotifierChange)

        var isWritten: Bool {
            if case .remember = self { false } else { true }
        }
    }

    /// What changes come to that are kept together, in their order.
    func steps(of changes: [NotifierChange]) -> [Step] {
        var next: [Fingerprint: Written?] = [:]
        return changes.map { change in
            switch change {
            case .alert(let alert):
                let fingerprint = alert.fingerprint
                if let known = next[fingerprint] ?? written[fingerprint], !known.isOutdated(by: alert) { return .remember(alert) }
                let new = Written(alert)
                next[fingerprint] = .some(new)
                return .write(new)
            case .alertForgotten(let fingerprint): next[fingerprint] = .some(nil)
            default: break
            }
            return .other(change)
        }
    }

    mutating func take(_ step: Step) {
        switch step {
        case .write(let one):
            written[one.alert.fingerprint] = one
            ahead[one.alert.fingerprint] = nil
        case .remember(let alert):
            let fingerprint = alert.fingerprint
            ahead[fingerprint] = written[fingerprint]?.alert == alert ? nil : alert
        case .other(.alertForgotten(let fingerprint)):
            written[fingerprint] = nil
            ahead[fingerprint] = nil
        case .other: break
        }
    }

    /// All alerts, the newest reports of them.
    var latest: [Alert] { written.map { ahead[$0.key] ?? $0.value.alert } }

    /// What must be written so that the disk is no longer behind.
    var settled: [Written] {
        written.compactMap { fingerprint, one in
            if let alert = ahead[fingerprint] { return Written(alert: alert, slack: 0) }
            return one.slack > 0 ? Written(alert: one.alert, slack: 0) : nil
        }
    }
}
