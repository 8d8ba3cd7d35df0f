import Foundation
import Glibc
import Testing

/// Alerts on their way out of the real binary.
@Suite(.serialized)
struct AlertSendingServeTests {
    private static let rules = """
        groups:
          - name: sent
            interval: 200ms
            rules:
              - {alert: Up, expr: up == 1, annotations: {text: 'it is {{ $value }}'}}

        """

    private static func alerting(_ site: Site, _ port: Int) -> String {
        """
        rule_files: [rules.yml]
        alerting:
          alertmanagers:
            - static_configs: [{targets: ['127.0.0.1:\(port)']}]
              path_prefix: /am
            - file_sd_configs: [{files: ['\(site.folder.url.appending(path: "am.json").path)']}]
              relabel_configs: [{action: drop, source_labels: [__address__], regex: 'unwanted.*'}]

        """
    }

    /// A server whose alerts go to the inbox, with a resend delay of a tenth of a second.
    private func serve(_ inbox: AlertInbox) async throws -> (Site, RunningProgram) {
        let site = try Site()
        _ = try site.folder.write("rules.yml", Self.rules)
        let configuration = try String(contentsOfFile: site.config, encoding: .utf8)
        try configuration.replacing("global:", with: "global:\n  external_labels: {site: s}")
            .appending(Self.alerting(site, inbox.port)).write(toFile: site.config, atomically: true, encoding: .utf8)
        let server = try site.startServer(
            more: ["--web.enable-lifecycle", "--rules.alert.resend-delay=100ms", "--web.external-url=http://me/x/", "--web.route-prefix=/"])
        try await site.untilReady(server)
        return (site, server)
    }

    @Test("alerts come to every alertmanager that is found, over reloads, to the end")
    func life() async throws {
        let (first, second) = (try AlertInbox(), try AlertInbox())
        let (site, server) = try await serve(first)
        try await site.until { first.bodies.count > 2 }
        let body = try #require(first.bodies.first)
        for part in [
            #""labels":{"alertname":"Up","instance":"127.0.0.1:\#(site.page.port)","job":"page","site":"s"}"#, #""annotations":{"text":"it is 1"}"#,
            #""generatorURL":"http://me/x/graph?g0.expr=up+%3D%3D+1&g0.tab=1""#,
        ] { #expect(body.contains(part), "\(body)") }
        #expect(first.paths == ["/am/api/v2/alerts"])

        // A file that comes later brings another one.
        _ = try site.folder.write("am.json", #"[{"targets": ["127.0.0.1:\#(second.port)", "unwanted:1"]}]"#)
        try await site.until { !second.bodies.isEmpty }
        let listed = try await site.text("api/v1/alertmanagers")
        #expect(
            listed == #"{"status":"success","data":{"activeAlertmanagers":[{"url":"http://127.0.0.1:\#(first.port)/am/api/v2/alerts"},"#
                + #"{"url":"http://127.0.0.1:\#(second.port)/api/v2/alerts"}],"droppedAlertmanagers":[{"url":"http://unwanted:1/api/v2/alerts"}]}}"#)
        #expect(try await site.metric("prometheus_notifications_alertmanagers_discovered") == 2)
        let sent = try await site.text("metrics").split(separator: "\n").filter { $0.hasPrefix("prometheus_notifications_sent_total{") }
        #expect(sent.count == 2)

        // What stays keeps its numbers over a reload; so does what discovery had found.
        try await site.reload()
        let after = try await site.text("metrics").split(separator: "\n").filter { $0.hasPrefix("prometheus_notifications_sent_total{") }
        #expect(zip(sent, after).allSatisfy { number($0) <= number($1) } && after.count == 2)

        server.send(SIGTERM)
        #expect(server.wait() == 0)
    }

    private func number(_ line: Substring) -> Double { line.split(separator: " ").last.flatMap { Double($0) } ?? .nan }

    @Test("nobody who listens holds up the end; it is logged and counted")
    func nobody() async throws {
        let inbox = try AlertInbox()
        let (site, server) = try await serve(inbox)
        _ = try site.folder.write("am.json", #"[{"targets": ["127.0.0.1:\#(try freePort())"]}]"#)
        try await site.until {
            let lines = try await site.text("metrics").split(separator: "\n")
            return lines.contains { $0.hasPrefix("prometheus_notifications_errors_total{") && !$0.hasSuffix(" 0") }
        }
        #expect(server.output.contains("alerts could not be sent to http://127.0.0.1:"))
        server.send(SIGTERM)
        #expect(server.wait() == 0)
    }
}
