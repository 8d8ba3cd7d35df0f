import Foundation
import PromQL
import Runtime
import Testing

@testable import HTTPAPI

/// The list of queries, and their ending by an administrator.
struct ActiveQueryTests {
    private let source = BlockingSource()

    private func api(isEnabled: Bool = true) throws -> API {
        var options = HTTPServerOptions()
        options.enableAdminAPI = isEnabled
        options.maxConcurrency = 1
        return try API(
            options: options, engine: Engine(), source: source, state: TestState(), registry: MetricsRegistry(), clock: FixedClock())
    }

    private func ask(_ api: API, _ target: String, client: String) -> Task<String, Never> {
        Task {
            let answer = await api.respond(to: APIRequest(method: "GET", target: "/api/v1/" + target, client: client))
            return "\(answer.status) " + String(decoding: answer.body, as: UTF8.self)
        }
    }

    private func end(_ api: API, _ id: String) async -> String {
        let answer = await api.respond(to: APIRequest(method: "DELETE", target: "/api/v1/admin/queries/" + id))
        return "\(answer.status) " + String(decoding: answer.body, as: UTF8.self)
    }

    private func list(_ api: API) async throws -> [[String: Any]] {
        let text = await get(api, "/api/v1/status/active_queries").text
        let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return ((answer?["data"] as? [String: Any])?["queries"] as? [[String: Any]]) ?? []
    }

    private static func refusal(_ status: Int, _ type: String, _ message: String) -> String {
        #"\#(status) {"status":"error","errorType":"\#(type)","error":"\#(message)"}"#
    }

    @Test("running and waiting queries are listed, and can be ended")
    func listedAndEnded() async throws {
        let api = try api()
        let running = ask(api, "query_range?query=count(slow)&start=1&end=31&step=10", client: "10.0.0.1:5")
        await source.reading()
        let waiting = ask(api, "query?query=slow&time=4", client: "10.0.0.2:6")
        try await until { try await list(api).count == 2 }
        let listed = try await list(api)
        #expect(listed.map { $0["query"] as? String } == ["count(slow)", "slow"])
        #expect(listed.map { $0["kind"] as? String } == ["range", "instant"])
        #expect(listed.map { $0["client"] as? String } == ["10.0.0.1:5", "10.0.0.2:6"])
        #expect(listed.map { $0["state"] as? String } == ["running", "queued"])
        #expect(listed.map { $0["startTime"] as? String } == ["1970-01-12T13:46:40.5Z", "1970-01-12T13:46:40.5Z"])
        #expect(listed.map { $0["ageSeconds"] as? Int } == [0, 0])
        let held = listed.map { ($0["bytes"] as? Int ?? -1, $0["peakBytes"] as? Int ?? -1) }
        #expect(held[0].0 > 0 && held[0].1 >= held[0].0 && held[1] == (0, 0))
        let ids = listed.map { "\($0["id"] as? Int ?? 0)" }
        #expect(await get(api, "/status").text.contains("count(slow)"))

        // What waits is answered at once; what runs, at its next series.
        #expect(await end(api, ids[1]) == "204 ")
        let ended = Self.refusal(499, "canceled", "query was canceled in query queue: it was ended by an administrator")
        #expect(await waiting.value == ended)
        #expect(await end(api, ids[0]) == "204 ")
        #expect(try await list(api).map { $0["state"] as? String } == ["ending"])
        source.letOneThrough()
        #expect(await running.value == ended.replacing("query queue", with: "query execution"))
        #expect(try await list(api).isEmpty)
        #expect(source.readings == 1)
    }

    @Test("only what is there can be ended, and only where it is allowed")
    func refusals() async throws {
        let (open, closed) = (try api(), try api(isEnabled: false))
        for id in ["7", "x", "-1", "99999999999999999999"] {
            let message = #"no query of the id \"\#(id)\" is running or waiting"#
            #expect(await end(open, id) == Self.refusal(404, "not_found", message))
        }
        #expect(await end(closed, "7") == Self.refusal(500, "unavailable", "admin APIs disabled"))
        #expect(await get(open, "/api/v1/admin/queries/7").status == 405)
    }
}
