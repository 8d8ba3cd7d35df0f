import TestKit
import Testing

@testable import HTTPAPI

/// Queries that are quick are answered where they are read.
struct QuickQueryTests {
    @Test("a query that was quick, and is no longer, goes on where its client's going is noticed")
    func becomesSlow() async throws {
        let (source, clock) = (BlockingSource(), ManualClock(1_000_000))
        let server = try await RunningServer(source, clock: clock)
        let path = "/api/v1/query?query=slow"
        for _ in 0..<3 { source.letOneThrough() }
        #expect(try await server.text(path).hasPrefix("HTTP/1.1 200 "))
        let client = try server.connect()
        try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        try await until { source.readings == 4 }
        clock.set(1_000_010)
        source.letOneThrough()
        try await until { source.readings == 5 }
        // It has not gone on to the second series, but begun anew.
        #expect(source.lastReading == 0)
        #expect(try await server.text("/api/v1/status/active_queries").contains(#""state":"running""#))
        client.close()
        try await until { try await server.text("/api/v1/status/active_queries").contains(#""state":"ending""#) }
        source.letOneThrough()
        let ended = #"prometheus_http_requests_total{code="499",handler="/api/v1/query"} 1"#
        try await until { try await server.text("/metrics").contains(ended) }
        #expect(source.readings == 5)
        try await server.end()
    }

    @Test("a listing over a longer time, of more, or by other selectors is known apart from a quick one")
    func otherListing() {
        func key(_ selector: String, _ length: Int64, _ limit: Int) -> QuickQueries.Key {
            QuickQueries.Key(path: "/api/v1/series", selectors: [selector], length: length, limit: limit)
        }
        #expect(key("up", 60_000, 10) == key("up", 60_000, 10))
        #expect(Set([key("up", 60_000, 10), key("up", 3_600_000, 10), key("up", 60_000, 0), key("down", 60_000, 10)]).count == 4)
    }

    @Test("a query that is over many steps is known apart from the same over few")
    func otherRange() async throws {
        let (source, clock) = (BlockingSource(), ManualClock(1_000_000))
        let server = try await RunningServer(source, clock: clock)
        let path = "/api/v1/query_range?query=slow&step=1&start=0&end="
        for _ in 0..<3 { source.letOneThrough() }
        #expect(try await server.text(path + "10").hasPrefix("HTTP/1.1 200 "))
        let client = try server.connect()
        try await client.send("GET \(path)20 HTTP/1.1\r\nHost: a\r\n\r\n")
        try await until { source.readings == 4 }
        // It has a thread of its own, and all the time that queries have.
        clock.set(1_000_010)
        source.letOneThrough()
        try await until { source.readings == 5 }
        #expect(source.lastReading == 1)
        for _ in 0..<2 { source.letOneThrough() }
        #expect(try await client.receive(through: "]]}]}}").hasPrefix("HTTP/1.1 200 "))
        client.close()
        try await server.end()
    }
}
