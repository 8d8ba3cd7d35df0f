import Model
import Notifier
import Templates

/// The standard payload, or the user's own.
enum WebhookMessage {
    static func post(
        _ settings: WebhookSettings, _ notification: Notification, _ texts: inout MessageTexts, _ secrets: inout MessageSecrets
    ) throws(Unsendable) -> WebPost {
        let source = try secrets.text(settings.address, "the address")
        let address: String
        do throws(TemplateError) {
            address = try texts.filled(source).trimmingBlanks
        } catch {
            // The message would show the text.
            throw .ever("the template of the address failed")
        }
        if WebAddress.problem(with: address) != nil { throw .ever("the address is none") }
        let body: String
        if let payload = settings.payload {
            body = texts.json(payload).sorted.goText + "\n"
        } else {
            body = WebhookPayload.body(notification, maxAlerts: settings.maxAlerts)
        }
        return WebPost(
            address: address, client: settings.http, body: Array(body.utf8), timeout: settings.timeout,
            secrets: secrets.revealed + [address] + settings.http.inlineSecrets, problems: texts.problems, judge: StatusJudge())
    }
}
