@testable import ClientConfiguration
import TestKit
import Testing
import WebClient

@testable import Scraping

@Suite("Pages over HTTP", .timeLimit(.minutes(1)))
struct HTTPTransportTests {
    private static let files = [
        "/name": "filed-name\n", "/password": "filed-password \n", "/token": "\n filed-token\n",
    ]

    /// The two ways must not differ in anything that a target or a user sees.
    enum Way: CaseIterable { case web, routed }

    private func transport() -> HTTPTransport {
        HTTPTransport(userAgent: "Martlet/test") { path in
            guard let text = Self.files[path] else { throw LocalServer.Failure() }
            return Array(text.utf8)
        }
    }

    private func request(
        _ url: String, timeout: Int64 = 10_000, limit: Int64 = 0, acceptsGzip: Bool = true,
        _ change: (inout HTTPClientConfiguration) -> Void = { _ in }
    ) -> ScrapeRequest {
        var client = HTTPClientConfiguration()
        change(&client)
        return ScrapeRequest(
            url: url, accept: "text/plain;version=0.0.4", timeout: timeout, bodySizeLimit: limit, acceptsGzip: acceptsGzip, client: client)
    }

    private func way(_ way: Way, over http: HTTPTransport) -> any ScrapeTransport {
        way == .web ? http : RoutedTransport(http, reactors: LeanPages.reactors, workers: LeanPages.workers, lookup: LeanPages.lookup)
    }

