import PromQL
import Runtime
import Synchronization
import Testing

@testable import HTTPAPI

/// Keeps the lines.
private final class Lines: QueryLog {
    let isOn: Bool
    private let all = Mutex<[String]>([])

    init(isOn: Bool = true) { self.isOn = isOn }

    func append(_ line: [UInt8]) { all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    var texts: [String] { all.withLock { $0 } }
}

/// A line for each query, in Prometheus's form.
struct QueryLogTests {
    private func api(_ log: Lines) throws -> API {
        try API(
            options: HTTPServerOptions(), engine: Engine(), source: BlockingSource(isOpen: true), state: TestState(), registry: MetricsRegistry(),
            clock: FixedClock(), queryLog: log)
    }

    private static func line(_ params: String, _ samples: Int, _ path: String, error: String = "") -> String {
        let timings =
            #"{"evalTotalTime":0,"resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":0,"execQueueTime":0,"execTotalTime":0}"#
        let stats = #"{"timings":\#(timings),"samples":{"totalQueryableSamples":\#(samples),"peakSamples":\#(samples)}}"#
        let request = #"{"clientIP":"10.0.0.1","method":"GET","path":"\#(path)"}"#
        let head = #""time":"1970-01-12T13:46:40.500Z","level":"INFO","source":"query log","msg":"promql query logged""#
        return #"{\#(head),"params":{\#(params)}\#(error),"stats":\#(stats),"spanID":"0000000000000000","httpRequest":\#(request)}"# + "\n"
    }

    private static let four = #""end":"1970-01-01T00:00:04.000Z","query":"slow","start":"1970-01-01T00:00:04.000Z","step":0"#
    private static let late =
        #","error":"query timed out in query execution: the limit is 0s, by the request's timeout""#

    private static let queries: [(path: String, lines: [String])] = [
        ("/api/v1/query?query=slow&time=4", [line(four, 3, "/api/v1/query")]),
        (
            "/api/v1/query_range?query=1&start=1&end=61.5&step=30",
            [line(#""end":"1970-01-01T00:01:01.500Z","query":"1","start":"1970-01-01T00:00:01.000Z","step":30"#, 0, "/api/v1/query_range")]
        ),
        ("/api/v1/query?query=slow&time=4&timeout=0", [line(four, 0, "/api/v1/query", error: late)]),
        (
            "/api/v1/query?query=1&time=4&timeout=0",
            [line(four.replacing("slow", with: "1"), 0, "/api/v1/query", error: late)]
        ),
        // No query comes of these.
        ("/api/v1/query?query=(", []), ("/api/v1/query?query=1&time=x", []), ("/api/v1/labels", []),
    ]

    @Test("a rule's query is logged with its group in the place of the request")
    func rules() {
        let log = Lines()
        for error in [nil, "no"] {
            RuleQueryRecord("slow", at: 4000, file: "a.yml", group: "g", evaluated: 0, samplesRead: 3, error: error).append(
                to: log, at: 1_000_000_500)
        }
        func expected(_ error: String) -> String {
            let request = Self.line(Self.four, 3, "", error: error)
            let place = request.firstRange(of: #""httpRequest""#)?.lowerBound ?? request.endIndex
            return request[..<place] + #""ruleGroup":{"file":"a.yml","name":"g"}}"# + "\n"
        }
        #expect(log.texts == [expected(""), expected(#","error":"no""#)])
    }

    @Test("queries are logged, failures too", arguments: queries)
    func logged(path: String, lines: [String]) async throws {
        let (log, off) = (Lines(), Lines(isOn: false))
        for log in [log, off] {
            _ = await (try api(log)).respond(to: APIRequest(method: "GET", target: path, client: "10.0.0.1:5"))
        }
        #expect(log.texts == lines)
        #expect(off.texts.isEmpty)
    }
}
