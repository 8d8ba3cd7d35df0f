import StrictYAML

/// What Alertmanager has and we do not.
public enum ForeignReceivers {
    /// The key of a receiver's section, and what to use in its place.
    public static let sections: [(key: String, advice: String)] = [
        ("discord_configs", "use slack_configs with the webhook's address and /slack behind it, which Discord understands"),
        ("incidentio_configs", "use webhook_configs with the address and token of an incident.io alert source"),
        ("jira_configs", "use webhook_configs with the address of a Jira automation rule"),
        ("mattermost_configs", "use slack_configs with the address of an incoming webhook, which Mattermost understands"),
        ("msteams_configs", "use webhook_configs with the address of a Teams workflow and a payload of your own"),
        ("msteamsv2_configs", "use webhook_configs with the address of a Teams workflow and a payload of your own"),
        ("opsgenie_configs", "use webhook_configs with the address of its Prometheus integration, or email_configs"),
        ("pushover_configs", "use email_configs with its mail gateway, or telegram_configs"),
        ("rocketchat_configs", "use slack_configs with the address of an incoming webhook, which Rocket.Chat understands"),
        ("sns_configs", "use webhook_configs with a function that publishes to the topic, or email_configs"),
        ("victorops_configs", "use webhook_configs with the address of its Prometheus integration"),
        ("webex_configs", "use webhook_configs with the address of an incoming webhook and a payload of your own"),
        ("wechat_configs", "use webhook_configs with a bridge, or email_configs"),
    ]

    static func advice(for key: String) -> String? { sections.first { $0.key == key }?.advice }

    /// Keys of the global section that are for these receivers alone. They are checked and then not used.
    public static let globalKeys = addresses + texts + exclusive.flatMap { [$0, $0 + "_file"] }

    private static let addresses = [
        "jira_api_url", "opsgenie_api_url", "wechat_api_url", "victorops_api_url", "webex_api_url", "rocketchat_api_url", "mattermost_webhook_url",
    ]
    private static let texts = ["wechat_api_corp_id", "mattermost_webhook_url_file"]
    private static let exclusive = ["opsgenie_api_key", "victorops_api_key", "wechat_api_secret", "rocketchat_token", "rocketchat_token_id"]

    static func checkGlobals(_ map: YAMLMapping) throws(YAMLError) {
        for key in addresses { _ = try map.secretAddress(key) }
        for key in exclusive { try map.atMostOne(of: key, key + "_file") }
        try map.atMostOne(of: "mattermost_webhook_url", "mattermost_webhook_url_file")
        for key in globalKeys where map.has(key) { map.given(key)?.warn("\(key) is not used: there is no such receiver here") }
    }
}
