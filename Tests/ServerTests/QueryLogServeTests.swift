import Foundation
import Glibc
import Testing

/// `global.query_log_file` as whoever runs the server meets it.
@Suite(.serialized)
struct QueryLogServeTests {
    private func configure(_ site: Site, _ base: String, _ log: String?) throws {
        let line = log.map { "  query_log_file: \($0)\n" } ?? ""
        try base.replacing("global:\n", with: "global:\n" + line).write(toFile: site.config, atomically: true, encoding: .utf8)
    }

    /// The queries in a log, in order.
    private func queries(_ path: String) throws -> [String] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return (object?["params"] as? [String: Any])?["query"] as? String ?? ""
        }
    }

    @Test("a reload opens the log, opens it anew where it was moved away, and closes it; an ending server leaves nothing out")
    func life() async throws {
        let site = try Site()
        let base = try String(contentsOfFile: site.config, encoding: .utf8)
        let (log, moved) = (site.folder.url.appending(path: "queries.log").path, site.folder.url.appending(path: "queries.log.1").path)
        let server = try site.startServer(more: ["--web.enable-lifecycle"])
        try await site.untilReady(server)
        _ = try await site.number("1 + 0")
        try configure(site, base, log)
        try await site.reload()
        #expect(try await site.metric("prometheus_engine_query_log_enabled") == 1)
        _ = try await site.number("1 + 1")
        _ = try await site.number("1 + 2")
        try FileManager.default.moveItem(atPath: log, toPath: moved)
        try await site.reload()
        #expect(try queries(moved) == ["1 + 1", "1 + 2"])
        _ = try await site.number("1 + 3")
        try configure(site, base, nil)
        try await site.reload()
        _ = try await site.number("1 + 4")
        #expect(try queries(log) == ["1 + 3"])
        try configure(site, base, log)
        try await site.reload()
        _ = try await site.number("1 + 5")
        server.send(SIGTERM)
        #expect(server.wait() == 0)
        #expect(try queries(log) == ["1 + 3", "1 + 5"])
    }

    @Test("a log that cannot be opened is an error of the configuration, at the start and at a reload")
    func unusable() async throws {
        let site = try Site()
        let base = try String(contentsOfFile: site.config, encoding: .utf8)
        let path = site.folder.url.appending(path: "no/such/folder/queries.log").path
        try configure(site, base, path)
        let refused = try site.startServer()
        #expect(refused.wait() != 0)
        #expect(refused.output.contains("query_log_file") && refused.output.contains(path))
        try configure(site, base, nil)
        let server = try site.startServer()
        try await site.untilReady(server)
        try configure(site, base, path)
        server.send(SIGHUP)
        try await site.until { server.output.contains("query_log_file") }
        #expect(try await site.metric("prometheus_config_last_reload_successful") == 0)
    }
}