    /// The page as text, or the error.
    private func fetch(_ request: ScrapeRequest, _ way: Way) async -> (text: String, type: String?) {
        let transport = transport()
        var result: (String, String?)
        do {
            let page = try await self.way(way, over: transport).fetch(request)
            result = (page.body.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }, page.contentType)
        } catch {
            result = ("error: \(error)", nil)
        }
        await transport.shutdown()
        return result
    }

    @Test(arguments: Way.allCases) func aPageComesWithItsType(_ way: Way) async throws {
        let server = try LocalServer { _, _ in .http("200 OK", ["Content-Type: text/plain; version=0.0.4"], body: "a 1\n") }
        defer { server.close() }
        let page = await fetch(request(server.url, timeout: 2500), way)
        #expect(page == ("a 1\n", "text/plain; version=0.0.4"))
        let head = try #require(server.requests.first).lowercased()
        for line in [
            "get /metrics http/1.1", "host: 127.0.0.1:\(server.port)", "user-agent: martlet/test", "accept: text/plain;version=0.0.4",
            "accept-encoding: gzip", "x-prometheus-scrape-timeout-seconds: 2.5",
        ] {
            #expect(head.contains(line + "\r\n"))
        }
        #expect(!head.contains("authorization"))
        _ = await fetch(request(server.url, acceptsGzip: false), way)
        #expect(server.requests.last?.lowercased().contains("accept-encoding: identity\r\n") == true)
    }

    @Test(arguments: Way.allCases) func packedPagesAreUnpacked(_ way: Way) async throws {
        let packed = Gzip.pack(Array("a 1\nb 2\n".utf8))
        let server = try LocalServer { head, _ in
            .http("200 OK", ["Content-Encoding: gzip"], body: head.contains("/broken") ? packed.dropLast() : packed)
        }
        defer { server.close() }
        #expect(await fetch(request(server.url), way).text == "a 1\nb 2\n")
        #expect(await fetch(request("http://127.0.0.1:\(server.port)/broken"), way).text == "error: gzip: unexpected EOF")
    }

    @Test(
        arguments: Way.allCases,
        [
            ("500 Internal Server Error", "server returned HTTP status 500 Internal Server Error"),
            ("404 Not Found", "server returned HTTP status 404 Not Found"),
            ("204 No Content", "server returned HTTP status 204 No Content"),
        ])
    func otherAnswersAreFailures(_ way: Way, _ answer: (status: String, error: String)) async throws {
        let server = try LocalServer { _, _ in .http(answer.status) }
        defer { server.close() }
        #expect(await fetch(request(server.url), way).text == "error: " + answer.error)
    }

    @Test(arguments: Way.allCases) func aBodyThatBreaksOffIsNoPage(_ way: Way) async throws {
        let server = try LocalServer { _, _ in .http("200 OK", body: "a 1\n", length: 100) }
        defer { server.close() }
        let text = await fetch(request(server.url), way).text
        #expect(text.hasPrefix("error: unexpected EOF"), "\(text)")
    }

    @Test(arguments: Way.allCases) func aPageBeyondTheLimitIsRefused(_ way: Way) async throws {
        let server = try LocalServer { _, _ in .http("200 OK", body: String(repeating: "a 1\n", count: 100_000)) }
        defer { server.close() }
        let http = transport()
        let transport = self.way(way, over: http)
        await #expect(throws: ScrapeError.bodySizeLimit) { try await transport.fetch(request(server.url, limit: 1000)) }
        #expect(try await transport.fetch(request(server.url, limit: 400_001)).body.count == 400_000)
        await http.shutdown()
    }

    @Test(arguments: Way.allCases) func aTargetThatSaysNothingTakesTooLong(_ way: Way) async throws {
        let server = try LocalServer { _, _ in .hanging }
        defer { server.close() }
        #expect(
            await fetch(request(server.url, timeout: 50), way).text == "error: Get \"\(server.url)\": context deadline exceeded")
    }

    @Test(arguments: Way.allCases) func aPageThatStopsComingTakesTooLong(_ way: Way) async throws {
        let server = try LocalServer { _, _ in
            var reply = LocalServer.Reply.http("200 OK", body: "a 1\n", length: 100)
            reply.hangs = true
            return reply
        }
        defer { server.close() }
        #expect(await fetch(request(server.url, timeout: 200), way).text == "error: context deadline exceeded")
    }

    /// The timeout is long: the refusal is told at once.
    @Test(arguments: Way.allCases) func aTargetThatIsNotThereRefuses(_ way: Way) async throws {
        let server = try LocalServer { _, _ in .nothing }
        server.close()
        let refused = "dial tcp 127.0.0.1:\(server.port): connect: connection refused"
        for host in ["127.0.0.1", "localhost"] {
            let url = "http://\(host):\(server.port)/metrics"
            var text = ""
            // The listening socket ends when its thread has seen it.
            repeat { text = await fetch(request(url, timeout: 50_000), way).text } while text.hasSuffix("EOF")
            #expect(text == "error: Get \"\(url)\": \(refused)")
        }
    }

    @Test(arguments: Way.allCases) func aLostConnectionIsTriedOnceMore(_ way: Way) async throws {
        let lucky = try LocalServer { _, number in number == 0 ? .nothing : .http("200 OK", body: "a 1\n") }
        defer { lucky.close() }
        #expect(await fetch(request(lucky.url), way).text == "a 1\n")
        #expect(lucky.requests.count == 2)
        let silent = try LocalServer { _, _ in .nothing }
        defer { silent.close() }
        #expect(await fetch(request(silent.url), way).text == "error: Get \"\(silent.url)\": EOF")
        #expect(silent.requests.count == 2)
    }

    @Test(arguments: Way.allCases) func redirectsAreFollowedIfAsked(_ way: Way) async throws {
        let server = try LocalServer { head, number in
            if head.hasPrefix("GET /metrics ") { return .http("302 Found", ["Location: /other?x=1"]) }
            if head.hasPrefix("GET /for-ever/") { return .http("302 Found", ["Location: /for-ever/\(number)"]) }
            return .http("200 OK", body: "a 1\n")
        }
        defer { server.close() }
        #expect(await fetch(request(server.url), way).text == "a 1\n")
        #expect(server.requests.last?.hasPrefix("GET /other?x=1 HTTP/1.1\r\n") == true)
        #expect(await fetch(request(server.url) { $0.followRedirects = false }, way).text == "error: server returned HTTP status 302 Found")
        let endless = "http://127.0.0.1:\(server.port)/for-ever/x"
        #expect(await fetch(request(endless), way).text == "error: Get \"\(endless)\": stopped after 10 redirects")
    }

    @Test(arguments: Way.allCases) func credentialsAreSent(_ way: Way) async throws {
        let server = try LocalServer { _, _ in .http("200 OK") }
        defer { server.close() }
        func sent(_ change: (inout HTTPClientConfiguration) -> Void) async -> [String] {
            _ = await fetch(request(server.url, change), way)
            let lines = (server.requests.last ?? "").split(separator: "\r\n").map(String.init)
            return lines.filter { $0.hasPrefix("Authorization: ") || $0.hasPrefix("X-") && !$0.hasPrefix("X-Prometheus") }
        }
        var basic = HTTPClientConfiguration.BasicAuth()
        basic.username = "Aladdin"
        basic.password = Secret("open sesame")
        // The example of RFC 7617, section 2.
        #expect(await sent { $0.basicAuth = basic } == ["Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="])
        var filed = HTTPClientConfiguration.BasicAuth()
        filed.usernameFile = "/name"
        filed.passwordFile = "/password"
        let expected = Credentials.base64("filed-name:filed-password".utf8)
        #expect(await sent { $0.basicAuth = filed } == ["Authorization: Basic " + expected])
        #expect(await sent { $0.authorization = .init(credentials: Secret("t0ken")) } == ["Authorization: Bearer t0ken"])
        #expect(await sent { $0.authorization = .init(credentialsFile: "/token") } == ["Authorization: Bearer filed-token"])
        let header = HTTPClientConfiguration.HTTPHeader(name: "X-A", values: ["1", "2"], secrets: [Secret("3")], files: ["/token"])
        #expect(await sent { $0.headers = [header] } == ["X-A: 1", "X-A: 2", "X-A: 3", "X-A: filed-token"])
    }

    @Test(arguments: Way.allCases) func aSecretThatCannotBeReadIsToldWithItsFile(_ way: Way) async throws {
        let client = request("http://127.0.0.1:9/metrics") { $0.authorization = .init(credentialsFile: "/missing") }
        #expect(await fetch(client, way).text == "error: unable to read file /missing")
    }

    @Test(arguments: [
        ("https://h.example:8443/m?a=b", "https://cert.example:8443/m?a=b", "h.example:8443", "h.example"),
        ("https://10.0.0.1", "https://cert.example", "10.0.0.1", "10.0.0.1"),
        ("https://[fe80::1]:1/", "https://cert.example:1/", "[fe80::1]:1", "fe80::1"),
        ("https://[::1]?x", "https://cert.example?x", "[::1]", "::1"),
        ("https://user:word@h:1/", "https://cert.example:1/", "h:1", "h"),
    ])
    func serversOfAnotherName(url: String, asked: String, authority: String, host: String) throws {
        let named = try #require(NamedServer(url, serverName: "cert.example"))
        #expect(named.url == asked && named.authority == authority && named.host == host)
        #expect(NamedServer("http" + url.dropFirst(5), serverName: "cert.example") == nil)
    }

    // MARK: Posts

    private func post(_ url: String, timeout: Int64 = 10_000, _ change: (inout HTTPClientConfiguration) -> Void = { _ in }) async -> String {
        let transport = transport()
        var client = HTTPClientConfiguration()
        change(&client)
        var outcome = "taken"
        do {
            try await transport.post(Array("[]".utf8), type: "application/json", to: url, timeout: timeout, as: client)
        } catch {
            outcome = "\(error)"
        }
        await transport.shutdown()
        return outcome
    }

    @Test("a body is posted with its type and whoever sends it; any status of 2xx will do", arguments: ["200 OK", "202 Accepted", "204 No Content"])
    func posted(_ status: String) async throws {
        let server = try LocalServer { _, _ in .http(status) }
        defer { server.close() }
        let outcome = await post(server.url) { client in
            client.basicAuth = .init()
            client.basicAuth?.username = "u"
        }
        #expect(outcome == "taken")
        let head = try #require(server.requests.first).lowercased()
        for line in [
            "post /metrics http/1.1", "content-type: application/json", "content-length: 2", "user-agent: martlet/test",
            "authorization: basic dto=",
        ] {
            #expect(head.contains(line + "\r\n"))
        }
    }

    @Test("posts that fail")
    func postsThatFail() async throws {
        let refusing = try LocalServer { _, _ in .http("503 Service Unavailable", body: "later") }
        #expect(await post(refusing.url) == "bad response status 503 Service Unavailable")
        refusing.close()
        let hanging = try LocalServer { _, _ in .hanging }
        #expect(await post(hanging.url, timeout: 100) == "Post \"\(hanging.url)\": context deadline exceeded")
        hanging.close()
        let half = try LocalServer { _, _ in LocalServer.Reply(bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".utf8), hangs: true) }
        #expect(await post(half.url, timeout: 100) == "context deadline exceeded")
        half.close()
    }
}
