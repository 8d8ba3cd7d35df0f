import Model
import Notifier
import Synchronization
import Templates

/// What is sent to an integration.
enum Letter: Sendable {
    case web(WebPost)
    case mail(SMTPDelivery)
}

/// Writes what integrations are sent: fills in templates, reads secrets.
struct LetterWriter: Sendable {
    var templates: MessageTemplates
    var zone: Zone
    let zones: ZoneCache
    let client: String
    let readFile: @Sendable (String) throws -> [UInt8]

    /// - Parameter place: the message in Slack that this one takes the place of, if it may.
    func letter(
        _ notification: Notification, _ settings: IntegrationConfiguration.Settings, at now: Timestamp, changing place: SlackMessage.Place? = nil
    ) throws(Unsendable) -> Letter {
        var secrets = MessageSecrets(readFile: readFile)
        var texts = texts(notification, now)
        switch settings {
        case .email(let settings):
            return .mail(try MailPlan.delivery(settings, notification, texts, &secrets, zone: zone, readFile: readFile))
        case .slack(let settings): return .web(try SlackMessage.post(settings, &texts, &secrets, changing: settings.updatesMessage ? place : nil))
        case .webhook(let settings):
            texts = self.texts(notification.limited(to: settings.maxAlerts), now)
            return .web(try WebhookMessage.post(settings, notification, &texts, &secrets))
        case .telegram(let settings): return .web(try TelegramMessage.post(settings, &texts, &secrets))
        case .pagerDuty(let settings): return .web(try PagerDutyEvent.post(settings, notification, &texts, &secrets))
        case .sentry(let settings): return .web(try SentryEnvelope.post(settings, notification, &texts, &secrets, client: client))
        }
    }

    /// What is wrong with what would be sent.
    func problems(_ notification: Notification, _ settings: IntegrationConfiguration.Settings) -> [String] {
        do throws(Unsendable) {
            switch try letter(notification, settings, at: notification.delivery.time) {
            case .web(let post): return post.problems
            case .mail(let mail): return mail.message.problems
            }
        } catch {
            switch error {
            case .now(let reason), .ever(let reason): return [reason]
            }
        }
    }

    private func texts(_ notification: Notification, _ now: Timestamp) -> MessageTexts {
        let host = MessageHost(now: now) { [zones] name, time in zones.clock(name, time) }
        return MessageTexts(notification, templates, host: host)
    }
}

/// Zones that have been read.
final class ZoneCache: Sendable {
    private let database: ZoneDatabase
    private let known = Mutex<[String: Zone]>([:])

    init(_ database: ZoneDatabase) { self.database = database }

    func clock(_ name: String, _ time: Timestamp) -> (seconds: Int, abbreviation: String)? {
        guard let zone = zone(name) else { return nil }
        let local = zone.local(time)
        return (local.offset, local.abbreviation)
    }

    private func zone(_ name: String) -> Zone? {
        if let zone = known.withLock({ $0[name] }) { return zone }
        guard let zone = try? database.zone(name) else { return nil }
        known.withLock { $0[name] = zone }
        return zone
    }
}
