import ClientConfiguration
import ConfigurationFile
import Notifier
import StrictYAML
import Testing

/// A small file of Alertmanager's.
private let alertmanagerFile = "route: {receiver: a, group_wait: 1s}\nreceivers: [{name: a, webhook_configs: [{url: 'http://h/secret'}]}]\n"

@Suite("The key notifications, and the file in its place")
struct NotificationsKeyTests {
    private func load(_ text: String, file: String? = nil) throws -> ServerConfiguration {
        var files = ["c/m.yml": text]
        if let file { files["c/am.yml"] = file }
        return try ConfigurationLoader.load("c/m.yml", notifications: file == nil ? nil : "c/am.yml", files: .memory(files))
    }

    private func problem(_ text: String, file: String? = nil) -> String {
        do {
            _ = try load(text, file: file)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("without a word the built-in route holds, and nobody is told")
    func nothing() throws {
        let configuration = try load("")
        #expect(configuration.notifications.isBuiltIn && configuration.notifications.heartbeat == nil)
        #expect(configuration.notifications.notifier.receivers.map(\.integrations.count) == [0, 0])
        #expect(!configuration.redacted.contains("notifications"))
    }

    @Test("a tree is Alertmanager's, with our own keys beside it; secrets show nowhere")
    func tree() throws {
        let own = "heartbeat: {url: 'https://beat/token', interval: 30s}\ntime_zone: Europe/Berlin\n"
        let text = "notifications:\n" + (alertmanagerFile + own).split(separator: "\n").map { "  \($0)\n" }.joined()
        let configuration = try ConfigurationLoader.load("c/m.yml", files: .withZones(["c/m.yml": text]))
        let notifications = configuration.notifications
        #expect(!notifications.isBuiltIn && notifications.notifier.route.groupWait == 1000 && notifications.zone.name == "Europe/Berlin")
        #expect(notifications.heartbeat?.interval == 30_000 && notifications.heartbeat?.address.revealed == "https://beat/token")
        for shown in [configuration.redacted, notifications.alertmanagerText] {
            #expect(!shown.contains("token") && !shown.contains("http://h/secret") && shown.contains("<secret>"))
        }
        #expect(!notifications.alertmanagerText.contains("heartbeat") && !notifications.alertmanagerText.contains("time_zone"))
        _ = try NotifierConfiguration.read(Array(notifications.alertmanagerText.utf8), file: "x", zones: .none)
    }

    @Test("the short form names integrations, which the built-in route tells")
    func short() throws {
        let notifications = try load(
            """
            notifications:
              global: {smtp_from: a@b, smtp_smarthost: 'm:25', smtp_auth_password: hidden}
              digest: '07:30'
              email_configs: [{to: ops@x}]
              webhook_configs: [{url: 'http://h/1'}, {url: 'http://h/2'}]
            """
        ).notifications
        #expect(notifications.isBuiltIn && notifications.notifier.receivers.map(\.name) == [BuiltInRoute.receiver, BuiltInRoute.nobody])
        #expect(notifications.notifier.receivers[0].integrations.map(\.kind) == [.webhook, .webhook, .email])
        #expect(notifications.notifier.route.routes.compactMap(\.digest?.minute) == [450])
        let read = try NotifierConfiguration.read(Array(notifications.alertmanagerText.utf8), file: "x", zones: .none)
        #expect(read.receivers[0].integrations.count == 3 && read.route.routes.count == 3 && read.inhibitRules.count == 5)
        #expect(!notifications.alertmanagerText.contains("hidden"))
    }

    @Test("a file of Alertmanager's stands in place of the key, and is shown as the key would be")
    func file() throws {
        let configuration = try load("", file: alertmanagerFile)
        #expect(configuration.notifications.notifier.receivers.map(\.name) == ["a"])
        #expect(configuration.redacted.contains("notifications:\n  route:") && !configuration.redacted.contains("secret'"))
    }

    @Test(
        "faults are told with their place",
        arguments: [
            ("notifications: {route: {receiver: x}, receivers: [{name: a}]}", nil, "c/m.yml:1:25"),
            ("notifications: {rout: {}}", nil, "rout"),
            ("notifications: {heartbeat: {interval: 1m}}", nil, "the address to call is missing"),
            ("notifications: {heartbeat: {url: 'http://x', interval: 10ms}}", nil, "must not be shorter than 1s"),
            ("notifications: {heartbeat: {url: 'ftp://token'}}", nil, "begins with http:// or https://"),
            ("notifications: {time_zone: Nowhere/Land}", nil, "there is no time zone \"Nowhere/Land\""),
            ("notifications: {digest: '25:00'}", nil, "expected a time"),
            ("notifications: {route: {receiver: a}, receivers: [{name: a}], email_configs: [{to: x}]}", nil, "integrations belong to receivers"),
            ("notifications: {route: {receiver: a}, receivers: [{name: a}], digest: '09:00'}", nil, "digest is for the built-in route"),
            ("notifications: {receivers: [{name: a}]}", nil, "there is no route that it could be for"),
            ("notifications: {discord_configs: [{webhook_url: 'http://x'}]}", nil, "there is no such receiver here"),
            ("notifications: {webhook_configs: [{url: 'http://x'}]}", alertmanagerFile, "only one of both can hold"),
            ("", "route: {}\n", "c/am.yml:1:8"), ("", "", "the file is empty"), ("", "a: [", "c/am.yml"),
        ] as [(String, String?, String)])
    func faults(_ text: String, _ file: String?, _ wanted: String) {
        let found = problem(text, file: file)
        #expect(found.contains(wanted) && !found.contains("token"), "\(found)")
    }

    @Test("a check covers it")
    func check() {
        let check = ConfigurationCheck("c/m.yml", notifications: "c/am.yml", files: .memory(["c/m.yml": "", "c/am.yml": "route: {receiver: x}"]))
        #expect(check.failed && check.lines.last?.contains("c/am.yml:1:9") == true, "\(check.lines)")
        let fine = ConfigurationCheck(
            "c/m.yml", notifications: "c/am.yml", files: .memory(["c/m.yml": "", "c/am.yml": alertmanagerFile + "templates: [none.tmpl]\n"]))
        #expect(fine.failed && fine.lines.contains { $0.contains("c/none.tmpl") }, "\(fine.lines)")
    }
}

extension FileReading {
    /// Files in memory beside the machine's time zones.
    fileprivate static func withZones(_ files: [String: String]) -> FileReading {
        let memory = FileReading.memory(files)
        let disk = FileReading.disk
        return FileReading(
            read: { path in try path.hasPrefix("/") ? disk.read(path) : memory.read(path) }, list: { folder in try memory.list(folder) })
    }
}
