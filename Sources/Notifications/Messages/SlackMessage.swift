import ClientConfiguration
import Model
import Notifier
import Templates

/// A message with one attachment, as incoming webhooks and `chat.postMessage` take it
/// (https://api.slack.com/reference/messaging/attachments); member for member as Alertmanager writes it.
enum SlackMessage {
    /// A message that was sent and can be changed.
    struct Place: Sendable, Hashable {
        var channel, time: String
    }

    private static let mostTitle = 1024
    static let updateAddress = "https://slack.com/api/chat.update"

    static func post(
        _ settings: SlackSettings, _ texts: inout MessageTexts, _ secrets: inout MessageSecrets, changing place: Place?
    ) throws(Unsendable) -> WebPost {
        var client = settings.http
        let address: String
        switch settings.target {
        case .webhook(let source): address = try secrets.text(source, "the address of the webhook")
        case .app(let token, let target):
            var authorization = HTTPClientConfiguration.Authorization()
            authorization.credentials = Secret(try secrets.text(token, "the app's token"))
            client.authorization = authorization
            address = target
        }
        let channel: String
        do throws(TemplateError) {
            channel = try texts.filled(settings.channel)
        } catch {
            throw .ever("the template of the channel failed: \(error)")
        }
        let body = body(settings, channel: channel, &texts, place)
        return WebPost(
            address: place == nil ? address : changed(address), client: client, body: Array(body.utf8), timeout: settings.timeout,
            secrets: secrets.revealed + client.inlineSecrets, problems: texts.problems, judge: SlackJudge())
    }

    /// Where a message is changed, beside where one is sent.
    private static func changed(_ address: String) -> String {
        let post = "chat.postMessage"
        guard address.hasSuffix(post) else { return updateAddress }
        return address.dropLast(post.utf8.count) + "chat.update"
    }

    private static func body(_ settings: SlackSettings, channel: String, _ texts: inout MessageTexts, _ place: Place?) -> String {
        let attachment = attachment(settings, &texts)
        var members: [JSONValue.Member] = []
        members.text("channel", place?.channel ?? channel)
        members.text("ts", place?.time ?? "")
        members.text("username", texts.text(settings.username))
        members.text("icon_emoji", texts.text(settings.iconEmoji))
        members.text("icon_url", texts.text(settings.iconAddress))
        if settings.linkNames { members.append(.init("link_names", .bool(true))) }
        members.text("text", texts.text(settings.messageText))
        members.append(.init("attachments", .array([.object(attachment)])))
        return JSONValue.object(members).goText + "\n"
    }

    private static func attachment(_ settings: SlackSettings, _ texts: inout MessageTexts) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        let before = texts.problems.count
        members.text("title", ShortText.cut(texts.text(settings.title), to: mostTitle))
        members.text("title_link", texts.text(settings.titleLink))
        members.text("pretext", texts.text(settings.pretext))
        var text = texts.mainText(settings.text)
        // A title that failed must not leave an empty message.
        if texts.problems.count > before, text.isEmpty { text = texts.plain }
        members.append(.init("text", .string(text)))
        members.append(.init("fallback", .string(texts.text(settings.fallback))))
        members.append(.init("callback_id", .string(texts.text(settings.callbackID))))
        if !settings.fields.isEmpty { members.append(.init("fields", .array(settings.fields.map { field($0, settings, &texts) }))) }
        if !settings.actions.isEmpty { members.append(.init("actions", .array(settings.actions.map { action($0, &texts) }))) }
        members.text("image_url", texts.text(settings.imageAddress))
        members.text("thumb_url", texts.text(settings.thumbAddress))
        members.append(.init("footer", .string(texts.text(settings.footer))))
        members.text("color", texts.text(settings.color))
        let marked = settings.markupIn.isEmpty ? ["fallback", "pretext", "text"] : settings.markupIn
        members.append(.init("mrkdwn_in", .array(marked.map { .string($0) })))
        return members
    }

    private static func field(_ field: SlackSettings.Field, _ settings: SlackSettings, _ texts: inout MessageTexts) -> JSONValue {
        .object([
            .init("title", .string(texts.text(field.title))), .init("value", .string(texts.text(field.value))),
            .init("short", .bool(field.isShort ?? settings.shortFields)),
        ])
    }

    private static func action(_ action: SlackSettings.Action, _ texts: inout MessageTexts) -> JSONValue {
        var members: [JSONValue.Member] = [.init("type", .string(texts.text(action.type))), .init("text", .string(texts.text(action.text)))]
        members.text("url", texts.text(action.address))
        members.text("style", texts.text(action.style))
        members.text("name", texts.text(action.name))
        members.text("value", texts.text(action.value))
        if let confirmation = action.confirmation {
            var inner: [JSONValue.Member] = [.init("text", .string(texts.text(confirmation.text)))]
            inner.text("title", texts.text(confirmation.title))
            inner.text("ok_text", texts.text(confirmation.okText))
            inner.text("dismiss_text", texts.text(confirmation.dismissText))
            members.append(.init("confirm", .object(inner)))
        }
        return .object(members)
    }
}

extension [JSONValue.Member] {
    /// Adds a text unless it is empty.
    mutating func text(_ name: String, _ text: String) {
        if !text.isEmpty { append(.init(name, .string(text))) }
    }
}

/// Slack says with status 200 what it does not take: webhooks as a text that is not `ok`, the API as JSON.
struct SlackJudge: AnswerJudge {
    /// What may go better later (https://api.slack.com/methods/chat.postMessage#errors).
    private static let later: Set<String> = [
        "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    ]

    func outcome(_ answer: WebAnswer) -> DeliveryOutcome {
        let outcome = StatusJudge().outcome(answer)
        guard outcome == .accepted else { return outcome }
        let isJSON = answer.headers["content-type"]?.hasPrefix("application/json") == true
        if !isJSON { return answer.body == Array("ok".utf8) ? .accepted : .refused(StatusJudge.reason(answer)) }
        guard let content = try? JSONValue(parsing: answer.body) else { return .failed("an answer that is not JSON", retryAfter: nil) }
        if content["ok"]?.flag == true { return .accepted }
        let error = content["error"]?.text ?? "no error is named"
        return Self.later.contains(error) ? .failed(error, retryAfter: nil) : .refused(error)
    }

    /// Where the message now is, if the answer says so.
    static func place(_ answer: WebAnswer) -> SlackMessage.Place? {
        guard let content = try? JSONValue(parsing: answer.body), content["ok"]?.flag == true, let time = content["ts"]?.text,
            let channel = content["channel"]?.text
        else { return nil }
        return SlackMessage.Place(channel: channel, time: time)
    }
}
