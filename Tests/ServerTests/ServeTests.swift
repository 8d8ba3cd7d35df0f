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
