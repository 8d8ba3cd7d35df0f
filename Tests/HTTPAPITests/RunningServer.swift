import Access
import HTTPAPI
import Logging
import Model
import PromQL
import Runtime
import TSDB

/// The server on a free port of 127.0.0.1.
final class RunningServer: Sendable {
    let port: Int
    private let server: HTTPServer
    private let running: Task<Void, any Error>

    init(
        _ source: any SeriesSource = MemorySource([]), clock: any Clock = FixedClock(), writes: (any WriteReceiving)? = nil,
        access: AccessControl? = nil, _ change: (inout HTTPServerOptions) -> Void = { _ in }
    ) async throws {
        var options = HTTPServerOptions()
        options.port = 0
        options.maxConcurrency = 2
        change(&options)
        let server = try HTTPServer(
            options: options, engine: Engine(), source: source, state: TestState(), registry: MetricsRegistry(), clock: clock,
            writes: writes, access: access, logger: Logger(label: "test"))
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        running = Task {
            defer { bound.finish() }
            try await server.run { bound.yield($0) }
        }
        self.server = server
        port = await ports.first { _ in true } ?? 0
    }

    /// The answer to a GET, headers and all, over a connection of its own.
    func text(_ path: String) async throws -> String {
        let client = try connect()
        try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return try await client.receive()
    }

    func connect() throws -> RawClient { try RawClient(port: port) }

    /// Begins to end; what is in progress still is.
    func shutDown() async { await server.shutdown() }

    /// Returns when the server has ended.
    func hasEnded() async throws { try await running.value }

    func end() async throws {
        await shutDown()
        try await hasEnded()
    }
}
