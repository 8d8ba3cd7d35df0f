public import Model

/// What tells groups apart: where their alerts ended in the routing tree, and the labels they share.
public struct GroupID: Sendable, Hashable {
    public let route: Int
    public let labels: Labels
}

/// Alerts that are told together.
struct AggregationGroup: Sendable {
    let id: GroupID
    let key: String
    var alerts: [Fingerprint: Alert] = [:]
    /// When it is looked at next. A timer that was set for another time means nothing any more.
    var nextFlush: Timestamp
    /// What is on its way, by integration.
    var underway: [IntegrationKey: UInt64] = [:]
    /// Alerts that the last flush saw resolved: they can be forgotten once all that it sent has arrived.
    var settling: [Fingerprint: Alert] = [:]
    var lastFlushFailed = false
    /// How often it has given way to other groups since it was last looked at.
    var timesGivenWay = 0

    /// The alerts as they are now, in the order in which they are told. A firing one has no end, so that it does not resolve on the way.
    func items(at now: Timestamp) -> [Delivery.Item] {
        alerts.values.sorted { Alert.precede($0.labels, $1.labels) }.map { alert in
            Delivery.Item(
                labels: alert.labels, annotations: alert.annotations, startsAt: alert.startsAt,
                endsAt: alert.isResolved(at: now) ? alert.endsAt : nil, generatorAddress: alert.generatorAddress)
        }
    }

    /// Forgets the alerts that were told to be resolved and have not changed since.
    mutating func settle() {
        guard underway.isEmpty else { return }
        if !lastFlushFailed { for (fingerprint, alert) in settling where alerts[fingerprint] == alert { alerts[fingerprint] = nil } }
        settling = [:]
    }
}
