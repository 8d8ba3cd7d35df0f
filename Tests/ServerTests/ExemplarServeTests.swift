import Foundation
import Glibc
import Testing

/// Exemplars as those who run the real binary meet them.
@Suite(.serialized)
struct ExemplarServeTests {
    private struct Answer: Decodable {
        struct Series: Decodable {
            let seriesLabels: [String: String]
            let exemplars: [One]
        }
        struct One: Decodable, Equatable {
            let labels: [String: String]
            let value: String
            let timestamp: Double
        }
        let data: [Series]
    }

    private func exemplars(_ site: Site) async throws -> [Answer.One] {
        let text = try await site.text("api/v1/query_exemplars?query=rate(scrape_rounds_total%5B1m%5D)&start=0")
        let series = try JSONDecoder().decode(Answer.self, from: Data(text.utf8)).data
        #expect(series.count < 2 && series.allSatisfy { $0.seriesLabels["job"] == "page" })
        return series.first?.exemplars ?? []
    }

    @Test("with the flag those of a page are answered, after a restart too, and as many as the configuration says")
    func kept() async throws {
        let site = try Site(hasExemplars: true)
        let flags = ["--enable-feature=exemplar-storage,metadata-wal-records"]
        let server = try site.startServer(more: flags)
        try await site.untilReady(server)
        try await site.until { try await exemplars(site).count > 4 }
        let before = try await exemplars(site)
        // Each has its page's number and, for want of a time of its own, that of its sample.
        let first = try #require(before.first)
        let sample = try await site.number("scrape_rounds_total @ \(first.timestamp)")
        #expect(first.value == "1" && sample != nil && Double(first.labels["trace_id"] ?? "") == sample)
        #expect(try await site.metric("prometheus_tsdb_exemplar_max_exemplars") == 100_000)
        #expect(try await site.metric("prometheus_tsdb_exemplar_series_with_exemplars_in_storage") == 1)
        #expect(try await site.metric("prometheus_tsdb_exemplar_exemplars_appended_total") ?? 0 > 4)
        #expect(try await site.metric("prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds") == first.timestamp)
        server.send(SIGKILL)
        _ = server.wait()

        let again = try site.startServer(more: flags)
        try await site.untilReady(again)
        let after = try await exemplars(site)
        #expect(Array(after.prefix(before.count)) == before)
        let configuration = try String(contentsOfFile: site.config, encoding: .utf8)
        try (configuration + "storage: { exemplars: { max_exemplars: 2 } }\n").write(toFile: site.config, atomically: true, encoding: .utf8)
        again.send(SIGHUP)
        try await site.until { try await site.metric("prometheus_tsdb_exemplar_max_exemplars") == 2 }
        #expect(try await exemplars(site).count == 2)
        #expect(try await site.metric("prometheus_tsdb_exemplar_exemplars_in_storage") == 2)
        #expect(!again.output.contains("enable-feature"))
    }

    @Test("without the flag there are none")
    func unasked() async throws {
        let site = try Site(hasExemplars: true)
        let server = try site.startServer()
        try await site.untilReady(server)
        try await site.until { try await site.number("scrape_rounds_total") ?? 0 > 1 }
        #expect(try await site.text("api/v1/query_exemplars?query=scrape_rounds_total") == #"{"status":"success","data":[]}"#)
        #expect(try await site.metric("prometheus_tsdb_exemplar_max_exemplars") == 0)
    }
}
