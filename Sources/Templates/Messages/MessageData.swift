public import Model

/// What a template of a notification is executed with, in the form of Alertmanager's (https://prometheus.io/docs/alerting/latest/notifications/).
public struct MessageData: Sendable {
    /// One alert.
    public struct Alert: Sendable {
        public let labels: Labels
        public let annotations: Labels
        public let startsAt: Timestamp
        /// Nil while it fires.
        public let endsAt: Timestamp?
        public let generatorAddress: String
        public let fingerprint: String

        public init(
            labels: Labels, annotations: Labels, startsAt: Timestamp, endsAt: Timestamp?, generatorAddress: String, fingerprint: String
        ) {
            self.labels = labels
            self.annotations = annotations
            self.startsAt = startsAt
            self.endsAt = endsAt
            self.generatorAddress = generatorAddress
            self.fingerprint = fingerprint
        }
    }

    public let receiver: String
    public let status: String
    public let alerts: [Alert]
    public let reason: String
    public let groupLabels: Labels
    public let commonLabels: Labels
    public let commonAnnotations: Labels
    public let externalAddress: String

    public init(
        receiver: String, status: String, alerts: [Alert], reason: String, groupLabels: Labels, commonLabels: Labels, commonAnnotations: Labels,
        externalAddress: String
    ) {
        self.receiver = receiver
        self.status = status
        self.alerts = alerts
        self.reason = reason
        self.groupLabels = groupLabels
        self.commonLabels = commonLabels
        self.commonAnnotations = commonAnnotations
        self.externalAddress = externalAddress
    }

    public var value: TemplateValue {
        .record(
            TemplateRecord(
                [
                    .init("Receiver", .string(receiver)), .init("Status", .string(status)),
                    .init("Alerts", .list(TemplateList(alerts.map(\.value), typeName: MessageMembers.alertList))),
                    .init("NotificationReason", .string(reason), key: "notification_reason"), .init("GroupLabels", .pairs(groupLabels)),
                    .init("CommonLabels", .pairs(commonLabels)), .init("CommonAnnotations", .pairs(commonAnnotations)),
                    .init("ExternalURL", .string(externalAddress)),
                ], typeName: "*template.Data"))
    }
}

extension MessageData.Alert {
    /// Go's time that is none, of what has not ended: the first day of the year 1.
    private static let never: Timestamp = -62_135_596_800_000

    fileprivate var value: TemplateValue {
        .record(
            TemplateRecord(
                [
                    .init("Status", .string(endsAt == nil ? "firing" : "resolved")), .init("Labels", .pairs(labels)),
                    .init("Annotations", .pairs(annotations)), .init("StartsAt", .object(GoTime(startsAt, isPointer: false))),
                    .init("EndsAt", .object(GoTime(endsAt ?? Self.never, isPointer: false))), .init("GeneratorURL", .string(generatorAddress)),
                    .init("Fingerprint", .string(fingerprint)),
                ], typeName: "template.Alert"))
    }
}
