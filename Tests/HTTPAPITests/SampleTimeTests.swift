import HTTPAPI
import Model
import PromQL
import Runtime
import TSDB
import Testing

/// Times are written once for all series that have the same ones.
struct SampleTimeTests {
    @Test("each series has its own times, whether others have the same or not")
    func ownTimes() async throws {
        let start: Timestamp = 999_999_000
        let times: [[Timestamp]] = [[0, 500], [0, 500], [0, 500], [1, 500], [1, 500], [0, 500, 1000], [], [0, 500, 1000], [0, 500]]
        let series = times.enumerated().map { number, times in
            MemorySource.Series(
                labels: Labels([(name: "__name__", value: "m"), (name: "n", value: "\(number)")]),
                samples: times.map { Sample(time: start + $0, value: Double(number) + 0.1) })
        }
        let api = try API(
            options: HTTPServerOptions(), engine: Engine(), source: MemorySource(series), state: TestState(), registry: MetricsRegistry(),
            clock: FixedClock())
        let answer = await api.respond(to: APIRequest(method: "GET", target: "/api/v1/query?query=m[1h]"))
        let expected = times.enumerated().filter { !$0.element.isEmpty }.map { number, times in
            let texts: [Timestamp: String] = [0: "999999", 1: "999999.001", 500: "999999.500", 1000: "1000000"]
            let samples = times.map { "[\(texts[$0] ?? ""),\"\(number).1\"]" }.joined(separator: ",")
            return #"{"metric":{"__name__":"m","n":"\#(number)"},"values":[\#(samples)]}"#
        }
        #expect(
            String(decoding: answer.body, as: UTF8.self)
                == #"{"status":"success","data":{"resultType":"matrix","result":["# + expected.joined(separator: ",") + "]}}")
    }
}
