import Logging
import PromQL
import Runtime
import Testing

@testable import HTTPAPI

/// Methods, paths, headers, and what is allowed to whom.
struct ServerTests {
    private func send(_ api: API, _ method: String, _ target: String, _ headers: RequestHeaders = [:], body: String = "") async -> APIResponse {
        await api.respond(to: APIRequest(method: method, target: target, headers: headers, body: Array(body.utf8)))
    }

    @Test func formsComeBeforeTheURL() async throws {
        let form: RequestHeaders = ["content-type": "application/x-www-form-urlencoded"]
        let answer = await send(try testAPI(), "POST", "/api/v1/query?time=5", form, body: "query=1%2B1&time=4")
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}"#)
    }

    @Test func wrongMethodsAndPaths() async throws {
        let api = try testAPI()
        let wrong = await send(api, "PUT", "/api/v1/labels")
        #expect(wrong.status == 405)
        #expect(wrong.header("Allow") == "GET, OPTIONS, POST")
        #expect(await send(api, "POST", "/api/v1/label/job/values").header("Allow") == "GET, OPTIONS")
        #expect(await send(api, "GET", "/api/v1/nosuch").status == 404)
        #expect(await send(api, "OPTIONS", "/api/v1/query").status == 204)
        #expect(await send(api, "HEAD", "/-/ready").body.isEmpty)
    }

    @Test(arguments: [
        (Int64(0), "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777_999, "Sun, 06 Nov 1994 08:49:37 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (1_709_164_805_000, "Thu, 29 Feb 2024 00:00:05 GMT"), (1_796_256_334_000, "Thu, 03 Dec 2026 00:05:34 GMT"),
    ])
    func datesOfAnswers(_ time: Int64, _ text: String) {
        #expect(HTTPDate.text(time) == text)
    }

    @Test func lifecycle() async throws {
        let closed = try testAPI()
        #expect(await send(closed, "POST", "/-/reload").status == 403)
        #expect(await send(closed, "GET", "/-/reload").status == 405)
        let open = try testAPI { options, _ in options.enableLifecycle = true }
        #expect(await send(open, "POST", "/-/reload").status == 200)
        #expect(await send(open, "PUT", "/-/quit").status == 200)
        #expect(await send(open, "POST", "/-/reload", ["origin": "http://evil.example", "host": "a:9090"]).status == 403)
        #expect(await send(open, "POST", "/-/reload", ["origin": "http://a:9090", "host": "a:9090"]).status == 200)
        let failing = try testAPI { options, state in
            options.enableLifecycle = true
            state.reloadFails = true
        }
        let answer = await send(failing, "POST", "/-/reload")
        #expect(answer.status == 500)
        #expect(String(decoding: answer.body, as: UTF8.self) == "failed to reload config: line 3: unknown key\n")
    }

    @Test func notReadyYet() async throws {
        let api = try testAPI { _, state in state.isReady = false }
        #expect(await send(api, "GET", "/-/ready").status == 503)
        #expect(await send(api, "GET", "/api/v1/query?query=1").status == 503)
        #expect(await send(api, "GET", "/-/healthy").status == 200)
        #expect(await send(api, "GET", "/metrics").status == 200)
    }

    @Test func crossOriginOnlyWhereAsked() async throws {
        let origin: RequestHeaders = ["origin": "http://x.example"]
        #expect(await send(try testAPI(), "GET", "/api/v1/labels", origin).header("Access-Control-Allow-Origin") == nil)
        let api = try testAPI { options, _ in options.corsOrigin = "https?://x[.]example" }
        #expect(await send(api, "GET", "/api/v1/labels", origin).header("Access-Control-Allow-Origin") == "http://x.example")
        #expect(await send(api, "GET", "/api/v1/labels", ["origin": "http://x.example.org"]).header("Access-Control-Allow-Origin") == nil)
    }

    @Test func largeAnswersAreCompressed() async throws {
        let api = try testAPI()
        let range = "/api/v1/query_range?query=up&start=999900&end=1000000&step=1"
        let answer = await send(api, "GET", range, ["accept-encoding": "br, gzip"])
        #expect(answer.header("Content-Encoding") == "gzip")
        #expect(answer.body.prefix(2) == [0x1f, 0x8b])
        #expect(await send(api, "GET", range, ["accept-encoding": "gzip;q=0"]).header("Content-Encoding") == nil)
        #expect(await send(api, "GET", "/api/v1/labels", ["accept-encoding": "gzip"]).header("Content-Encoding") == nil)
    }

    @Test func prefix() async throws {
        let api = try testAPI { options, _ in options.routePrefix = "/mon" }
        #expect(await send(api, "GET", "/mon/api/v1/labels").status == 200)
        #expect(await send(api, "GET", "/mon").status == 200)
        #expect(await send(api, "GET", "/api/v1/labels").status == 404)
        #expect(await send(api, "GET", "/monitor").status == 404)
    }

    @Test func requestsAreCounted() async throws {
        let api = try testAPI()
        _ = await send(api, "GET", "/api/v1/labels")
        let page = await get(api, "/metrics").text
        #expect(page.contains("prometheus_http_requests_total{code=\"200\",handler=\"/api/v1/labels\"} 1\n"))
        #expect(page.contains("prometheus_ready 1\n"))
    }

    @Test func pagesEscapeWhatComesFromOutside() async throws {
        let api = try testAPI()
        for path in [
            "/", "/targets", "/status", "/graph?g0.expr=%3Cscript%3E", "/graph?g0.expr=odd", "/graph?g0.expr=up&g0.tab=0&g0.range_input=%22%3E%3Cb",
        ] {
            let page = await get(api, path)
            #expect(page.status == 200)
            #expect(!page.text.contains("<script") && !page.text.contains("><b\"") && !page.text.contains("<api>"))
        }
        #expect(await get(api, "/graph?g0.expr=up&g0.tab=0&g0.range_input=5m").text.contains("<path d=\"M"))
    }

    /// A seeded storm of bytes in paths, parameters and bodies.
    @Test func randomBytesNeverCrash() async throws {
        let api = try testAPI()
        let paths = ["query", "query_range", "labels", "series", "label/x/values", "metadata", "targets", "format_query", "rules", "status/tsdb"]
        let names = ["query", "time", "start", "end", "step", "timeout", "limit", "match[]", "lookback_delta", "stats", "g0.expr"]
        let pieces = [
            "up", "{", "}", "%", "%zz", "%ff", "1e308", "-1", "NaN", "\"", "[5m]", "9223372036854775807", "+", "é", "\u{0}", "(", "sum", "0x",
            "2015-07-01T",
        ]
        var seed: UInt64 = 20_261_123
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(bound))
        }
        for round in 0..<400 {
            let pairs = (0..<next(6)).map { _ in names[next(names.count)] + "=" + (0..<next(4)).map { _ in pieces[next(pieces.count)] }.joined() }
            let answer = await send(api, "GET", "/api/v1/\(paths[next(paths.count)])?\(pairs.joined(separator: "&"))")
            #expect([200, 400, 422, 503].contains(answer.status), "round \(round): \(pairs)")
        }
    }

    @Test func aTakenPortIsNamed() async throws {
        var options = HTTPServerOptions()
        options.port = 0
        let first = try server(options)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let running = Task { try await first.run { port.yield($0) } }
        var iterator = ports.makeAsyncIterator()
        options.port = await iterator.next() ?? 0
        let second = try server(options)
        await #expect(throws: CannotListen.self) { try await second.run() }
        await first.shutdown()
        try await running.value
    }

    /// A signal can come while the rest of the server is still starting.
    @Test func aStopBeforeTheStartIsNotLost() async throws {
        var options = HTTPServerOptions()
        options.port = 0
        let early = try server(options)
        await early.shutdown()
        try await early.run { _ in Issue.record("it listens although it was told to stop") }
    }

    private func server(_ options: HTTPServerOptions) throws -> HTTPServer {
        var options = options
        options.maxConcurrency = 1
        return try HTTPServer(
            options: options, engine: Engine(), source: MemorySource([]), state: TestState(),
            registry: MetricsRegistry(), clock: FixedClock(), logger: Logger(label: "test"))
    }
}
