import ClientConfiguration
import StrictYAML
import Testing

@testable import Notifier

@Suite("Configurations of the notifier")
struct ConfigurationTests {
    /// Why it cannot be read; nil if it can.
    static func fault(_ text: String) -> String? {
        do {
            _ = try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: systemZones)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func document(_ text: String) -> String {
        text.split(separator: " ;; ", omittingEmptySubsequences: false).joined(separator: "\n") + "\n"
    }

    private static let good =
        ReceiverCases.good.map { "route: {receiver: a}\nreceivers: [{name: a, \($0)}]\n" }
        + IntervalCases.good.map { "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [\($0)]}]\n" }
        + DocumentCases.good.map(document)

    private static let bad =
        ReceiverCases.bad.map { "route: {receiver: a}\nreceivers: [{name: a, \($0)}]\n" }
        + IntervalCases.bad.map { "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [\($0)]}]\n" }
        + DocumentCases.bad.map(document)

    /// What Alertmanager takes and we do not, on purpose, and why.
    private static let refusedHere: [(why: String, text: String)] = [
        ("a number that it rounds", "route: {receiver: a}\nreceivers: [{name: a, telegram_configs: [{bot_token: a, chat_id: 1.0}]}]"),
        (
            "a number without a unit would be nanoseconds",
            "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', timeout: 5}]}]"
        ),
        (
            "a proxy that speaks TLS",
            "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {proxy_url: 'https://p'}}]}]"
        ),
        ("a receiver without a name", "route: {receiver: a}\nreceivers: [{name: a}, null]"),
        ("an interval without a name", "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [null]"),
        ("a range without ends", "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [{times: [null]}]}]"),
    ]

    @Test("what is right is read", arguments: good)
    func reads(text: String) { #expect(Self.fault(text) == nil) }

    @Test("what is wrong is refused with its place", arguments: bad)
    func refuses(text: String) throws {
        let fault = try #require(Self.fault(text))
        #expect(fault.hasPrefix("am.yml:") && fault.split(separator: ":").count > 3, Comment(rawValue: fault))
    }

    @Test("what only Alertmanager takes is refused", arguments: refusedHere.map(\.text))
    func refusesMore(text: String) { #expect(Self.fault(text) != nil) }

    @Test("a real amtool has the same verdict on each")
    func sameVerdict() throws {
        guard let amtool = try Amtool() else { return print("SKIPPED: MARTLET_PEERS is not set, so no amtool checks the configurations") }
        defer { amtool.end() }
        for text in Self.good {
            let (verdict, output) = try amtool.accepts(text)
            #expect(verdict == true, Comment(rawValue: text + output))
        }
        for text in Self.bad {
            let (verdict, output) = try amtool.accepts(text)
            #expect(verdict == false, Comment(rawValue: text + output))
        }
        for (why, text) in Self.refusedHere {
            let (verdict, output) = try amtool.accepts(text)
            #expect(verdict == true, Comment(rawValue: why + output))
        }
    }

    @Test(
        "messages say where and what",
        arguments: [
            ("", "am.yml:1:1: the file is empty; it must have a route"),
            ("route: {receiver: b}", "am.yml:1:9: route: there is no receiver \"b\""),
            (
                "route:\n  receiver: a\n  routes:\n  - matchers:\n    - sev=warning\n    - 'team~x'\nreceivers: [{name: a}]",
                "am.yml:6:7: route.routes[0].matchers[1]: bad matcher format: team~x"
            ),
            (
                "route: {receiver: a, group_wait: 5}\nreceivers: [{name: a}]",
                "am.yml:1:34: route.group_wait: expected a duration such as 15s, 1m30s or 2h, found \"5\""
            ),
            (
                "route: {receiver: a}\nreceivers: [{name: a, webhok_configs: []}]",
                "am.yml:2:23: unknown key \"webhok_configs\" in receivers[0]; did you mean \"webhook_configs\"?"
            ),
            (
                "route: {receiver: a}\nreceivers:\n- name: a\n  opsgenie_configs: [{api_key: x}]",
                "am.yml:4:3: receivers[0]: opsgenie_configs: there is no such receiver here; use webhook_configs with the address of its "
                    + "Prometheus integration, or email_configs"
            ),
            (
                "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [{location: Europe/Berln}]}]",
                "am.yml:3:56: time_intervals[0].time_intervals[0].location: there is no time zone \"Europe/Berln\" here; names are like "
                    + "Europe/Berlin, and the package tzdata must be installed"
            ),
        ])
    func messages(text: String, expected: String) { #expect(Self.fault(text) == expected) }

    @Test("an address that is a secret is in no message")
    func secretsStaySecret() throws {
        for section in [
            "webhook_configs: [{url: 'ftp://hidden'}]", "webhook_configs: [{url: 'http://hidden/{{ if }}'}]", "slack_configs: [{api_url: 'hidden'}]",
            "sentry_configs: [{dsn: 'https://hidden'}]",
        ] {
            let fault = try #require(Self.fault("route: {receiver: a}\nreceivers: [{name: a, \(section)}]"))
            #expect(!fault.contains("hidden"), Comment(rawValue: fault))
        }
    }

    @Test("receivers have from the global section what they do not say")
    func defaults() throws {
        let text = """
            global:
              smtp_from: alerts@example.org
              smtp_smarthost: mail.example.org:587
              smtp_auth_username: alerts
              smtp_auth_password_file: mail.password
              slack_api_url_file: slack.url
              telegram_bot_token: "123:abc"
            route: {receiver: ops}
            receivers:
            - name: ops
              email_configs: [{to: ops@example.org}, {to: boss@example.org, require_tls: false, send_resolved: true}]
              slack_configs: [{channel: '#ops'}]
              telegram_configs: [{chat_id: -42}]
              sentry_configs: [{dsn: 'https://k@sentry.example.org/7'}]
            """
        let configuration = try NotifierConfiguration.read(Array(text.utf8), file: "/etc/martlet/am.yml", zones: .none)
        let integrations = configuration.receivers[0].integrations
        #expect(integrations.map(\.kind) == [.email, .email, .slack, .telegram, .sentry])
        #expect(integrations.map(\.index) == [0, 1, 0, 0, 0])
        #expect(integrations.map(\.sendsResolved) == [false, true, false, true, true])
        guard case .email(let first) = integrations[0].settings, case .email(let second) = integrations[1].settings,
            case .slack(let slack) = integrations[2].settings, case .telegram(let telegram) = integrations[3].settings
        else { return #expect(Bool(false), "other kinds") }
        #expect(first.smtp.server == HostPort(host: "mail.example.org", port: "587"))
        #expect(first.smtp.password?.file == "/etc/martlet/mail.password")
        #expect(first.smtp.requiresTLS && !second.smtp.requiresTLS)
        #expect(slack.target == .webhook(SecretSource(file: "/etc/martlet/slack.url")))
        #expect(telegram.token.text?.revealed == "123:abc")
        #expect(telegram.chat == .id(-42))
    }

    @Test("notes tell what is taken and not used")
    func notes() throws {
        let notes = YAMLNotes()
        let text = "route: {receiver: a}\nglobal: {opsgenie_api_key: x}\nreceivers: [{name: a}]\ntracing: {endpoint: x}\n"
        _ = try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: .none, notes: notes)
        #expect(
            notes.all.map(\.description).sorted() == [
                "am.yml:2:28: global.opsgenie_api_key: opsgenie_api_key is not used: there is no such receiver here",
                "am.yml:4:10: tracing: tracing is not used here",
            ])
    }
}
