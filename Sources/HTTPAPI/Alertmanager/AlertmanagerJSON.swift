import Model
import Notifier

/// Alerts and groups as Alertmanager's API tells them; names and order are its own.
extension AlertView {
    /// A `gettableAlert`.
    func write(to out: inout GoJSON, receivers names: [String]? = nil) {
        var members: [(name: String, write: (inout GoJSON) -> Void)] = [
            ("annotations", { $0.texts(alert.annotations) }),
            ("endsAt", { $0.string(RFC3339.format(alert.endsAt)) }),
            ("fingerprint", { $0.string(alert.fingerprint.description) }),
            ("receivers", { $0.list(names ?? receivers) { out, name in out.object([("name", { $0.string(name) })]) } }),
            ("startsAt", { $0.string(RFC3339.format(alert.startsAt)) }),
            ("status", { writeStatus(to: &$0) }),
            ("updatedAt", { $0.string(RFC3339.format(alert.updatedAt)) }),
        ]
        if !alert.generatorAddress.isEmpty { members.append(("generatorURL", { $0.string(alert.generatorAddress) })) }
        members.append(("labels", { $0.texts(alert.labels) }))
        out.object(members)
    }

    private func writeStatus(to out: inout GoJSON) {
        out.object([
            ("inhibitedBy", { $0.list(inhibitedBy) { $0.string($1.description) } }),
            ("mutedBy", { $0.list(mutedBy) { $0.string($1) } }),
            ("silencedBy", { $0.list(silencedBy) { $0.string($1) } }),
            ("state", { $0.string(isSuppressed ? "suppressed" : "active") }),
        ])
    }
}

extension GroupView {
    /// An `alertGroup`.
    func write(to out: inout GoJSON) {
        out.object([
            ("alerts", { $0.list(alerts) { $1.write(to: &$0, receivers: $1.receivers.sorted(by: precedes)) } }),
            ("labels", { $0.texts(labels) }),
            ("receiver", { $0.object([("name", { $0.string(receiver) })]) }),
        ])
    }
}
