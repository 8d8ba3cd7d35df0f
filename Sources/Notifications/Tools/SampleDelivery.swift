public import Model
public import Notifier

/// A delivery about an alert that nobody has raised, to see what becomes of it.
public struct SampleDelivery: Sendable {
    public var labels: Labels
    public var annotations: [Label]
    public var startsAt: Timestamp
    public var now: Timestamp

    public static let standardLabels = Labels([
        Label("alertname", "NotificationTest"), Label("instance", "martlet"), Label("job", "notify test"), Label("severity", "warning"),
    ])
    public static let standardAnnotations = [
        Label("description", "Somebody wanted to know whether messages arrive. There is nothing to be done."),
        Label("summary", "This is only a test"),
    ]

    public init(labels: Labels = standardLabels, annotations: [Label] = standardAnnotations, now: Timestamp) {
        self.labels = labels
        self.annotations = annotations.sorted { precedes($0.name, $1.name) }
        self.now = now
        startsAt = now.earlier(by: 300_000)
    }

    /// - Parameter id: tells it from others.
    public func delivery(to integration: IntegrationKey, isResolved: Bool, id: UInt64) -> Delivery {
        let group = Labels(labels.filter { $0.name == "alertname" })
        let item = Delivery.Item(
            labels: labels, annotations: annotations, startsAt: startsAt, endsAt: isResolved ? now : nil, generatorAddress: "")
        let key = LogKey(group: "{}:" + "{" + group.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: ", ") + "}", integration: integration)
        return Delivery(
            id: id, key: key, groupLabels: group, items: [item], reason: isResolved ? .allResolved : .first, time: now, repeatInterval: 0,
            firing: isResolved ? [] : [item.fingerprint], resolved: isResolved ? [item.fingerprint] : [], attempts: 1)
    }
}
