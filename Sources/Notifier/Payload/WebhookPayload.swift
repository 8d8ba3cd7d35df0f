import Model

/// The body of a webhook: version 4 of Alertmanager's (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), byte for byte.
public enum WebhookPayload {
    /// - Parameter maxAlerts: how many alerts are told; 0: all.
    public static func body(_ notification: Notification, maxAlerts: Int64 = 0) -> String {
        let delivery = notification.delivery
        let told = notification.limited(to: maxAlerts)
        let truncated = notification.items.count - told.items.count
        var out = GoJSON()
        out.object([
            ("receiver", { $0.string(told.receiver) }),
            ("status", { $0.string(told.status) }),
            ("alerts", { $0.list(told.items) { alert($1, to: &$0) } }),
            ("notification_reason", { $0.string(delivery.reason.rawValue) }),
            ("groupLabels", { $0.texts(delivery.groupLabels) }),
            ("commonLabels", { $0.texts(told.commonLabels) }),
            ("commonAnnotations", { $0.texts(told.commonAnnotations) }),
            ("externalURL", { $0.string(notification.externalAddress) }),
            ("version", { $0.string("4") }),
            ("groupKey", { $0.string(delivery.key.group) }),
            ("truncatedAlerts", { $0.raw(String(truncated)) }),
        ])
        out.raw("\n")
        return out.text
    }

    private static func alert(_ item: Delivery.Item, to out: inout GoJSON) {
        out.object([
            ("status", { $0.string(item.status) }),
            ("labels", { $0.texts(item.labels) }),
            ("annotations", { $0.texts(item.annotations) }),
            ("startsAt", { $0.string(RFC3339.formatShortest(item.startsAt)) }),
            ("endsAt", { $0.string(item.endsAt.map(RFC3339.formatShortest) ?? RFC3339.never) }),
            ("generatorURL", { $0.string(item.generatorAddress) }),
            ("fingerprint", { $0.string(item.fingerprint.description) }),
        ])
    }
}
