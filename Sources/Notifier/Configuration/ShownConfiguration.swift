import ClientConfiguration
public import StrictYAML

extension NotifierConfiguration {
    /// The keys whose values nobody may see. Those of files are no secrets.
    private static let secretKeys: Set<String> = [
        // The HTTP client block.
        "password", "credentials", "bearer_token", "client_secret", "secrets", "proxy_url",
        // The global section.
        "smtp_auth_password", "smtp_auth_secret", "slack_api_url", "slack_app_token", "telegram_bot_token", "opsgenie_api_key",
        "victorops_api_key", "wechat_api_secret", "rocketchat_token", "rocketchat_token_id", "mattermost_webhook_url",
        // Receivers.
        "auth_password", "auth_secret", "bot_token", "routing_key", "service_key", "app_token", "dsn",
    ]

    /// The text of a configuration with `<secret>` in place of every secret. It can be read again. What cannot be read is shown as nothing.
    public static func shown(_ bytes: some Sequence<UInt8>) -> String {
        guard let value = try? YAMLValue.parse(bytes, file: "") else { return "" }
        return shown(value).document
    }

    /// As `shown`, of a part of a file.
    public static func shown(_ value: YAMLValue) -> YAMLOutput {
        value.output { path, key, content in
            guard isSecret(key, in: path) else { return nil }
            // A list keeps its length.
            if let items = try? content.list() { return .list(items.map { _ in .text(Secret.mask) }) }
            return .text(Secret.mask)
        }
    }

    private static func isSecret(_ key: String, in path: String) -> Bool {
        switch key {
        case "key": path.hasSuffix("tls_config")
        case _ where path.hasSuffix("proxy_connect_header"): true
        // Addresses that are secrets themselves.
        case "url": path.contains("webhook_configs") || path.hasSuffix("heartbeat")
        case "api_url": path.contains("slack_configs")
        default: secretKeys.contains(key)
        }
    }
}
