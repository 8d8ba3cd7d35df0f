import Model
import Notifier
import Templates

/// An event of the Events API (https://developer.pagerduty.com/docs/events-api-v2/overview/), member for member as Alertmanager writes it.
enum PagerDutyEvent {
    /// Bytes that an event may have.
    static let most = 512_000
    private static let mostSummary = 1024
    static let version1 = "https://events.pagerduty.com/generic/2010-04-15/create_event.json"

    static func post(
        _ settings: PagerDutySettings, _ notification: Notification, _ texts: inout MessageTexts, _ secrets: inout MessageSecrets
    ) throws(Unsendable) -> WebPost {
        let details = texts.json(.object(settings.details))
        let (body, address): (String, String)
        var judge = StatusJudge()
        switch settings.key {
        case .routing(let source):
            let key = try key(source, texts, &secrets)
            address = settings.address
            body = fitting(details) { version2(settings, notification, key, &texts, $0) }
        case .service(let source):
            let key = try key(source, texts, &secrets)
            address = version1
            // Version 1 says so when there are too many.
            judge.alsoLater = [403]
            body = fitting(details) { version1(settings, notification, key, &texts, $0) }
        }
        return WebPost(
            address: address, client: settings.http, body: Array(body.utf8), timeout: settings.timeout,
            secrets: secrets.revealed + settings.http.inlineSecrets, problems: texts.problems, judge: judge)
    }

    /// Keys may be templates.
    private static func key(_ source: SecretSource, _ texts: MessageTexts, _ secrets: inout MessageSecrets) throws(Unsendable) -> String {
        let text = try secrets.text(source, "the key")
        let key: String
        do throws(TemplateError) {
            key = try texts.filled(text)
        } catch {
            throw .ever("the template of the key failed")
        }
        if key.isEmpty { throw .ever("the key is empty") }
        return key
    }

    /// Without the details if the event would be too large with them.
    private static func fitting(_ details: JSONValue, _ write: (JSONValue) -> JSONValue) -> String {
        let whole = write(details).goText + "\n"
        if whole.utf8.count <= most { return whole }
        let note = "The details have been left out: with them the event has \(whole.utf8.count) bytes, and PagerDuty takes \(most)."
        return write(.object([.init("error", .string(note))])).goText + "\n"
    }

    private static func version2(
        _ settings: PagerDutySettings, _ notification: Notification, _ key: String, _ texts: inout MessageTexts, _ details: JSONValue
    ) -> JSONValue {
        var payload: [JSONValue.Member] = [
            .init("summary", .string(summary(settings, &texts))), .init("source", .string(texts.text(settings.source))),
            .init("severity", .string(texts.text(settings.severity.isEmpty ? "error" : settings.severity))),
        ]
        payload.text("class", texts.text(settings.eventClass))
        payload.text("component", texts.text(settings.component))
        payload.text("group", texts.text(settings.group))
        payload.append(.init("custom_details", details.sorted))
        var members: [JSONValue.Member] = [
            .init("routing_key", .string(key)), .init("dedup_key", .string(StableName.hash(notification.delivery.key.group))),
            .init("event_action", .string(notification.isFiring ? "trigger" : "resolve")), .init("payload", .object(payload)),
        ]
        members.text("client", texts.text(settings.client))
        members.text("client_url", texts.text(settings.clientAddress))
        members += pictures(settings, &texts)
        return .object(members)
    }

    /// What has no address is left out.
    private static func pictures(_ settings: PagerDutySettings, _ texts: inout MessageTexts) -> [JSONValue.Member] {
        var images: [JSONValue] = []
        for image in settings.images {
            let source = texts.text(image.source)
            if source.isEmpty { continue }
            images.append(
                .object([
                    .init("src", .string(source)), .init("alt", .string(texts.text(image.text))), .init("href", .string(texts.text(image.link))),
                ]))
        }
        var links: [JSONValue] = []
        for link in settings.links {
            let address = texts.text(link.address)
            if address.isEmpty { continue }
            links.append(.object([.init("href", .string(address)), .init("text", .string(texts.text(link.text)))]))
        }
        return (images.isEmpty ? [] : [.init("images", .array(images))]) + (links.isEmpty ? [] : [.init("links", .array(links))])
    }

    private static func version1(
        _ settings: PagerDutySettings, _ notification: Notification, _ key: String, _ texts: inout MessageTexts, _ details: JSONValue
    ) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("service_key", .string(key)), .init("incident_key", .string(StableName.hash(notification.delivery.key.group))),
            .init("event_type", .string(notification.isFiring ? "trigger" : "resolve")),
        ]
        members.text("description", summary(settings, &texts))
        if notification.isFiring {
            members.text("client", texts.text(settings.client))
            members.text("client_url", texts.text(settings.clientAddress))
        }
        members.append(.init("details", details.sorted))
        return .object(members)
    }

    private static func summary(_ settings: PagerDutySettings, _ texts: inout MessageTexts) -> String {
        ShortText.cut(texts.mainText(settings.description), to: mostSummary)
    }
}
