import Model
import Notifier

/// A call of `sendMessage` (https://core.telegram.org/bots/api#sendmessage), with texts for numbers as Alertmanager writes it.
enum TelegramMessage {
    static func post(
        _ settings: TelegramSettings, _ texts: inout MessageTexts, _ secrets: inout MessageSecrets
    ) throws(Unsendable) -> WebPost {
        let token = try secrets.text(settings.token, "the bot's token")
        let chat = try chat(settings.chat, secrets)
        let text: String
        var mode = settings.parseMode
        if mode == .html {
            text = TelegramText.cut(html: texts.html(settings.message))
        } else {
            let whole = texts.mainText(settings.message)
            text = TelegramText.cut(plain: whole)
            // What was cut off may have been the end of some markup, and then nothing would be taken.
            if text != whole || !texts.problems.isEmpty { mode = .plain }
        }
        func body(_ text: String, _ mode: TelegramSettings.ParseMode) -> [UInt8] {
            var members: [JSONValue.Member] = [.init("chat_id", .string(String(chat)))]
            if settings.isSilent { members.append(.init("disable_notification", .string("true"))) }
            members.append(.init("disable_web_page_preview", .string("true")))
            if settings.thread != 0 { members.append(.init("message_thread_id", .string(String(settings.thread)))) }
            members.text("parse_mode", mode.rawValue)
            members.append(.init("text", .string(text)))
            return Array((JSONValue.object(members).goText + "\n").utf8)
        }
        let base = settings.address.hasSuffix("/") ? String(settings.address.dropLast()) : settings.address
        var post = WebPost(
            address: "\(base)/bot\(token)/sendMessage", client: settings.http, body: body(text, mode), secrets: secrets.revealed,
            problems: texts.problems, judge: TelegramJudge())
        post.secrets += settings.http.inlineSecrets
        if mode != .plain {
            post.plainBody = body(TelegramText.cut(plain: mode == .html ? TelegramText.withoutMarkup(text) : text), .plain)
        }
        return post
    }

    private static func chat(_ chat: TelegramSettings.Chat, _ secrets: MessageSecrets) throws(Unsendable) -> Int64 {
        switch chat {
        case .id(let id): return id
        case .file(let path):
            guard let id = Int64(try secrets.file(path)) else { throw .now("the file \(path) holds no number of a chat") }
            return id
        }
    }
}

/// Telegram says in the body how long to wait.
struct TelegramJudge: AnswerJudge {
    func outcome(_ answer: WebAnswer) -> DeliveryOutcome {
        let outcome = StatusJudge().outcome(answer)
        let content = try? JSONValue(parsing: answer.body)
        switch outcome {
        case .accepted:
            guard let content, content["ok"]?.flag == true else { return .failed("an answer that is not Telegram's", retryAfter: nil) }
            return .accepted
        case .refused(let reason): return .refused(content?["description"]?.text.map { "status \(answer.status): \($0)" } ?? reason)
        case .failed(let reason, let asked):
            let seconds = content?["parameters"]?["retry_after"]?.integer
            let text = content?["description"]?.text.map { "status \(answer.status): \($0)" } ?? reason
            return .failed(text, retryAfter: seconds.map { max(0, min($0, 1 << 40)) * 1000 } ?? asked)
        }
    }

    /// Whether it was the markup that was not taken.
    static func isMarkup(_ outcome: DeliveryOutcome) -> Bool {
        guard case .refused(let reason) = outcome else { return false }
        return reason.contains("can't parse entities")
    }
}
