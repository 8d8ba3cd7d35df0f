import Model
import PromQL
import Runtime
import TSDB
import Testing

@testable import HTTPAPI

/// What goes over the socket, byte for byte.
struct HTTPServerTests {
    private static let date = "Date: Mon, 12 Jan 1970 13:46:40 GMT\r\n"
    private static let plain = "Content-Type: text/plain; charset=utf-8\r\n"
    private static let noSniffing = plain + "X-Content-Type-Options: nosniff\r\n"
    private static let healthy = "HTTP/1.1 200 OK\r\n\(plain)Content-Length: 20\r\n\(date)\r\nMartlet is healthy.\n"
    private static let lastHealthy = "HTTP/1.1 200 OK\r\n\(plain)Content-Length: 20\r\nConnection: close\r\n\(date)\r\nMartlet is healthy.\n"
    private static let broken = "HTTP/1.1 400 Bad Request\r\n\(noSniffing)Content-Length: 16\r\nConnection: close\r\n\(date)\r\n400 Bad Request\n"
    private static let two = #"{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}"#
    private static let answerTwo =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 68\r\nConnection: close\r\n\(date)\r\n\(two)"
    private static func tooLarge(_ size: String) -> String {
        let text = "request body\(size) too large: at most 100 bytes are taken\n"
        return "HTTP/1.1 413 Content Too Large\r\n\(noSniffing)Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\(date)\r\n\(text)"
    }
    private static let form = "Host: a\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    private static let close = "Host: a\r\nConnection: close\r\n\r\n"

    private static let exchanges: [(name: String, sent: String, answered: String)] = [
        ("the last request says so", "GET /-/healthy HTTP/1.1\r\n\(close)", lastHealthy),
        (
            "requests at once are answered in order",
            "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nPOST /api/v1/query?query=1%2B1&time=4 HTTP/1.1\r\nHost: a\r\n\r\nGET /-/healthy HTTP/1.1\r\n\(close)",
            healthy + answerTwo.replacing("Connection: close\r\n", with: "") + lastHealthy
        ),
        ("HTTP/1.0 is answered and closed", "GET /-/healthy HTTP/1.0\r\n\r\n", lastHealthy),
        (
            "HTTP/1.0 goes on where it is asked to",
            "GET /-/healthy HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /-/healthy HTTP/1.0\r\n\r\n",
            lastHealthy.replacing("Connection: close", with: "Connection: keep-alive") + lastHealthy
        ),
        ("HEAD gets the headers", "HEAD /-/healthy HTTP/1.1\r\n\(close)", String(lastHealthy.dropLast(20))),
        ("a whole URL is a path too", "GET http://a/-/healthy HTTP/1.1\r\n\(close)", lastHealthy),
        ("a body with a length", "POST /api/v1/query HTTP/1.1\r\n\(form)Content-Length: 18\r\n\r\nquery=1%2B1&time=4", answerTwo),
        (
            "a body in chunks",
            "POST /api/v1/query HTTP/1.1\r\n\(form)Transfer-Encoding: chunked\r\n\r\n6\r\nquery=\r\nC\r\n1%2B1&time=4\r\n0\r\n\r\n", answerTwo
        ),
        (
            "a client that asks first is told to go on",
            "POST /api/v1/query HTTP/1.1\r\n\(form)Expect: 100-continue\r\nContent-Length: 18\r\n\r\nquery=1%2B1&time=4",
            "HTTP/1.1 100 Continue\r\n\r\n" + answerTwo
        ),
        (
            "a body that would be too large",
            "POST /api/v1/query HTTP/1.1\r\n\(form)Content-Length: 101\r\n\r\n\(String(repeating: "a", count: 101))", tooLarge(" of 101 bytes")
        ),
        (
            "chunks that become too large",
            "POST /api/v1/query HTTP/1.1\r\n\(form)Transfer-Encoding: chunked\r\n\r\n65\r\n\(String(repeating: "a", count: 101))\r\n0\r\n\r\n",
            tooLarge("")
        ),
        ("no HTTP", "GARBAGE\r\n\r\n", broken),
        ("no HTTP after a request", "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n", healthy + broken),
        ("a header too large", "GET /-/healthy HTTP/1.1\r\nHost: a\r\nX-A: \(String(repeating: "a", count: 90_000))\r\n\r\n", broken),
        (
            "no host", "GET /-/healthy HTTP/1.1\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\n\(noSniffing)Content-Length: 46\r\nConnection: close\r\n\(date)\r\n400 Bad Request: missing required Host header\n"
        ),
        (
            "another protocol is not spoken",
            "GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
            lastHealthy
        ),
    ]

