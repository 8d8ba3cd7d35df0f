import PromQL
import Runtime
import Synchronization
import Testing

@testable import HTTPAPI

/// What is refused says which limit it is over.
struct LimitTests {
    private static func refusal(_ type: String, _ message: String) -> String {
        #"{"status":"error","errorType":"\#(type)","error":"\#(message)"}"#
    }

    private func api(_ source: BlockingSource, _ change: (inout HTTPServerOptions) -> Void) throws -> API {
        var options = HTTPServerOptions()
        options.maxConcurrency = 1
        change(&options)
        return try API(
            options: options, engine: Engine(), source: source, state: TestState(), registry: MetricsRegistry(), clock: FixedClock())
    }

    @Test(
        "a query that takes too long says how long it might",
        arguments: [
            (Int64(120_000), "&timeout=0", "0s, by the request's timeout"), (120_000, "&timeout=1ms", "0.001s, by the request's timeout"),
            (1, "", "0.001s, by --query.timeout"), (1, "&timeout=1h", "0.001s, by --query.timeout"),
        ])
    func time(limit: Int64, parameter: String, told: String) async throws {
        let source = BlockingSource()
        let api = try api(source) { $0.queryTimeout = limit }
        let isAnswered = Atomic(false)
        async let asked = {
            defer { isAnswered.store(true, ordering: .relaxed) }
            return await get(api, "/api/v1/query?query=slow" + parameter)
        }()
        // It reads no further until its time is up, which may be before it has a thread.
        try await until {
            let isEnding = await get(api, "/api/v1/status/active_queries").text.contains(#""state":"ending""#)
            return isEnding || isAnswered.load(ordering: .relaxed)
        }
        source.letOneThrough()
        let answer = await asked
        #expect(answer.status == 503)
        let places = ["queue", "execution"].map { Self.refusal("timeout", "query timed out in query \($0): the limit is \(told)") }
        #expect(places.contains(answer.text))
    }

    @Test("a query that waits too long for its turn is told so")
    func timeInTheQueue() async throws {
        let source = BlockingSource()
        let api = try api(source) { _ in }
        let first = Task { await get(api, "/api/v1/query?query=count(slow)") }
        await source.reading()
        let second = await get(api, "/api/v1/query?query=slow&timeout=1ms")
        #expect(second.status == 503)
        #expect(second.text == Self.refusal("timeout", "query timed out in query queue: the limit is 0.001s, by the request's timeout"))
        for _ in 0..<3 { source.letOneThrough() }
        #expect(await first.value.status == 200)
    }

    @Test("more queries than may wait are refused", arguments: [0, 2])
    func waiting(places: Int) async throws {
        let source = BlockingSource()
        let api = try api(source) { $0.maxWaiting = places }
        let taken = (0...places).map { _ in Task { await get(api, "/api/v1/query?query=count(slow)").status } }
        try await until { await get(api, "/api/v1/status/active_queries").text.split(separator: #""id""#).count == places + 2 }
        let refused = await get(api, "/api/v1/labels")
        #expect(refused.status == 503)
        let limits = "1 are running and \(places) are waiting, which are the limits (--query.max-concurrency, --query.max-waiting)"
        #expect(refused.text == Self.refusal("timeout", "too many queries: \(limits)"))
        for _ in 0..<3 * (places + 1) { source.letOneThrough() }
        for task in taken { #expect(await task.value == 200) }
        #expect(await get(api, "/api/v1/labels").status == 200)
    }

    @Test("more samples or bytes than a query may hold are told with the limit", arguments: [(2, Int.max, "samples"), (Int.max, 64, "bytes")])
    func memory(samples: Int, bytes: Int, unit: String) async throws {
        var options = EngineOptions()
        options.maxSamples = samples
        options.maxBytes = bytes
        let api = try API(
            options: HTTPServerOptions(), engine: Engine(options: options), source: BlockingSource(isOpen: true), state: TestState(),
            registry: MetricsRegistry(), clock: FixedClock())
        let answer = await get(api, "/api/v1/query?query=slow")
        #expect(answer.status == 422)
        #expect(answer.text.contains("query processing would") && answer.text.contains(unit))
        #expect(answer.text.hasSuffix("and at most \(min(samples, bytes)) are allowed\"}"))
    }
}
