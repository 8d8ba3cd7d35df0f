import Testing

/// A client that goes away takes its query with it.
struct HangUpTests {
    enum Farewell: String, CaseIterable {
        case close, reset, halfClose
        /// With a request before the query, and another behind it, so that the server has stopped reading.
        case closeAmongOthers
    }

    private static func request(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    @Test("a query ends when its client has gone", arguments: Farewell.allCases)
    func clientGoes(_ farewell: Farewell) async throws {
        let source = BlockingSource()
        let server = try await RunningServer(source)
        let client = try server.connect()
        let query = Self.request("/api/v1/query?query=slow")
        let others = Self.request("/-/healthy")
        try await client.send(farewell == .closeAmongOthers ? others + query + others : query)
        await source.reading()
        #expect(try await server.text("/api/v1/status/active_queries").contains(#""state":"running""#))
        switch farewell {
        case .close, .closeAmongOthers: client.close()
        case .reset: client.reset()
        case .halfClose: client.closeOutput()
        }
        // The query is still at its first series, for which it has no permission yet: it is not it that has noticed.
        try await until { try await server.text("/api/v1/status/active_queries").contains(#""state":"ending""#) }
        source.letOneThrough()
        let ended = #"prometheus_http_requests_total{code="499",handler="/api/v1/query"} 1"#
        try await until { try await server.text("/metrics").contains(ended) }
        #expect(source.readings == 1)
        #expect(try await server.text("/api/v1/status/active_queries").hasSuffix(#"{"queries":[]}}"#))
        try await server.end()
    }
}