    @Test("what is sent is answered", arguments: exchanges)
    func exchange(name: String, sent: String, answered: String) async throws {
        let server = try await RunningServer { $0.maxBodySize = 100 }
        let client = try server.connect()
        try await client.send(sent)
        #expect(try await client.receive() == answered)
        try await server.end()
    }

    /// As `wide[1h]` about 800 kB.
    private static let wide = MemorySource(
        (0..<400).map { number in
            MemorySource.Series(
                labels: Labels([(name: "__name__", value: "wide"), (name: "n", value: "\(number)")]),
                samples: stride(from: Timestamp(999_900_000), through: 1_000_000_000, by: 1000).map { Sample(time: $0, value: 1) })
        })
    private static let wideRequest = "GET /api/v1/query?query=wide[1h] HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("an answer that is larger than any buffer arrives whole, and the connection goes on")
    func largeAnswer() async throws {
        let server = try await RunningServer(Self.wide)
        let client = try server.connect()
        // A second one waits for its turn while the first is being written.
        try await client.send(Self.wideRequest + Self.wideRequest.replacing("Host", with: "Connection: close\r\nHost"))
        let bytes = try await client.receiveBytes()[...]
        let first = try #require(RawAnswer(bytes))
        let second = try #require(RawAnswer(first.rest))
        #expect(first.head.contains("\r\nTransfer-Encoding: chunked\r\n") && !first.head.contains("Content-Length"))
        #expect(second.head.contains("\r\nConnection: close\r\n") && second.rest.isEmpty)
        #expect(first.body.count > 500_000 && first.body == second.body)
        let text = String(decoding: first.body, as: UTF8.self)
        #expect(text.hasPrefix(#"{"status":"success""#) && text.hasSuffix("}]}}"))
        #expect(first.body == Array(try await Self.whole(Self.wide).utf8))
        try await server.end()
    }

    /// The same answer from a server that is asked by value, and so writes it in one piece.
    private static func whole(_ source: MemorySource) async throws -> String {
        let api = try API(
            options: HTTPServerOptions(), engine: Engine(), source: source, state: TestState(), registry: MetricsRegistry(), clock: FixedClock())
        return String(decoding: await api.respond(to: APIRequest(method: "GET", target: "/api/v1/query?query=wide[1h]")).body, as: UTF8.self)
    }

    @Test("clients of HTTP/1.0 know the end of a large answer by the connection's")
    func largeAnswerToOthers() async throws {
        let server = try await RunningServer(Self.wide)
        let old = try server.connect()
        try await old.send("GET /api/v1/query?query=wide[1h] HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let answer = try #require(RawAnswer(try await old.receiveBytes()[...]))
        #expect(answer.body == Array(try await Self.whole(Self.wide).utf8))
        #expect(!answer.head.contains("Transfer-Encoding") && answer.head.contains("\r\nConnection: close\r\n"))
        try await server.end()
    }

    @Test("clients that do not read a large answer, or go away from it, hold nobody up", arguments: [false, true])
    func unreadAnswer(isGone: Bool) async throws {
        let server = try await RunningServer(Self.wide) { $0.maxConcurrency = 1 }
        let lazy = try server.connect()
        try await lazy.send(String(repeating: Self.wideRequest, count: 8))
        if isGone { lazy.close() }
        let other = try server.connect()
        try await other.send(Self.wideRequest.replacing("Host", with: "Connection: close\r\nHost"))
        let answer = try #require(RawAnswer(try await other.receiveBytes()[...]))
        #expect(answer.body.count > 500_000)
        if !isGone { lazy.close() }
        try await server.end()
    }

    @Test("a server that ends lets a request in progress end, closes idle connections, and takes no new ones")
    func gracefulEnd() async throws {
        let source = BlockingSource()
        let server = try await RunningServer(source)
        let (busy, idle) = (try server.connect(), try server.connect())
        try await idle.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await idle.receive(through: Self.healthy) == Self.healthy)
        try await busy.send("GET /api/v1/query?query=count(slow) HTTP/1.1\r\nHost: a\r\n\r\n")
        await source.reading()
        await server.shutDown()
        #expect(try await idle.receive() == "")
        #expect(throws: RawClient.Failed.self) { try server.connect() }
        for _ in 0..<3 { source.letOneThrough() }
        let answer = try await busy.receive()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("Connection: close\r\n") && answer.hasSuffix(#""3"]}]}}"#))
        try await server.hasEnded()
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
