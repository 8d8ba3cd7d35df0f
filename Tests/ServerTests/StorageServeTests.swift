import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import Testing

/// The real binary's storage, as those who run it meet it.
@Suite(.serialized)
struct StorageServeTests {
    private func post(_ path: String, _ site: Site) async throws -> (status: Int, text: String) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(site.port)/api/v1/admin/tsdb/\(path)")
        request.method = .POST
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return (Int(response.status.code), String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    @Test("a delete is seen at once, a snapshot is a folder of blocks that a server can serve")
    func administration() async throws {
        let site = try Site()
        let server = try site.startServer(more: ["--web.enable-admin-api"])
        try await site.untilReady(server)
        try await site.until { try await site.number("count_over_time(scrape_rounds[1h])") ?? 0 > 2 }
        let made = try await post("snapshot", site)
        #expect(made.status == 200)
        let answer = try JSONDecoder().decode(Made.self, from: Data(made.text.utf8))
        let deleted = try await post("delete_series?match%5B%5D=scrape_samples_scraped", site)
        #expect(deleted.status == 204)
        // Scraping goes on, so one may have come since.
        let left = try await site.number("count_over_time(scrape_samples_scraped[1h])") ?? 0
        #expect(try await site.number("count_over_time(scrape_rounds[1h])") ?? 0 > left)
        #expect(server.output.contains("action=series.delete"))
        #expect(server.output.contains("127.0.0.1"))
        #expect(try await post("clean_tombstones", site).status == 204)
        server.send(SIGTERM)
        #expect(server.wait() == 0)

        let copy = try site.startServer(data: "data/snapshots/\(answer.data.name)")
        try await site.untilReady(copy)
        #expect(try await site.number("count_over_time(scrape_rounds[1h])") ?? 0 > 2)
        // The copy was made before the delete.
        #expect(try await site.number("min(count_over_time(scrape_samples_scraped[1h]) >= count_over_time(scrape_duration_seconds[1h]))") != nil)
    }

    private struct Made: Decodable {
        struct Name: Decodable { let name: String }
        let data: Name
    }

    @Test("what is scraped while the data folder is being opened is answered afterwards, at its own times")
    func scrapesWhileOpening() async throws {
        let site = try Site()
        let first = try site.startServer()
        try await site.untilReady(first)
        try await site.until { try await site.number("count_over_time(scrape_rounds[1h])") ?? 0 > 2 }
        first.send(SIGTERM)
        #expect(first.wait() == 0)
        // A pipe in the place of a file that the start reads holds it up for as long as nobody writes to it.
        let pipe = site.folder.url.appending(path: "data/martlet.json").path
        unlink(pipe)
        #expect(mkfifo(pipe, 0o600) == 0)
        let began = Date.now.timeIntervalSince1970
        let served = site.page.served
        let server = try site.startServer()
        try await site.until { site.page.served > served + 6 }
        await #expect(throws: (any Error).self) { try await site.text("-/ready") }
        await #expect(throws: (any Error).self) { try await site.text("api/v1/query?query=up") }
        let opened = Date.now.timeIntervalSince1970
        let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: pipe))
        try writer.close()
        try await site.untilReady(server)
        func count(until time: Double) async throws -> Double { try await site.number("count_over_time(scrape_rounds[1h] @ \(time))") ?? 0 }
        let before = try await count(until: began)
        #expect(before > 2)
        #expect(try await count(until: opened) - before >= 5)
        #expect(try await site.metric("martlet_scrapes_deferred_total") ?? 0 >= 5)
        #expect(try await site.metric("martlet_scrapes_refused_while_opening_total") == 0)
        let stored = try await site.number("max(max_over_time(scrape_rounds[1h]))") ?? 0
        try await site.until { try await site.number("max(scrape_rounds)") ?? 0 > stored }
        server.send(SIGTERM)
        #expect(server.wait() == 0)
    }

    @Test("without the flag nothing can be deleted")
    func disabled() async throws {
        let site = try Site()
        let server = try site.startServer()
        try await site.untilReady(server)
        let answer = try await post("delete_series?match%5B%5D=up", site)
        #expect(answer.status == 500)
        #expect(answer.text == #"{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}"#)
    }

    @Test("what is kept comes from the flags, then from the file, and changes at a reload")
    func retention() async throws {
        let site = try Site()
        let server = try site.startServer(more: ["--storage.tsdb.retention.time=40d"])
        try await site.untilReady(server)
        #expect(try await site.text("api/v1/status/runtimeinfo").contains(#""storageRetention":"40d""#))
        let before = try String(contentsOfFile: site.config, encoding: .utf8)
        let storage = "storage: { tsdb: { retention: { time: 90d, size: 1GB } } }\n"
        try (before + storage).write(toFile: site.config, atomically: true, encoding: .utf8)
        server.send(SIGHUP)
        try await site.until { try await site.text("api/v1/status/runtimeinfo").contains(#""storageRetention":"90d or 1GB""#) }
        #expect(try await site.text("api/v1/status/config").contains("time: 90d"))
        try await site.until { try await site.text("api/v1/status/walreplay").contains(#""state":"done""#) }
    }

    @Test("how long tiers keep what they have comes from the file, is told, and changes at a reload; a mistake changes nothing")
    func tiers() async throws {
        let site = try Site()
        let before = try String(contentsOfFile: site.config, encoding: .utf8)
        func write(_ tiers: String) throws {
            try (before + "storage: { tiers: \(tiers) }\n").write(toFile: site.config, atomically: true, encoding: .utf8)
        }
        func answer() async throws -> String { try await site.text("api/v1/status/tsdb/tiers") }
        try write("{ raw: 3d, 5m: 10d }")
        let server = try site.startServer(more: ["--web.enable-lifecycle"])
        try await site.untilReady(server)
        #expect(try await site.text("api/v1/status/runtimeinfo").contains(#""storageRetention":"3d""#))
        #expect(try await answer().contains(#""rules":[]"#))
        try await site.until { try await site.metric(#"martlet_tier_retention_seconds{tier="5m"}"#) == 864_000 }
        #expect(try await site.metric(#"martlet_tier_retention_seconds{tier="1h"}"#) == 365 * 86_400)
        #expect(try await site.metric(#"martlet_tier_backlog_seconds{tier="1h"}"#) == 0)
        try write(#"{ raw: 4d, 1h: 0s, rules: [{ match: '{job="debug"}', keep: 1d }] }"#)
        server.send(SIGHUP)
        try await site.until { try await site.text("api/v1/status/runtimeinfo").contains(#""storageRetention":"4d""#) }
        #expect(try await answer().contains(#""rules":[{"match":"{job=\"debug\"}","raw":"1d","5m":"1d","1h":"1d"}]"#))
        try await site.until { try await site.metric(#"martlet_tier_retention_seconds{tier="5m"}"#) == 30 * 86_400 }
        #expect(try await site.metric(#"martlet_tier_retention_seconds{tier="1h"}"#) == 0)
        let told = try await answer()
        try write("{ raw: 5d, rules: [{ keep: 1d }] }")
        await #expect(throws: (any Error).self) { try await site.reload() }
        #expect(try await answer() == told)
        #expect(server.output.contains("a rule needs match"))
        #expect(try await site.text("status").contains("<h2>Storage</h2>"))
    }

    @Test(
        "flags that make no sense are refused by name",
        arguments: [
            "--storage.reserve=much", "--storage.tsdb.wal-segment-size=1KB", "--storage.tsdb.max-block-duration=1h",
            "--storage.tsdb.retention.size=x",
        ])
    func refused(flag: String) throws {
        let site = try Site()
        let server = try site.startServer(more: [flag])
        #expect(server.wait() == 1)
        #expect(server.output.contains(flag))
    }
}
