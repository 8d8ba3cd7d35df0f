import Testing

@testable import Notifier

@Suite("Configurations as they are shown")
struct ShownConfigurationTests {
    /// Every secret the grammar has, each with a text of its own that begins with `hush`.
    private static let text = """
        global:
          smtp_auth_password: hush1
          smtp_auth_secret: hush2
          slack_api_url: http://hush3
          telegram_bot_token: hush4
          opsgenie_api_key: hush5
          victorops_api_key: hush6
          wechat_api_secret: hush7
          rocketchat_token: hush8
          rocketchat_token_id: hush9
          mattermost_webhook_url: http://hush10
          smtp_from: visible@example.org
          smtp_smarthost: visible:25
          http_config:
            basic_auth: {username: visible, password: hush11}
            tls_config: {cert: visible, key: hush12}
            http_headers: {X-Token: {values: [visible], secrets: [hush13, hush14]}}
        route: {receiver: a, routes: [{receiver: a, matchers: ['severity="critical"'], group_wait: 10s}]}
        receivers:
        - name: a
          webhook_configs:
          - url: http://hush15
            http_config: {authorization: {credentials: hush16}}
          - url_file: /visible
            http_config: {bearer_token: hush17}
          email_configs: [{to: visible@example.org, auth_password: hush18, auth_secret: hush19}]
          slack_configs: [{api_url: 'http://hush20'}, {app_token: hush21}]
          telegram_configs: [{bot_token: hush22, chat_id: 1, message: visible}]
          pagerduty_configs: [{routing_key: hush23, details: {key: visible}}, {service_key: hush24}]
          sentry_configs: [{dsn: 'https://hush25@example.org/1'}]
        """

    @Test("no secret shows, and all else does")
    func masked() {
        let shown = NotifierConfiguration.shown(Array(Self.text.utf8))
        #expect(!shown.contains("hush"), Comment(rawValue: shown))
        #expect(shown.split(separator: "<secret>", omittingEmptySubsequences: false).count - 1 == 25)
        #expect(shown.split(separator: "visible", omittingEmptySubsequences: false).count - 1 == 9)
    }

    @Test("what is shown can be read again, by a real amtool too, but for our own receiver")
    func readable() throws {
        let shown = NotifierConfiguration.shown(Array(Self.text.utf8))
        #expect(ConfigurationTests.fault(shown) == nil, Comment(rawValue: shown))
        guard let amtool = try Amtool() else { return print("SKIPPED: MARTLET_PEERS is not set, so no amtool reads what is shown") }
        defer { amtool.end() }
        let known = Self.text.split(separator: "\n").filter { !$0.contains("sentry") && !$0.contains("cert:") }.joined(separator: "\n")
        let (verdict, output) = try amtool.accepts(NotifierConfiguration.shown(Array(known.utf8)))
        #expect(verdict == true, Comment(rawValue: output))
    }

    @Test("what cannot be read shows as nothing")
    func broken() {
        #expect(NotifierConfiguration.shown(Array("a: [hush".utf8)) == "")
        #expect(NotifierConfiguration.shown([UInt8]()) == "")
    }
}
