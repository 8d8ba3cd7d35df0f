public import ClientConfiguration
import Model
import StrictYAML

/// What holds for all receivers that say nothing else.
public struct GlobalSettings: Sendable {
    /// How long an alert without an end counts as firing, milliseconds.
    public var resolveTimeout: Int64 = 300_000
    public var http = HTTPClientConfiguration()
    public var smtp = SMTPSettings()
    public var slackAddress: SlackAddress?
    public var telegramAddress = "https://api.telegram.org"
    public var telegramToken: SecretSource?
    public var pagerDutyAddress = "https://events.pagerduty.com/v2/enqueue"

    public init() {}
}

/// How mail is handed over.
public struct SMTPSettings: Sendable {
    public var from: String?
    public var hello = "localhost"
    public var server: HostPort?
    public var username: String?
    public var password: SecretSource?
    /// For CRAM-MD5.
    public var secret: SecretSource?
    public var identity: String?
    public var requiresTLS = true
    /// TLS from the first byte on, whatever the port. Nil: on port 465.
    public var implicitTLS: Bool?
    public var tls = TLSConfiguration()

    public init() {}
}

/// Where messages to Slack go: an incoming webhook's address, or the API with an app's token.
public enum SlackAddress: Sendable, Hashable {
    case webhook(SecretSource)
    case app(token: SecretSource, address: String)

    static let defaultAppAddress = "https://slack.com/api/chat.postMessage"
}

extension GlobalSettings {
    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: Self.keys + ForeignReceivers.globalKeys)
        try ForeignReceivers.checkGlobals(map)
        resolveTimeout = try map.duration("resolve_timeout") ?? resolveTimeout
        http = try map.httpClient() ?? http
        smtp = try SMTPSettings(map, prefix: "smtp_", defaults: smtp)
        slackAddress = try SlackAddress(global: map)
        telegramAddress = try map.webAddress("telegram_api_url") ?? telegramAddress
        telegramToken = try SecretSource(map, "telegram_bot_token")
        pagerDutyAddress = try map.webAddress("pagerduty_url") ?? pagerDutyAddress
    }

    private static let keys =
        [
            "resolve_timeout", "http_config", "slack_api_url", "slack_api_url_file", "slack_app_token", "slack_app_token_file", "slack_app_url",
            "telegram_api_url", "telegram_bot_token", "telegram_bot_token_file", "pagerduty_url", "smtp_from",
        ] + SMTPSettings.keys.map { "smtp_" + $0 }
}

extension SMTPSettings {
    /// The keys that the global section has with a prefix and a receiver without.
    static let keys = [
        "hello", "smarthost", "auth_username", "auth_password", "auth_password_file", "auth_secret", "auth_secret_file", "auth_identity",
        "require_tls", "force_implicit_tls", "tls_config",
    ]

    /// - Parameter prefix: `smtp_` in the global section, nothing in a receiver, where password and file may both be given.
    init(_ map: YAMLMapping, prefix: String, defaults: SMTPSettings) throws(YAMLError) {
        let isGlobal = !prefix.isEmpty
        self = defaults
        from = try map.givenText(prefix + "from") ?? from
        hello = try map.givenText(prefix + "hello") ?? hello
        if try map.givenText(prefix + "smarthost") != nil, let value = map.given(prefix + "smarthost") { server = try HostPort(value) }
        username = try map.givenText(prefix + "auth_username") ?? username
        password = try SecretSource(map, prefix + "auth_password", exclusive: isGlobal) ?? password
        secret = try SecretSource(map, prefix + "auth_secret", exclusive: isGlobal) ?? secret
        identity = try map.givenText(prefix + "auth_identity") ?? identity
        requiresTLS = try map.bool(prefix + "require_tls") ?? requiresTLS
        implicitTLS = try map.bool(prefix + "force_implicit_tls") ?? implicitTLS
        if let value = map.given(prefix + "tls_config") { tls = try TLSConfiguration(value) }
    }
}

extension SlackAddress {
    init?(global map: YAMLMapping) throws(YAMLError) {
        try map.atMostOne(of: "slack_api_url", "slack_api_url_file")
        try map.atMostOne(of: "slack_app_token", "slack_app_token_file")
        let webhook = try Self.webhook(map, "slack_api_url")
        let token = try SecretSource(map, "slack_app_token")
        let address = try map.webAddress("slack_app_url")
        if let webhook {
            // The address of the API and the webhook may be one, if both are said.
            if token != nil, address == nil {
                throw map.error(at: "slack_api_url", "at most one of slack_api_url and slack_app_token may be given")
            }
            self = token.map { .app(token: $0, address: address ?? Self.defaultAppAddress) } ?? .webhook(webhook)
        } else if let token {
            self = .app(token: token, address: address ?? Self.defaultAppAddress)
        } else {
            return nil
        }
    }

    static func webhook(_ map: YAMLMapping, _ key: String) throws(YAMLError) -> SecretSource? {
        if let address = try map.secretAddress(key) { return SecretSource(text: address) }
        return try map.filePath(key + "_file").map { SecretSource(file: $0) }
    }
}
