public import Model

/// An alert as it is at some time, for those who ask.
public struct AlertView: Sendable {
    public let alert: Alert
    /// The IDs of the active silences for it.
    public let silencedBy: [String]
    public let inhibitedBy: [Fingerprint]
    /// The time intervals because of which its groups tell nothing now.
    public let mutedBy: [String]
    /// The receivers its routes lead to, each once, in the order of the routes.
    public let receivers: [String]

    public var isSuppressed: Bool { !silencedBy.isEmpty || !inhibitedBy.isEmpty || !mutedBy.isEmpty }
}

/// A group as it is at some time.
public struct GroupView: Sendable {
    public let key: String
    public let labels: Labels
    public let receiver: String
    public let alerts: [AlertView]
    /// What is on its way to the receiver's integrations.
    public let underway: [UInt64]

    /// The same group with other alerts.
    public func with(_ alerts: [AlertView]) -> GroupView {
        GroupView(key: key, labels: labels, receiver: receiver, alerts: alerts, underway: underway)
    }
}

extension NotifierCore {
    /// All alerts that are not resolved, by fingerprint.
    public func alertViews(at now: Timestamp) -> [AlertView] {
        alerts.alerts.filter { !$0.value.isResolved(at: now) }.sorted { $0.key < $1.key }.map { view($0.value, at: now) }
    }

    /// The groups with an alert that is not resolved, by labels, then by receiver.
    public func groupViews(at now: Timestamp) -> [GroupView] {
        groups.values.compactMap { group in
            let firing = group.alerts.values.filter { !$0.isResolved(at: now) }.sorted { Alert.precede($0.labels, $1.labels) }
            guard !firing.isEmpty else { return nil }
            return GroupView(
                key: group.key, labels: group.id.labels, receiver: plan.receiver(of: group), alerts: firing.map { view($0, at: now) },
                underway: group.underway.values.sorted())
        }.sorted { $0.labels != $1.labels ? $0.labels < $1.labels : precedes($0.receiver, $1.receiver) }
    }

    private func view(_ alert: Alert, at now: Timestamp) -> AlertView {
        let options = plan.tree.matches(alert.labels).map { plan.tree.nodes[$0].options }
        let muting = options.map { plan.muting($0, at: now) }
        // Who is told by one route hears of it.
        let isMuted = muting.allSatisfy { $0 != nil }
        return AlertView(
            alert: alert, silencedBy: silences.silencing(alert.labels, at: now), inhibitedBy: inhibitor.inhibiting(alert.labels, at: now),
            mutedBy: isMuted ? Set(muting.compactMap(\.self).joined()).sorted(by: precedes) : [],
            receivers: Self.distinct(options.map(\.receiver)))
    }

    private static func distinct(_ names: [String]) -> [String] {
        names.enumerated().filter { index, name in !names[..<index].contains { sameBytes($0, name) } }.map(\.element)
    }
}
