public import ClientConfiguration
import Model
import StrictYAML

/// A message in Slack with one attachment. All texts are templates.
public struct SlackSettings: Sendable {
    public struct Field: Sendable, Hashable {
        public var title, value: String
        /// Nil: as `shortFields` says.
        public var isShort: Bool?
    }

    public struct Confirmation: Sendable, Hashable { public var text, title, okText, dismissText: String }

    /// A button: one that opens an address, or one that sends a value under a name.
    public struct Action: Sendable, Hashable {
        public var type, text, style, address, name, value: String
        public var confirmation: Confirmation?
    }

    public var target: SlackAddress
    public var http: HTTPClientConfiguration
    public var channel = ""
    public var username = #"{{ template "slack.default.username" . }}"#
    public var color = #"{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}"#
    public var title = #"{{ template "slack.default.title" . }}"#
    public var titleLink = #"{{ template "slack.default.titlelink" . }}"#
    public var pretext = #"{{ template "slack.default.pretext" . }}"#
    public var text = #"{{ template "slack.default.text" . }}"#
    public var messageText = ""
    public var footer = #"{{ template "slack.default.footer" . }}"#
    public var fallback = #"{{ template "slack.default.fallback" . }}"#
    public var callbackID = #"{{ template "slack.default.callbackid" . }}"#
    public var iconEmoji = #"{{ template "slack.default.iconemoji" . }}"#
    public var iconAddress = #"{{ template "slack.default.iconurl" . }}"#
    public var imageAddress = ""
    public var thumbAddress = ""
    public var fields: [Field] = []
    public var shortFields = false
    public var linkNames = false
    /// Which parts are written in Slack's markup.
    public var markupIn: [String]
    public var actions: [Action] = []
    /// Whether later notifications of a group change its message in place of sending another.
    public var updatesMessage = false
    /// Milliseconds; nil: none of its own.
    public var timeout: Int64?
}

extension SlackSettings {
    static let keys = [
        "http_config", "api_url", "api_url_file", "app_token", "app_token_file", "app_url", "channel", "username", "color", "title",
        "title_link", "pretext", "text", "message_text", "fields", "short_fields", "footer", "fallback", "callback_id", "icon_emoji",
        "icon_url", "image_url", "thumb_url", "link_names", "mrkdwn_in", "actions", "update_message", "timeout",
    ]

    init(_ map: YAMLMapping, _ globals: GlobalSettings) throws(YAMLError) {
        let client = try map.httpClient()
        target = try Self.target(map, globals, ownAuthorization: client?.authorization != nil)
        http = client ?? globals.http
        markupIn = try map.strings("mrkdwn_in")
        shortFields = try map.bool("short_fields") ?? false
        linkNames = try map.bool("link_names") ?? false
        if let milliseconds = try map.goDuration("timeout"), milliseconds > 0 { timeout = milliseconds }
        for (key, path) in Self.texts { if let text = try map.given(key)?.string() { self[keyPath: path] = text } }
        for item in try map.list("fields") { fields.append(try Field(item)) }
        for item in try map.list("actions") { actions.append(try Action(item)) }
        updatesMessage = try map.bool("update_message") ?? false
        if updatesMessage, !Self.canUpdate(target) {
            throw map.error(at: "update_message", "update_message needs a bot's token and api_url \(SlackAddress.defaultAppAddress)")
        }
    }

    private static let texts: [(String, any WritableKeyPath<SlackSettings, String> & Sendable)] = [
        ("channel", \.channel), ("username", \.username), ("color", \.color), ("title", \.title), ("title_link", \.titleLink),
        ("pretext", \.pretext), ("text", \.text), ("message_text", \.messageText), ("footer", \.footer), ("fallback", \.fallback),
        ("callback_id", \.callbackID), ("icon_emoji", \.iconEmoji), ("icon_url", \.iconAddress), ("image_url", \.imageAddress),
        ("thumb_url", \.thumbAddress),
    ]

    private static func canUpdate(_ target: SlackAddress) -> Bool {
        switch target {
        case .app: true
        case .webhook(let source): source.text?.revealed == SlackAddress.defaultAppAddress
        }
    }

    private static func target(_ map: YAMLMapping, _ globals: GlobalSettings, ownAuthorization: Bool) throws(YAMLError) -> SlackAddress {
        try map.atMostOne(of: "api_url", "api_url_file")
        try map.atMostOne(of: "app_token", "app_token_file")
        let webhook = try SlackAddress.webhook(map, "api_url")
        let token = try SecretSource(map, "app_token")
        let address = try map.webAddress("app_url")
        if webhook != nil, token != nil { throw map.value.error("at most one of api_url and app_token, or their files, may be given") }
        if token != nil, ownAuthorization { throw map.value.error("with an app's token http_config must not have an authorization of its own") }
        if let webhook { return .webhook(webhook) }
        if let token { return .app(token: token, address: address ?? globals.slackAppAddress) }
        switch globals.slackAddress {
        case .app where ownAuthorization: break
        case .app(let token, let global): return .app(token: token, address: address ?? global)
        case .webhook(let source): return .webhook(source)
        case nil: break
        }
        throw map.value.error("there is neither an api_url nor an app_token, here or in the global section")
    }
}

extension GlobalSettings {
    fileprivate var slackAppAddress: String {
        if case .app(_, let address)? = slackAddress { return address }
        return SlackAddress.defaultAppAddress
    }
}

extension SlackSettings.Field {
    fileprivate init(_ item: YAMLValue) throws(YAMLError) {
        let map = try item.mapping(keys: ["title", "value", "short"])
        guard let title = try map.givenText("title"), let value = try map.givenText("value") else {
            throw item.error("a field needs a title and a value")
        }
        self.init(title: title, value: value, isShort: try map.bool("short"))
    }
}

extension SlackSettings.Action {
    fileprivate init(_ item: YAMLValue) throws(YAMLError) {
        let map = try item.mapping(keys: ["type", "text", "url", "style", "name", "value", "confirm"])
        guard let type = try map.givenText("type"), let text = try map.givenText("text") else {
            throw item.error("an action needs a type and a text")
        }
        self.init(type: type, text: text, style: try map.string("style") ?? "", address: try map.string("url") ?? "", name: "", value: "")
        let confirmation = try map.given("confirm").map { value throws(YAMLError) in try SlackSettings.Confirmation(value) }
        // What opens an address sends nothing.
        if !address.isEmpty { return }
        guard let name = try map.givenText("name") else { throw item.error("an action needs a name or a url") }
        self.name = name
        value = try map.string("value") ?? ""
        self.confirmation = confirmation
    }
}

extension SlackSettings.Confirmation {
    fileprivate init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["text", "title", "ok_text", "dismiss_text"])
        guard let text = try map.givenText("text") else { throw value.error("a confirmation needs a text") }
        self.init(
            text: text, title: try map.string("title") ?? "", okText: try map.string("ok_text") ?? "",
            dismissText: try map.string("dismiss_text") ?? "")
    }
}
