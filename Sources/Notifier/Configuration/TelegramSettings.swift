public import ClientConfiguration
import Model
import StrictYAML

/// A message from a bot in a chat.
public struct TelegramSettings: Sendable {
    public enum Chat: Sendable, Hashable {
        case id(Int64)
        /// A file with the number.
        case file(String)
    }

    public enum ParseMode: String, Sendable, CaseIterable {
        case plain = ""
        case markdown = "Markdown"
        case markdownV2 = "MarkdownV2"
        case html = "HTML"
    }

    public var token: SecretSource
    public var chat: Chat
    /// A topic of the chat; 0: none.
    public var thread: Int64
    public var http: HTTPClientConfiguration
    public var address: String
    /// A template.
    public var message = #"{{ template "telegram.default.message" . }}"#
    public var isSilent: Bool
    public var parseMode = ParseMode.html

    static let keys = [
        "http_config", "api_url", "bot_token", "bot_token_file", "chat_id", "chat_id_file", "message_thread_id", "message",
        "disable_notifications", "parse_mode",
    ]

    init(_ map: YAMLMapping, _ globals: GlobalSettings) throws(YAMLError) {
        guard let token = try SecretSource(map, "bot_token") ?? globals.telegramToken else {
            throw map.value.error("one of bot_token and bot_token_file must be given, here or in the global section")
        }
        self.token = token
        chat = try Self.chat(map)
        thread = try map.integer("message_thread_id", in: Int64.min...Int64.max) ?? 0
        http = try map.httpClient() ?? globals.http
        address = try map.webAddress("api_url") ?? globals.telegramAddress
        message = try map.given("message")?.string() ?? message
        isSilent = try map.bool("disable_notifications") ?? false
        if let value = map.given("parse_mode") {
            guard let mode = ParseMode(rawValue: try value.string()) else {
                throw value.error("expected Markdown, MarkdownV2, HTML or an empty text, found \(quoted(try value.string()))")
            }
            parseMode = mode
        }
    }

    private static func chat(_ map: YAMLMapping) throws(YAMLError) -> Chat {
        let id = try map.integer("chat_id", in: Int64.min...Int64.max) ?? 0
        let file = try map.filePath("chat_id_file")
        if id != 0, file != nil { throw map.error(at: "chat_id_file", "at most one of chat_id and chat_id_file may be given") }
        if id != 0 { return .id(id) }
        guard let file else { throw map.value.error("one of chat_id and chat_id_file must be given") }
        return .file(file)
    }
}
