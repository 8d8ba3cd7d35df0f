import DiscoveryFuzz
import Model
import StrictYAML
import TestKit
import Testing
import WebClient

@testable import ClientConfiguration
@testable import Scraping

@Suite("Targets that a service tells of", .timeLimit(.minutes(1)))
struct HTTPDiscoveryTests {
    private static let url = "http://inventory/targets"

    private func groups(_ body: String, _ url: String = url) throws -> [TargetGroup] {
        try HTTPDiscovery.groups(in: Array(body.utf8), from: url)
    }

    /// Each group on one line: its source, its addresses, its labels.
    private func text(_ groups: [TargetGroup]) -> [String] {
        groups.map { "\($0.source) \($0.targets.map { $0["__address__"] ?? "" }) \($0.labels)" }
    }

    // MARK: Answers

    @Test(
        "answers",
        arguments: [
            ("[]", []), ("null", []),
            (
                #"[{"targets": ["a:1", "b:2"], "labels": {"env": "x", "__meta_rack": "7"}}, {"labels": {}, "targets": ["c:3"]}]"#,
                [
                    #"http://inventory/targets:0 ["a:1", "b:2"] {__meta_rack="7", __meta_url="http://inventory/targets", env="x"}"#,
                    #"http://inventory/targets:1 ["c:3"] {__meta_url="http://inventory/targets"}"#,
                ]
            ),
            ("[{}]", [#"http://inventory/targets:0 [] {__meta_url="http://inventory/targets"}"#]),
            (
                #"[{"targets": null, "labels": null}]"#, [#"http://inventory/targets:0 [] {__meta_url="http://inventory/targets"}"#]
            ),
            // As services in Go write it that give their fields no names.
            (#"[{"Targets": ["a:1"], "Labels": {"e": ""}}]"#, [#"http://inventory/targets:0 ["a:1"] {__meta_url="http://inventory/targets"}"#]),
            (
                #"[{"targets": ["a:1"], "labels": {"größe": "é"}}]"#,
                [#"http://inventory/targets:0 ["a:1"] {__meta_url="http://inventory/targets", "größe"="é"}"#]
            ),
        ] as [(String, [String])])
    func answers(_ body: String, _ expected: [String]) throws {
        #expect(text(try groups(body)) == expected)
    }

    @Test(
        "answers that are none, and where",
        arguments: [
            ("", "the answer is no JSON: byte 0: ends where a value is expected"), ("[{]", "no JSON: byte 2"), ("{}", "expected a list"),
            ("[null]", "[0]: expected an object"), (#"[{"targets": [1]}]"#, "[0].targets[0]: expected text"),
            (#"[{"targets": "a"}]"#, "[0].targets: expected a list"), (#"[{"labels": {"a": 1}}]"#, "[0].labels.a: expected text"),
            (#"[{"labels": {"": "x"}}]"#, "is not a valid label name"), (#"[{}, {"target": []}]"#, "[1].target: a group has targets and labels"),
            ("[" + String(repeating: "[", count: 100), "nested too deep"),
            ("[{\"labels\": {\((0...1024).map { "\"l\($0)\": \"\"" }.joined(separator: ","))}}]", "[0].labels: more than 1024 labels"),
        ])
    func faults(_ body: String, _ reason: String) {
        let error = #expect(throws: DiscoveryError.self) { try groups(body, "http://u:hunter2@inventory/x") }
        let told = error?.description ?? ""
        #expect(told.hasPrefix("http://u:<secret>@inventory/x: ") && told.contains(reason), "\(told)")
    }

    @Test("made and damaged answers")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var fuzz = DiscoveryFuzz(seed: seed)
        for _ in 0..<mutationRounds(usual: 4000) {
            let input = fuzz.next()
            do { try fuzz.check(input) } catch { Issue.record("seed \(seed): \(error): \(String(decoding: input.bytes, as: UTF8.self))") }
        }
        #expect(fuzz.read > 200 && fuzz.refused > 200, "seed \(seed)")
    }

    // MARK: Asking

    private func ask(_ configuration: HTTPDiscoveryConfiguration, _ answer: DiscoveryAnswer) async -> (groups: [TargetGroup], told: String) {
        let source = PolledConfiguration.http(configuration)
        do {
            return (try source.groups(from: try await source.ask(FakeDiscoveryClient { _ in answer })), "")
        } catch {
            return ([], "\(error)")
        }
    }

    @Test(
        "which answers are read",
        arguments: [
            (200, "application/json", ""), (200, "application/json; charset=utf-8", ""), (200, "Application/JSON;charset=\"UTF-8\"", ""),
            (200, "text/plain", "the answer's Content-Type is \"text/plain\""), (200, nil, "Content-Type is \"\""),
            (200, "application/json; charset=latin-1", "Content-Type"), (204, "application/json", "the status 204"),
            (404, "application/json", "the status 404"), (500, "text/html", "the status 500"),
        ] as [(Int, String?, String)])
    func answersByHead(_ status: Int, _ type: String?, _ reason: String) async throws {
        let configuration = try #require(HTTPDiscoveryConfiguration(url: Self.url))
        let headers = type.map { [(name: "content-type", value: $0)] } ?? []
        let (groups, told) = await ask(
            configuration, DiscoveryAnswer(status: status, headers: headers, body: Array(#"[{"targets": ["a:1"]}]"#.utf8)))
        #expect(reason.isEmpty ? groups.count == 1 && told.isEmpty : groups.isEmpty && told.contains(reason), "\(told)")
    }

    @Test("what is asked, over a connection")
    func request() async throws {
        let server = try LocalServer { head, _ in
            head.hasPrefix("GET /away")
                ? .http("302 Found", ["Location: /t?a=b"]) : .http("200 OK", ["Content-Type: application/json"], body: #"[{"targets": ["a:1"]}]"#)
        }
        defer { server.close() }
        let client = WebDiscoveryClient { WebClients(userAgent: "Martlet/test") { _ in [] } }
        for path in ["/t?a=b#c", "/away"] {
            let url = "HTTP://us%40er:pass@127.0.0.1:\(server.port)\(path)"
            let source = PolledConfiguration.http(try #require(HTTPDiscoveryConfiguration(url: url, refreshInterval: 1500)))
            let groups = try source.groups(from: try await source.ask(client))
            #expect(groups.first?.targets.first?["__address__"] == "a:1")
            // Exactly as it is written, for relabelling; what is shown has no password.
            #expect(groups.first?.labels["__meta_url"] == url)
            let shown = groups.first.map { HTTPDiscovery.shown($0.labels).description } ?? "pass"
            #expect(!shown.contains("pass"), "\(shown)")
        }
        let head = try #require(server.requests.first).lowercased()
        for line in [
            "get /t?a=b http/1.1", "host: 127.0.0.1:\(server.port)", "user-agent: martlet/test", "accept: application/json",
            "x-prometheus-refresh-interval-seconds: 1.5", "authorization: basic " + Credentials.base64("us@er:pass".utf8).lowercased(),
        ] {
            #expect(head.contains(line + "\r\n"), "\(head)")
        }
        await client.shutdown()
    }

    @Test("servers that do not answer as they should")
    func badServers() async throws {
        let client = WebDiscoveryClient { WebClients(userAgent: "Martlet/test") { _ in [] } }
        func told(_ reply: LocalServer.Reply, within interval: Int64 = 20_000) async throws -> String {
            let server = try LocalServer { _, _ in reply }
            defer { server.close() }
            let url = "http://u:hunter2@127.0.0.1:\(server.port)/"
            let source = PolledConfiguration.http(try #require(HTTPDiscoveryConfiguration(url: url, refreshInterval: interval)))
            do {
                _ = try await source.ask(client)
                return "answered"
            } catch {
                let text = "\(error)"
                #expect(text.hasPrefix("http://u:<secret>@127.0.0.1:\(server.port)/: "), "\(text)")
                return text
            }
        }
        #expect(try await told(.hanging, within: 300).hasSuffix("context deadline exceeded"))
        #expect(try await told(.http("200 OK", ["Content-Type: application/json"], body: "[", length: 9)).hasSuffix("EOF"))
        var endless = LocalServer.Reply.http("200 OK", ["Content-Type: application/json"], body: "[", length: 9)
        endless.hangs = true
        #expect(try await told(endless, within: 300).hasSuffix("context deadline exceeded"))
        #expect(try await told(.nothing).contains("EOF"))
        await client.shutdown()
    }

    // MARK: Configuration

    private func read(_ yaml: String) throws -> [PolledConfiguration] {
        guard let value = try YAMLValue.parse(Array("http_sd_configs: [\(yaml)]".utf8), file: "c") else { return [] }
        return try DiscoverySection(try value.mapping(keys: DiscoveryKinds.keys), checkAddresses: true).polled
    }

    @Test("configuration")
    func configuration() throws {
        let plain = try #require(HTTPDiscoveryConfiguration(url: "https://h/t"))
        #expect(try read("{url: 'https://h/t'}") == [.http(plain)])
        #expect(plain.refreshInterval == 60_000)
        var other = try #require(HTTPDiscoveryConfiguration(url: "http://h", refreshInterval: 5000))
        other.client.basicAuth = HTTPClientConfiguration.BasicAuth()
        other.client.basicAuth?.username = "u"
        #expect(try read("{url: 'http://h', refresh_interval: 5s, basic_auth: {username: u}}") == [.http(other)])
    }

    @Test(
        "mistakes in it",
        arguments: [
            ("{}", "a url is needed"), ("{url: invalid}", "expected an address"), ("{url: 'http://'}", "expected an address"),
            ("{url: 'http:///x'}", "expected an address"), ("{url: 'http://:80/x'}", "expected an address"),
            ("{url: 'ftp://u:hunter2@h'}", "expected an address"), ("{url: 'http://h', refresh_interval: 0s}", "longer than nothing"),
            ("{url: 'http://h', bearer_token: a, bearer_token_file: b}", "at most one"), ("{url: 'http://h', x: 1}", "unknown key"),
            ("null", "an empty section"),
        ])
    func mistakes(_ yaml: String, _ reason: String) {
        let error = #expect(throws: YAMLError.self) { try read(yaml) }
        let told = error?.description ?? ""
        #expect(told.contains(reason) && !told.contains("hunter2"), "\(told)")
    }

    @Test(
        "addresses as they may be shown",
        arguments: [
            ("http://h/x?y", "http://h/x?y"), ("http://u@h/", "http://u@h/"), ("http://u:p@h/", "http://u:<secret>@h/"),
            ("http://u:p@q@h:1", "http://u:<secret>@h:1"), ("no address", "no address"), ("unix:///run/docker.sock", "unix:///run/docker.sock"),
        ])
    func shownAddresses(_ text: String, _ expected: String) { #expect(SourceAddress.shown(text) == expected) }
}
