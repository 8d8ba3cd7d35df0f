import APIClient
import Foundation
import Glibc
import Testing

/// The real binary on real sockets, as its users meet it.
@Suite(.serialized)
struct ServeTests {
    @Test("every sample whose scrape was finished is there after kill -9")
    func killAndRestart() async throws {
        let site = try Site()
        for _ in 0..<3 {
            let server = try site.startServer()
            try await site.untilReady(server)
            try await site.until { try await site.number("max(scrape_rounds)") ?? -1 > 0 }
            let before = site.page.served
            server.kill()
            let again = try site.startServer()
            try await site.untilReady(again)
            let last = try await site.number("max(max_over_time(scrape_rounds[1h]))") ?? 0
            #expect(last >= Double(before - 1), "round \(before - 1) was stored before the kill, \(last) is the last one found")
            let stored = try await site.number("count_over_time(scrape_rounds[1h])") ?? 0
            #expect(stored > 0)
            again.kill()
        }
    }

    @Test("series beyond the budget are refused, and log, metrics and targets say whose")
    func budget() async throws {
        let site = try Site()
        try """
        scrape_configs:
          - job_name: page
            scrape_interval: 200ms
            static_configs:
              - targets: ['127.0.0.1:\(site.page.port)', 'localhost:\(site.page.port)']

        """.write(toFile: site.config, atomically: true, encoding: .utf8)
        let server = try site.startServer(more: ["--storage.head.max-series=1"])
        try await site.untilReady(server)
        // Each has a series of its own, and there is room for one.
        try await site.until { try await site.metric("martlet_head_series_refused_total{scrape_job=\"page\"}") ?? 0 > 3 }
        #expect(try await site.metric("martlet_head_series_limit") == 1)
        #expect(try await site.metric("martlet_head_budget_reached") == 1)
        #expect(try await site.number("count(scrape_rounds)") == 1)
        #expect(try await site.number("count(up == 1)") == 2)
        let targets = try await site.text("api/v1/targets")
        #expect(targets.contains(#""seriesRefused":1,"seriesRefusedMetrics":[{"metric":"scrape_rounds","series":1}]"#))
        #expect(targets.contains(#""seriesRefused":0,"seriesRefusedMetrics":[]"#))
        #expect(try await site.text("targets").contains("1 series are not stored"))
        #expect(server.output.split(separator: "\n").count { $0.contains("series of a target are not stored") } == 1)
        #expect(server.output.contains("metrics=\"scrape_rounds (1)\""))
        server.send(SIGTERM)
        #expect(server.wait() == 0)
    }

    @Test("limits of the head that make no sense are refused by name", arguments: ["max-series=-1", "max-memory=much", "max-memory=0%"])
    func noBudget(flag: String) throws {
        let site = try Site()
        let server = try site.startServer(more: ["--storage.head.\(flag)"])
        #expect(server.wait() != 0 && site.page.served == 0)
        #expect(server.output.contains("storage.head.\(flag.prefix { $0 != "=" })"))
    }

    @Test("a second server on the same data folder is refused by name")
    func lockedFolder() async throws {
        let site = try Site()
        let first = try site.startServer()
        try await site.untilReady(first)
        let second = try site.startServer(port: try freePort())
        #expect(second.wait() != 0)
        #expect(second.output.contains("another server is using this data folder"))
        #expect(first.isRunning)
    }

    @Test("a port in use is a clear message, not a crash")
    func portInUse() async throws {
        let site = try Site()
        let first = try site.startServer()
        try await site.untilReady(first)
        let second = try site.startServer(data: "other-data")
        #expect(second.wait() == 1)
        #expect(second.output.contains("\(site.port)"))
        #expect(second.output.contains("another program is using this port"))
    }

    @Test("a bad configuration is refused at start with its place, and at reload the old one goes on")
    func reload() async throws {
        let site = try Site()
        let server = try site.startServer()
        try await site.untilReady(server)
        let good = try String(contentsOfFile: site.config, encoding: .utf8)
        try (good + "scrape_intervall: 3s\n").write(toFile: site.config, atomically: true, encoding: .utf8)
        let line = good.split(separator: "\n", omittingEmptySubsequences: false).count
        server.send(SIGHUP)
        try await site.until { server.output.contains("scrape_intervall") }
        #expect(server.output.contains(":\(line):1"))
        #expect(server.isRunning)
        #expect(try await site.metric("prometheus_config_last_reload_successful") == 0)

        let refused = try site.startServer(port: try freePort(), data: "third-data")
        #expect(refused.wait() != 0)
        #expect(refused.output.contains("scrape_intervall"))

        try good.replacingOccurrences(of: "job_name: page", with: "job_name: renamed").write(toFile: site.config, atomically: true, encoding: .utf8)
        server.send(SIGHUP)
        try await site.until { try await site.number("up{job=\"renamed\"}") == 1 }
    }

    @Test("a feature name that switches nothing on is told")
    func unknownFeature() async throws {
        let site = try Site()
        let server = try site.startServer(more: ["--enable-feature=promql-delayed-name-removal,no-such-thing"])
        try await site.untilReady(server)
        #expect(server.output.contains("no-such-thing"))
        #expect(!server.output.contains("promql-delayed-name-removal"))
    }

    @Test("SIGTERM ends the server cleanly and what it scraped is there at the next start")
    func cleanStop() async throws {
        let site = try Site()
        let server = try site.startServer()
        try await site.untilReady(server)
        try await site.until { try await site.number("max(scrape_rounds)") ?? -1 > 1 }
        server.send(SIGTERM)
        #expect(server.wait() == 0)
        let again = try site.startServer()
        try await site.untilReady(again)
        #expect(try await site.number("max(max_over_time(scrape_rounds[1h]))") ?? 0 > 1)
    }
}
