public import Model
public import Rules
public import Scraping

/// An alert on its way out, with the labels that receivers see.
public struct OutgoingAlert {
    public let labels: Labels
    public let alert: SentAlert

    /// Nil if relabelling drops the alert or leaves it without a label.
    public init?(_ alert: SentAlert, external: Labels, relabelling: [RelabelRule]) {
        var builder = LabelsBuilder(alert.labels)
        for label in external where builder[label.name] == nil { builder.set(label.name, label.value) }
        guard Relabeller.apply(relabelling, to: &builder) else { return nil }
        self.init(alert, builder.labels())
    }

    private init?(_ alert: SentAlert, _ labels: Labels) {
        guard !labels.isEmpty else { return nil }
        self.alert = alert
        self.labels = labels
    }

    func relabelled(by rules: [RelabelRule]) -> OutgoingAlert? {
        Relabeller.apply(rules, to: labels).flatMap { OutgoingAlert(alert, $0) }
    }

    /// An element of what `/api/v2/alerts` takes: a `postableAlert` of Alertmanager's description of its API.
    func encoded(externalURL: String) -> [UInt8] {
        JSONValue.object([
            .init("annotations", Self.object(alert.annotations)),
            .init("endsAt", .string(RFC3339.format(alert.endsAt))),
            .init("startsAt", .string(RFC3339.format(alert.startsAt))),
            .init("generatorURL", .string(alert.generatorURL(externalURL))),
            .init("labels", Self.object(Array(labels))),
        ]).compact
    }

    private static func object(_ texts: [Label]) -> JSONValue {
        .object(texts.map { JSONValue.Member($0.name, .string($0.value)) })
    }
}

/// The body of one request.
enum AlertBatch {
    static let type = "application/json"

    static func body(_ alerts: some Collection<[UInt8]>) -> [UInt8] {
        var body: [UInt8] = [UInt8(ascii: "[")]
        body.reserveCapacity(alerts.reduce(2) { $0 + $1.count + 1 })
        for alert in alerts {
            if body.count > 1 { body.append(UInt8(ascii: ",")) }
            body += alert
        }
        body.append(UInt8(ascii: "]"))
        return body
    }
}
