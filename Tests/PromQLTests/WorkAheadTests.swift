import Model
import Runtime
import Synchronization
import Testing

@testable import PromQL

/// Part of a query's work on other threads.
@Suite struct WorkAheadTests {
    private final class Place: Sendable {
        let item = Mutex(-1)
    }

    /// Work of very different lengths, in rings of few and of many places.
    @Test(arguments: [1, 2, 3, 7, 64], [0, 1, 4])
    func itemsAreWorkedOnOnceAndUsedInOrder(_ places: Int, _ threads: Int) {
        let pool = WorkerPool(name: "test", threads: threads, queueLimit: 64)
        for round in 0..<8 {
            let works = Mutex([Int](repeating: 0, count: 500))
            let ahead = WorkAhead(0..<500, (0..<places).map { _ in Place() }) { item, place in
                for _ in 0..<(item &* 2_654_435_761 &+ round) % 97 * 2 { _ = works.withLock { $0.count } }
                place.item.withLock { $0 = item }
                works.withLock { $0[item] += 1 }
            }
            for _ in 0..<threads { pool.submit { [weak ahead] in ahead?.help() } }
            // Some give up before the end.
            let end = round % 4 == 3 ? 250 : 500
            var used: [Int] = []
            for item in 0..<end {
                used.append(ahead.take(item).item.withLock { $0 })
                ahead.giveBack(item)
            }
            ahead.close()
            #expect(used == Array(0..<end))
            let counts = works.withLock { $0 }
            #expect(counts[..<end].allSatisfy { $0 == 1 })
            #expect(counts[end...].allSatisfy { $0 == 0 || ($0 == 1 && end == 250) })
        }
    }

    /// More samples than are worth help, some series empty, stale or with histograms.
    private static let store = Result {
        var text = "load 15s\n"
        for series in 0..<64 {
            let name = "{instance=\"i\(series % 30)\", path=\"/p\(series / 30)\"}"
            text += "  requests_total\(name) 0+\(series % 7 + 1)x200 3+2x199\n"
            text += "  temperature\(name) \(series)-0.37x150 _x20 stale \(series)+0.11x220\n"
            if series % 11 == 0 { text += "  latency\(name) {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x300\n" }
            if series % 11 == 1 { text += "  latency\(name) 1+1x300\n" }
        }
        return try Store(text)
    }

    private static let queries = [
        "requests_total", "{__name__=~\".+\"}", "rate(requests_total[2m])", "sum by (path) (rate(requests_total[5m]))",
        "avg(temperature)", "stddev by (instance) (temperature)", "avg_over_time(temperature[10m])", "quantile_over_time(0.3, temperature[7m])",
        "max_over_time(sum by (path) (rate(requests_total[2m]))[10m:1m])", "topk(3, increase(requests_total[20m]))",
        "requests_total / on (instance, path) temperature", "sum(rate(requests_total[2m]) * 0.1)", "rate(latency[3m])",
        "count_values(\"v\", requests_total)", "label_replace(requests_total, \"a\", \"$1\", \"path\", \"/(.*)\")", "absent(requests_total)",
        "predict_linear(temperature[10m], 3600)", "timestamp(temperature)", "rate(temperature[2m])", "sum(latency)", "changes(temperature[30m])",
    ]

    @Test(arguments: queries)
    func answersAreTheSameToTheLastBit(_ query: String) throws {
        let store = try Self.store.get()
        var options = EngineOptions()
        let alone = try told(Engine(options: options), query, store)
        for threads in [1, 3] {
            options.helpers = WorkerPool(name: "test", threads: threads, queueLimit: 64)
            #expect(try told(Engine(options: options), query, store) == alone)
        }
    }

    private func told(_ engine: Engine, _ query: String, _ store: Store) throws -> String {
        let answer = try engine.range(query, from: 0, through: 6_000_000, step: 45_000, over: store.source)
        guard case .matrix(let series) = answer.value else { return "no matrix" }
        let lines = series.map { one in
            "\(one.labels) \(one.times) \(one.values.map(\.bitPattern)) \(one.histograms.map { "\($0.time) \($0.histogram)" })"
        }
        return (lines + answer.warnings + answer.infos + ["\(answer.samplesRead)"]).joined(separator: "\n")
    }

    @Test func aStoppedQueryEndsWithItsHelpers() throws {
        let store = try Self.store.get()
        var options = EngineOptions()
        options.helpers = WorkerPool(name: "test", threads: 2, queueLimit: 64)
        options.maxSamples = 2_000
        let engine = Engine(options: options)
        for _ in 0..<50 {
            #expect(throws: QueryError.self) { try engine.range("requests_total", from: 0, through: 6_000_000, step: 45_000, over: store.source) }
        }
    }
}
