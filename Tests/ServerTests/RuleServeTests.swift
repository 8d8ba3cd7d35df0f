import Foundation
import Glibc
import Testing

/// Rules as those who run the real binary meet them.
@Suite(.serialized)
struct RuleServeTests {
    private let rules = """
        groups:
          - name: page
            interval: 200ms
            rules:
              - record: page:rounds:double
                expr: 2 * scrape_rounds
              - alert: Up
                expr: page:rounds:double > 0
                labels: {severity: info}
                annotations: {summary: '{{ $labels.job }} is at {{ $value | humanize }}'}
              - alert: Waiting
                expr: up == 1
                for: 1h
                labels: {severity: critical}

        """

    private func serve() throws -> (site: Site, file: URL) {
        let site = try Site()
        let file = site.folder.url.appending(path: "rules.yml")
        try rules.write(to: file, atomically: true, encoding: .utf8)
        let configuration = try String(contentsOfFile: site.config, encoding: .utf8)
        try (configuration + "rule_files: [rules.yml]\n").write(toFile: site.config, atomically: true, encoding: .utf8)
        return (site, file)
    }

    /// Since when the pending alert has been waiting, as its series tells.
    private func waitingSince(_ site: Site) async throws -> Double? {
        try await site.number(#"ALERTS_FOR_STATE{alertname="Waiting"}"#)
    }

    @Test("recorded series and alerts are there within moments, and go on over a reload and a kill")
    func life() async throws {
        let (site, file) = try serve()
        let server = try site.startServer(more: ["--web.enable-lifecycle"])
        try await site.untilReady(server)
        try await site.until { try await site.number(#"ALERTS{alertname="Up",alertstate="firing",severity="info"}"#) == 1 }
        #expect(try await site.number("page:rounds:double") ?? 0 >= 2)
        #expect(try await site.text("api/v1/alerts").contains("page is at "))
        #expect(try await site.text("api/v1/rules?type=alert&severity=critical").contains(#""state":"pending""#))
        #expect(try await site.text("metrics").contains(#"martlet_alerts_firing{severity="info"} 1"#))
        let since = try #require(try await waitingSince(site))

        try rules.replacing("for: 1h", with: "for: 2h").write(to: file, atomically: true, encoding: .utf8)
        try await site.reload()
        try await site.until { try await site.text("api/v1/rules?rule_name[]=Waiting").contains(#""duration":7200"#) }
        #expect(try await waitingSince(site) == since)
        server.send(SIGKILL)
        _ = server.wait()

        let again = try site.startServer()
        try await site.untilReady(again)
        try await site.until { try await site.text("api/v1/alerts").contains(#""alertname":"Waiting""#) }
        // It waits on from where it was, less the time nobody looked.
        try await site.until { try await waitingSince(site).map { abs($0 - since) <= 10 } ?? false }
    }

    @Test("a rule file with a mistake is refused with its place, and the rules before go on")
    func mistake() async throws {
        let (site, file) = try serve()
        let server = try site.startServer()
        try await site.untilReady(server)
        try await site.until { try await site.number("page:rounds:double") != nil }
        try rules.replacing("$value | humanize", with: "$valu | humanize").write(to: file, atomically: true, encoding: .utf8)
        server.send(SIGHUP)
        try await site.until { try await site.metric("prometheus_config_last_reload_successful") == 0 }
        #expect(server.output.contains("rules.yml:10:"))
        #expect(try await site.text("api/v1/rules").contains("page:rounds:double"))
    }
}
