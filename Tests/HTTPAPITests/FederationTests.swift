import Foundation
import Model
import PromQL
import TSDB
import TestKit
import Testing

@testable import HTTPAPI

/// `/federate`, from whole answers. Now is 1,000,000.5 s.
struct FederationTests {
    private static let now: Timestamp = 1_000_000_500

    private static func series(_ labels: [(name: String, value: String)], _ samples: [(Timestamp, Double)]) -> MemorySource.Series {
        MemorySource.Series(labels: Labels(labels), samples: samples.map { Sample(time: $0.0, value: $0.1) })
    }

    private static func named(_ name: String, _ samples: [(Timestamp, Double)]) -> MemorySource.Series {
        series([(name: "__name__", value: name)], samples)
    }

    private static let histogram = MemorySource.Series(
        labels: Labels([(name: "__name__", value: "sizes")]), samples: [Sample(time: now - 9000, value: 7)],
        histograms: [
            HistogramSample(
                time: now - 1000,
                histogram: FloatHistogram(
                    layout: HistogramLayout(zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: 0, length: 1)]), count: 1, zeroCount: 0, sum: 1,
                    positiveCounts: [1]))
        ])

    private static let more: [MemorySource.Series] = [
        named("ended", [(now - 2000, 1), (now - 1000, StaleMarker.value)]), named("oldest", [(now - 300_000, 4)]),
        named("older", [(now - 300_001, 4)]), named("newest", [(now - 1000, 4), (now, 5)]), histogram,
        series(
            [(name: "A", value: "1"), (name: "__name__", value: "zz"), (name: "instance", value: "i"), (name: "zone", value: "own")], [(now, .nan)]),
        series([(name: "A", value: "2"), (name: "__name__", value: "aa")], [(now, 1)]), series([(name: "B", value: "nameless")], [(now, 1)]),
    ]

    private static let up = """
        # TYPE up untyped
        up{job="api",instance=""} 1 1000000000
        up{job="web",instance=""} 0 1000000000

        """

    private static let pages: [(query: String, accept: String, page: String)] = [
        ("match[]=up", "", up),
        ("match[]=up&match[]={job=~%22.%2B%22}&match[]=up", "", up),
        ("match[]={job=%22web%22}", "", "# TYPE up untyped\nup{job=\"web\",instance=\"\"} 0 1000000000\n"),
        ("", "", ""), ("match[]=nosuch", "", ""), ("match[]={}", "", ""),
        ("match[]=ended&match[]=older&match[]=sizes&match[]={B=%22nameless%22}", "", ""),
        (
            "match[]=newest&match[]=oldest", "",
            "# TYPE newest untyped\nnewest{instance=\"\"} 5 1000000500\n# TYPE oldest untyped\noldest{instance=\"\"} 4 999700500\n"
        ),
        (
            "match[]={A=~%22.%2B%22}", "",
            "# TYPE aa untyped\naa{A=\"2\",instance=\"\"} 1 1000000500\n# TYPE zz untyped\nzz{A=\"1\",instance=\"i\",zone=\"own\"} NaN 1000000500\n"
        ),
        ("match[]=odd", "", "# TYPE odd untyped\nodd{a_b=\"<\\\"\u{1}\u{2028}é\",instance=\"\"} 1e-07 1000000000\n"),
        (
            "match[]=odd", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            "# TYPE odd untyped\nodd{\"a.b\"=\"<\\\"\u{1}\u{2028}é\",instance=\"\"} 1e-07 1000000000\n"
        ),
    ]

    @Test(arguments: pages)
    func newestSamples(query: String, accept: String, page: String) async throws {
        let answer = await get(try testAPI(more: Self.more), "/federate?" + query, headers: accept.isEmpty ? [:] : ["accept": accept])
        #expect(answer.status == 200)
        #expect(answer.text == page)
    }

    /// Only where a series has no such label of its own.
    @Test func externalLabels() async throws {
        let api = try testAPI(more: Self.more) { _, state in
            state.external = Labels([(name: "zone", value: "eu"), (name: "e.x", value: "u"), (name: "job", value: "none")])
        }
        let page = await get(api, "/federate?match[]=zz&match[]=up").text
        #expect(
            page == """
                # TYPE up untyped
                up{job="api",e_x="u",instance="",zone="eu"} 1 1000000000
                up{job="web",e_x="u",instance="",zone="eu"} 0 1000000000
                # TYPE zz untyped
                zz{A="1",instance="i",zone="own",e_x="u",job="none"} NaN 1000000500

                """)
        let named = try testAPI { _, state in state.external = Labels([(name: "instance", value: "me")]) }
        #expect(await get(named, "/federate?match[]=up").text.contains("up{job=\"api\",instance=\"me\"} 1"))
    }

    @Test(arguments: ["match[]=(", "match[]=up&match[]=up[5m]", "match[]=", "match[]=sum(up)"])
    func badSelectors(query: String) async throws {
        let answer = await (try testAPI()).respond(to: APIRequest(method: "GET", target: "/federate?" + query))
        #expect(answer.status == 400)
        #expect(answer.header("Content-Type") == "text/plain; charset=utf-8")
        #expect(String(decoding: answer.body, as: UTF8.self).contains("parse error"))
    }

    @Test func headers() async throws {
        let api = try testAPI()
        let request = APIRequest(method: "GET", target: "/federate?match[]=up", headers: ["accept": "text/plain;escaping=values"])
        let answer = await api.respond(to: request)
        #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8; escaping=values")
        #expect(await api.respond(to: APIRequest(method: "POST", target: "/federate?match[]=up")).status == 405)
        let own = await api.respond(to: APIRequest(method: "GET", target: "/metrics", headers: ["accept": "text/plain;escaping=dots"]))
        #expect(own.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8; escaping=dots")
    }

    @Test func notReadyYet() async throws {
        let api = try testAPI { _, state in state.isReady = false }
        #expect(await get(api, "/federate?match[]=up").status == 503)
    }

    private final class Broken: SeriesSource {
        struct Torn: Error, CustomStringConvertible { let description = "a chunk is torn" }
        func select(_ selection: Selection) throws -> any SeriesSet { throw Torn() }
        func labelNames(_ selection: Selection) throws -> [String] { [] }
        func labelValues(_ name: String, _ selection: Selection) throws -> [String] { [] }
    }

    @Test func failuresAreToldAndCounted() async throws {
        let api = try testAPI(source: Broken())
        let counted = "\nprometheus_web_federation_errors_total "
        #expect(await get(api, "/metrics").text.contains(counted + "0\n"))
        let answer = await get(api, "/federate?match[]=up")
        #expect(answer.status == 500)
        #expect(answer.text == "a chunk is torn\n")
        #expect(await get(api, "/federate?match[]=(").status == 400)
        let page = await get(api, "/metrics").text
        #expect(page.contains(counted + "1\n"))
        #expect(page.contains("\nprometheus_web_federation_warnings_total 0\n"))
    }

    // MARK: Large pages

    private static let many = MemorySource((0..<20_000).map { named("m", [(now, Double($0))], $0) })

    private static func named(_ name: String, _ samples: [(Timestamp, Double)], _ number: Int) -> MemorySource.Series {
        series([(name: "__name__", value: name + "\(number % 10)"), (name: "n", value: "\(number)")], samples)
    }

    private static func lines(_ bytes: [UInt8]) -> [Substring] { String(decoding: bytes, as: UTF8.self).split(separator: "\n") }

    @Test("a large page is sent while it is written, packed or not, and the connection goes on", arguments: [false, true])
    func largePage(isPacked: Bool) async throws {
        let server = try await RunningServer(Self.many)
        let client = try server.connect()
        let request = "GET /federate?match[]={__name__=~%22m.%22} HTTP/1.1\r\nHost: a\r\n" + (isPacked ? "Accept-Encoding: gzip\r\n" : "")
        try await client.send(request + "\r\n" + request + "Connection: close\r\n\r\n")
        let first = try #require(RawAnswer(try await client.receiveBytes()[...]))
        let second = try #require(RawAnswer(first.rest))
        #expect(first.body == second.body)
        #expect(first.head.contains("\r\nTransfer-Encoding: chunked\r\n"))
        #expect(first.head.contains("\r\nContent-Encoding: gzip\r\n") == isPacked)
        let lines = Self.lines(isPacked ? try Self.unpacked(first.body) : first.body)
        #expect(lines.count == 20_010)
        #expect(lines[0] == "# TYPE m0 untyped" && lines[1] == "m0{n=\"0\",instance=\"\"} 0 1000000500")
        #expect(Set(lines).count == lines.count)
        try await server.end()
    }

    @Test("the same in one piece where nothing can be sent piece by piece")
    func largePageByValue() async throws {
        let api = try testAPI(source: Self.many)
        let target = "/federate?match[]={__name__=~%22m.%22}"
        let plain = await api.respond(to: APIRequest(method: "GET", target: target))
        let packed = await api.respond(to: APIRequest(method: "GET", target: target, headers: ["accept-encoding": "gzip"]))
        #expect(packed.header("Content-Encoding") == "gzip")
        #expect(try Self.unpacked(packed.body) == plain.body)
        #expect(Self.lines(plain.body).count == 20_010)
    }

    @Test("a client that goes away from a large page holds nobody up")
    func unreadPage() async throws {
        let server = try await RunningServer(Self.many)
        for _ in 0..<5 {
            let client = try server.connect()
            try await client.send("GET /federate?match[]={__name__=~%22m.%22} HTTP/1.1\r\nHost: a\r\n\r\n")
            client.reset()
        }
        #expect(try await server.text("/federate?match[]=m0").contains("m0{n=\"19990\""))
        try await server.end()
    }

    /// Random pieces, some of them empty, are one gzip file.
    @Test func piecesPackedOneByOne() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed)
        var (all, packed): ([UInt8], [UInt8]) = ([], [])
        let packer = try #require(GzipStream())
        for number in 0..<40 {
            let count = [0, 1, 500, 70_000].randomElement(using: &random) ?? 0
            // Some that cannot be made smaller, so that much waits to be given.
            let piece = (0..<count).map { _ in number % 3 == 0 ? UInt8.random(in: 0...255, using: &random) : UInt8(ascii: "a") }
            all += piece
            packed += packer.compress(piece, isLast: number == 39)
        }
        #expect(try Self.unpacked(packed) == all)
    }

    /// By another program.
    private static func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("federation-" + UUID().uuidString)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sh", "-c", "exec gzip -dc < '\(file.path)'"]
        process.standardOutput = output
        try process.run()
        let all = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return [UInt8](all)
    }
}
