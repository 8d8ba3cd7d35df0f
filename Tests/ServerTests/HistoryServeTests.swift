import Foundation
import Glibc
import Testing

/// What is on record, as those who run the real binary meet it.
@Suite(.serialized)
struct HistoryServeTests {
    private let rules = """
        groups:
          - name: flips
            interval: 200ms
            rules:
              - alert: Flip
                expr: vector(time()) % 2 < 1
                labels: {severity: info}
              - alert: Slow
                expr: vector(time()) % 3 < 2
                for: 400ms
                labels: {severity: critical}
              - alert: Always
                expr: vector(1) > 0
                labels: {severity: warning}

        """

    private func site(_ rules: String) throws -> Site {
        let site = try Site()
        _ = try site.folder.write("rules.yml", rules)
        let configuration = try String(contentsOfFile: site.config, encoding: .utf8)
        try (configuration + "rule_files: [rules.yml]\n").write(toFile: site.config, atomically: true, encoding: .utf8)
        return site
    }

    private struct History: Decodable {
        struct Data: Decodable { let records: [Record] }

        struct Record: Decodable {
            let number: Int
            let from: String
            let to: String
            let labels: [String: String]
        }

        let data: Data
    }

    /// The transitions on record, the oldest first.
    private func history(_ site: Site, _ parameters: String = "") async throws -> [History.Record] {
        let text = try await site.text("api/v1/alerts/history?limit=10000&kind=transition" + parameters)
        return try JSONDecoder().decode(History.self, from: Data(text.utf8)).data.records.sorted { $0.number < $1.number }
    }

    /// Transitions that do not follow from those before.
    private func breaks(_ records: [History.Record]) -> [String] {
        var states: [String: String] = [:]
        return records.compactMap { record in
            let name = record.labels["alertname"] ?? ""
            defer { states[name] = record.to }
            let before = states[name] ?? "inactive"
            return record.from == before && record.to != before ? nil : "\(record.number): \(name) was \(before), then \(record.from) → \(record.to)"
        }
    }

    private func martlet(_ site: Site, _ arguments: [String]) throws -> (code: Int32, output: String) {
        let program = try RunningProgram(arguments, in: site.folder.url)
        return (program.wait(), program.output)
    }

    @Test("over kills each transition is on record once, the chain verifies, and the tools read it")
    func kills() async throws {
        let site = try site(rules)
        for round in 0..<5 {
            let server = try site.startServer()
            try await site.untilReady(server)
            let before = try await history(site).count
            try await site.until { try await history(site).count >= before + 3 + round }
            server.kill()
        }
        let server = try site.startServer()
        try await site.untilReady(server)
        try await site.until { try await history(site, "&match%5B%5D=%7Balertname%3D%22Flip%22%7D").count > 4 }
        let all = try await history(site)
        #expect(breaks(all) == [])
        #expect(all.count { $0.labels["alertname"] == "Always" } == 1)
        #expect(try await history(site, "&severity=critical").allSatisfy { $0.labels["alertname"] == "Slow" })
        let verified = try martlet(site, ["audit", "verify", "--storage.tsdb.path=data"])
        #expect(verified.code == 0 && verified.output.contains("records are as they were written"), "\(verified.output)")
        server.send(SIGTERM)
        #expect(server.wait() == 0)
        let exported = try martlet(site, ["audit", "export", "--storage.tsdb.path=data", "--format=csv", "--kind=transition"])
        #expect(exported.code == 0 && exported.output.contains(",transition,firing,inactive,Always,warning,"))
        let review = try martlet(site, ["alerts", "review", "--storage.tsdb.path=data", "--config.file=martlet.yml"])
        #expect(review.code == 0 && review.output.contains("Without a runbook: 3"), "\(review.output)")
    }

    @Test("an alert whose rule goes has ended; a backup made meanwhile is restored with its history")
    func reloadAndBackup() async throws {
        let site = try site(rules)
        let server = try site.startServer(more: ["--web.enable-lifecycle"])
        try await site.untilReady(server)
        try await site.until { try await history(site).contains { $0.labels["alertname"] == "Always" } }
        _ = try site.folder.write("rules.yml", "groups: []\n")
        try await site.reload()
        try await site.until { try await history(site).last { $0.labels["alertname"] == "Always" }?.to == "inactive" }
        let before = try await history(site)
        #expect(breaks(before) == [])
        let backup = try martlet(site, ["backup", "copy", "--storage.tsdb.path=data", "--config.file=martlet.yml"])
        #expect(backup.code == 0, "\(backup.output)")
        server.kill()
        let restored = try martlet(site, ["restore", "copy", "--storage.tsdb.path=elsewhere"])
        #expect(restored.code == 0, "\(restored.output)")
        #expect(try martlet(site, ["restore", "copy", "--storage.tsdb.path=elsewhere"]).code != 0)
        let again = try site.startServer(data: "elsewhere")
        try await site.untilReady(again)
        #expect(try await history(site).map(\.number) == before.map(\.number))
        #expect(try await site.number("count_over_time(scrape_rounds[10m])") ?? 0 > 0)
    }
}
