import ClientConfiguration
import Model
import Notifier

/// An envelope with one event (https://develop.sentry.dev/sdk/data-model/envelopes/, https://develop.sentry.dev/sdk/data-model/event-payloads/).
///
/// A group is one issue: its fingerprint is the group's key. What is resolved is told as another event of the same issue, of level `info` and with
/// the tag `status`: the protocol by which events come in has no word for closing an issue.
enum SentryEnvelope {
    private static let mostMessage = 8192
    private static let mostTagValue = 200
    private static let mostTagName = 32
    /// Alerts that an event lists.
    private static let mostAlerts = 50
    private static let levels: Set<String> = ["fatal", "error", "warning", "info", "debug"]

    static func post(
        _ settings: SentrySettings, _ notification: Notification, _ texts: inout MessageTexts, _ secrets: inout MessageSecrets, client: String
    ) throws(Unsendable) -> WebPost {
        let dsn = try secrets.text(settings.dsn, "the dsn")
        guard let address = SentryAddress(dsn) else { throw .ever("the dsn is not of the form https://<key>@<host>/<project>") }
        let event = event(settings, notification, &texts).goText
        let id = eventID(notification.delivery)
        let header = JSONValue.object([
            .init("event_id", .string(id)), .init("sent_at", .string(RFC3339.format(notification.delivery.time))),
            .init("sdk", .object([.init("name", .string("martlet")), .init("version", .string(version(client)))])),
        ])
        let item = JSONValue.object([
            .init("type", .string("event")), .init("length", JSONValue(event.utf8.count)), .init("content_type", .string("application/json")),
        ])
        let key = address.publicKey.revealed
        return WebPost(
            address: address.envelopes, client: settings.http,
            headers: [("X-Sentry-Auth", "Sentry sentry_version=7, sentry_client=\(client), sentry_key=\(key)")],
            type: "application/x-sentry-envelope", body: Array("\(header.goText)\n\(item.goText)\n\(event)\n".utf8), timeout: settings.timeout,
            secrets: secrets.revealed + [key] + settings.http.inlineSecrets, problems: texts.problems, judge: SentryJudge())
    }

    /// The same on every attempt, so that Sentry drops what it has got already.
    static func eventID(_ delivery: Delivery) -> String { String(StableName.delivery(delivery).prefix(32)) }

    private static func version(_ client: String) -> String { client.split(separator: "/").last.map(String.init) ?? "" }

    private static func event(_ settings: SentrySettings, _ notification: Notification, _ texts: inout MessageTexts) -> JSONValue {
        let delivery = notification.delivery
        let title = ShortText.cut(texts.mainText(settings.title), to: 512)
        let message = ShortText.cut("\(title)\n\n\(texts.mainText(settings.message))", to: mostMessage)
        let level = texts.text(settings.level).trimmingBlanks
        var members: [JSONValue.Member] = [
            .init("event_id", .string(eventID(delivery))), .init("timestamp", .string(RFC3339.format(delivery.time))),
            .init("platform", .string("other")), .init("level", .string(levels.contains(level) ? level : "error")),
            .init("logger", .string("martlet")),
        ]
        members.text("environment", environment(settings, &texts))
        members.text("server_name", notification.commonLabels["instance"] ?? "")
        members += [
            .init("logentry", .object([.init("formatted", .string(message))])),
            .init("fingerprint", .array([.string(StableName.hash(delivery.key.group))])),
            .init("tags", .object(tags(settings, notification, &texts))), .init("extra", extra(notification)),
        ]
        return .object(members)
    }

    /// Without what Sentry does not allow in it.
    private static func environment(_ settings: SentrySettings, _ texts: inout MessageTexts) -> String {
        let text = texts.text(settings.environment).filter { !" \n\r\t\u{c}/".contains($0) }
        return text.lowercased() == "none" ? "" : ShortText.cut(text, to: 64)
    }

    /// The status, the labels that all alerts share, and the user's own.
    private static func tags(_ settings: SentrySettings, _ notification: Notification, _ texts: inout MessageTexts) -> [JSONValue.Member] {
        var tags: [JSONValue.Member] = []
        func add(_ name: String, _ value: String) {
            let name = String(name.prefix(mostTagName).map { $0.isASCII && ($0.isLetter || $0.isNumber || "_.:-".contains($0)) ? $0 : "_" })
            let value = ShortText.cut(String(value.map { $0.isNewline ? " " : $0 }), to: mostTagValue)
            if name.isEmpty || value.isEmpty { return }
            tags.removeAll { sameBytes($0.name, name) }
            tags.append(.init(name, .string(value)))
        }
        for label in notification.commonLabels { add(label.name, label.value) }
        add("status", notification.status)
        add("receiver", notification.delivery.key.integration.receiver)
        for (name, text) in settings.tags { add(name, texts.text(text)) }
        return tags
    }

    private static func extra(_ notification: Notification) -> JSONValue {
        let alerts = notification.items.prefix(mostAlerts).map { item in
            JSONValue.object([
                .init("status", .string(item.status)), .init("labels", .texts(Array(item.labels))), .init("annotations", .texts(item.annotations)),
                .init("startsAt", .string(RFC3339.formatShortest(item.startsAt))),
                .init("endsAt", item.endsAt.map { .string(RFC3339.formatShortest($0)) } ?? .null),
                .init("generatorURL", .string(ShortText.cut(item.generatorAddress, to: 2048))),
            ])
        }
        return .object([
            .init("groupKey", .string(notification.delivery.key.group)), .init("alerts", .array(alerts)),
            .init("alerts_not_listed", JSONValue(notification.items.count - alerts.count)),
            .init("alertsURL", .string(notification.externalAddress + "/alerts")),
        ])
    }
}

extension JSONValue {
    fileprivate static func texts(_ labels: [Label]) -> JSONValue {
        .object(labels.map { Member($0.name, .string(ShortText.cut($0.value, to: 2048))) })
    }
}
