import AsyncHTTPClient
import ClientConfiguration
import NIOCore
import NIOHTTP1
import TestKit
import Testing

@testable import WebClient

@Suite("Clients as configurations want them", .timeLimit(.minutes(1)))
struct WebClientTests {
    private static let environment = [
        "HTTP_PROXY": "http://p:1", "https_proxy": "q:2", "NO_PROXY": "a.example, .b.example,10.0.0.0/8,c.example:8080, *.d.example",
    ]

    @Test(
        "which proxy the environment means",
        arguments: [
            ("http://x/", "p:1"), ("https://x/", "q:2"), ("http://a.example/", nil), ("http://www.a.example/", nil), ("http://xa.example/", "p:1"),
            ("http://b.example/", "p:1"), ("http://www.b.example/", nil), ("http://10.1.2.3:9/", nil), ("http://11.1.2.3/", "p:1"),
            ("http://c.example/", "p:1"), ("http://c.example:8080/", nil), ("https://w.d.example", nil), ("http://localhost:1/", nil),
            ("http://127.0.0.1/", nil), ("http://[::1]:3/", nil), ("http://u:p@A.EXAMPLE/x@y", nil),
        ] as [(String, String?)])
    func environmentProxies(url: String, expected: String?) throws {
        var proxy = ProxyConfiguration()
        proxy.fromEnvironment = true
        let server = try ProxyEnvironment(Self.environment).server(for: url, proxy)
        #expect(server.map { "\($0.host):\($0.port)" } == expected)
        #expect(try ProxyEnvironment(Self.environment).server(for: url, ProxyConfiguration()) == nil)
    }

    @Test(
        "addresses of proxies",
        arguments: [
            ("http://u:p%40x@h:8", "h:8 false u:p@x"), ("h", "h:80 false -"), ("socks5://h", "h:1080 true -"), ("http://[::1]:9/x", "::1:9 false -"),
            ("ftp://h", nil), ("http://h:x", nil), ("http://", nil),
        ] as [(String, String?)])
    func proxyAddresses(text: String, expected: String?) {
        #expect(ProxyServer(text).map { "\($0.host):\($0.port) \($0.isSOCKS) \($0.login ?? "-")" } == expected)
    }

    @Test("a token is fetched once, sent until it is refused, and then fetched anew")
    func tokens() async throws {
        let server = try LocalServer { request, _ in
            if request.hasPrefix("POST /token ") {
                let known = request.contains("Authorization: Basic bWUlMjAxOnMlMkJjcmV0") || request.lowercased().contains("authorization: basic")
                return known
                    ? .http("200 OK", body: #"{"access_token":"t\#(request.utf8.count)","token_type":"bearer","expires_in":"3600"}"#)
                    : .http("401 No")
            }
            return request.contains("/refused") ? .http("401 No") : .http("200 OK")
        }
        defer { server.close() }
        var client = HTTPClientConfiguration()
        var oauth2 = HTTPClientConfiguration.OAuth2()
        oauth2.clientID = "me 1"
        oauth2.clientSecretFile = "/secret"
        oauth2.scopes = ["a", "b"]
        oauth2.tokenAddress = "http://127.0.0.1:\(server.port)/token"
        oauth2.parameters = ["audience": "x&y"]
        client.oauth2 = oauth2
        let web = WebClients(userAgent: "test") { path in path == "/secret" ? Array("s+cret\n".utf8) : [] }
        func status(_ path: String) async throws -> UInt {
            let deadline = NIODeadline.now() + .seconds(20)
            return UInt(try await web.answer(to: "http://127.0.0.1:\(server.port)\(path)", as: client, before: deadline) { _ in }.status.code)
        }
        for _ in 0..<3 { #expect(try await status("/fine") == 200) }
        let asked = server.requests.filter { $0.hasPrefix("POST /token ") }
        #expect(asked.count == 1)
        #expect(asked[0].hasSuffix("grant_type=client_credentials&scope=a+b&audience=x%26y"))
        #expect(server.requests.last?.contains("Authorization: Bearer t") == true)
        #expect(try await status("/refused") == 401)
        #expect(server.requests.filter { $0.hasPrefix("POST /token ") }.count == 2)
        #expect(server.requests.filter { $0.contains(" /refused ") }.count == 2)
        await web.shutdown()
    }

    @Test(
        "answers that are no token",
        arguments: [
            (200, "{}", "no access_token"), (400, #"{"error":"invalid_scope"}"#, "status 400, invalid_scope"),
            (403, #"{"error":"my secret"}"#, "status 403"), (200, "<html>", "no access_token"),
        ])
    func noTokens(status: Int, body: String, expected: String) {
        do {
            _ = try OAuth2Request.token(status: status, body: Array(body.utf8), received: .now())
            Issue.record("a token")
        } catch {
            #expect("\(error)".contains(expected) && !"\(error)".contains("my secret"))
        }
    }

    @Test("a header that cannot be sent is not shown")
    func headers() async throws {
        var client = HTTPClientConfiguration()
        var authorization = HTTPClientConfiguration.Authorization()
        authorization.credentials = Secret("hush\nhush")
        client.authorization = authorization
        let web = WebClients(userAgent: "test") { _ in [] }
        do {
            _ = try await web.answer(to: "http://127.0.0.1:1/", as: client, before: .now() + .seconds(5)) { _ in }
            Issue.record("sent")
        } catch {
            #expect("\(error)" == "the value of the header Authorization has a character that no header may have")
        }
        await web.shutdown()
    }

    @Test("where certificates come from files, new ones make a new client")
    func certificates() async throws {
        let web = WebClients(userAgent: "test") { _ in throw LocalServer.Failure() }
        var client = HTTPClientConfiguration()
        client.tls.authorityFile = "/ca"
        do {
            _ = try await web.answer(to: "http://127.0.0.1:1/", as: client, before: .now() + .seconds(5)) { _ in }
            Issue.record("sent")
        } catch {
            #expect("\(error)" == "unable to read file /ca")
        }
        await web.shutdown()
    }
}
