import Model
import Synchronization
import Testing

@testable import PromQL

@Suite struct LimitTests {
    @Test func tooManySamplesAreRefused() throws {
        var options = EngineOptions()
        options.maxSamples = 100
        let store = try Store("load 1s\n  m 0+1x200\n  n 1")
        let message = "query processing would load too many samples into memory in query execution: 201, and at most 100 are allowed"
        #expect(store.error("sum_over_time(m[5m])", at: 200_000, Engine(options: options)) == message)
        #expect(try store.instant("n", at: 0, Engine(options: options)) == ["n 1"])
    }

    @Test(arguments: ["m", "sum by (n) (m)", "topk(2, m)", "m + m", "sum_over_time(m[1m])", "quantile(0.5, m)", "m[3h]"])
    func tooMuchMemoryIsRefused(_ query: String) throws {
        let series = (0..<100).map { "  m{n=\"\($0)\"} 0+1x100\n" }.joined()
        let store = try Store("load 1m\n" + series)
        var options = EngineOptions()
        options.maxBytes = 20_000
        let meter = QueryMeter()
        let engine = Engine(options: options)
        do {
            if query.hasSuffix("]") {
                _ = try engine.instant(query, at: 6_000_000, over: store.source, QueryOptions(meter: meter))
            } else {
                _ = try engine.range(query, from: 0, through: 6_000_000, step: 60_000, over: store.source, QueryOptions(meter: meter))
            }
            Issue.record("no error")
        } catch {
            #expect(error.description.hasPrefix("query processing would take too much memory in query execution: "))
            #expect(error.description.hasSuffix(" bytes, and at most 20000 are allowed"))
            #expect(meter.peakBytes > 15_000)
            #expect(meter.bytes == 0)
        }
    }

    /// Of native histograms only results are kept, not all the samples they come from.
    @Test(arguments: ["rate(h[10m])", "h", "sum(rate(h[10m]))", "avg_over_time(h[10m]) * 2", "histogram_quantile(0.5, rate(h[10m]))"])
    func histogramsAreLetGo(_ query: String) throws {
        let buckets = (0..<100).map(String.init).joined(separator: " ")
        let series = (0..<20).map { "  h{n=\"\($0)\"} {{schema:0 sum:5 count:4950 buckets:[\(buckets)]}}x300\n" }.joined()
        let store = try Store("load 15s\n" + series)
        let meter = QueryMeter()
        let result = try Engine().range(query, from: 3_000_000, through: 4_200_000, step: 600_000, over: store.source, QueryOptions(meter: meter))
        #expect(result.samplesRead > 1_000)
        // A histogram has 1.7 kB; of one series at most 300 are read, and 20 series have 3 results each.
        #expect(meter.peakBytes > 100_000 && meter.peakBytes < 800_000, "\(meter.peakBytes) bytes")
    }

    @Test func whatAQueryHeldIsGivenBack() throws {
        let store = try Store("load 1m\n  m{n=\"1\"} 0+1x100\n  m{n=\"2\"} 0+1x100")
        let meter = QueryMeter()
        _ = try Engine().range("sum(m + m) / count(m > 1)", from: 0, through: 6_000_000, step: 60_000, over: store.source, QueryOptions(meter: meter))
        #expect(meter.peakBytes > 3_000)
        #expect(meter.bytes == 0)
    }

    static let extremes = [
        "vector(1)[100y:1ms]", "sum_over_time(vector(1)[100y:1ms])", "m @ 9223372036854775", "m offset 290y", "topk(9.3e18, m)", "m[290y]",
    ]

    @Test(arguments: extremes)
    func extremesAreRefusedOrAnswered(_ query: String) throws {
        let store = try Store("load 1s\n  m 1")
        for time: Timestamp in [0, .min, .max, 1 << 60, -(1 << 60)] { _ = try? store.instant(query, at: time) }
        _ = try? Engine().range(query, from: 0, through: 1 << 60, step: 1, over: store.source)
    }

    @Test func aStoppedQueryEnds() throws {
        let store = try Store("load 1s\n  m 1")
        let canceled = StopSignal()
        canceled.cancel()
        #expect(throws: QueryError.self) { try Engine().instant("m", at: 0, over: store.source, QueryOptions(stop: canceled)) }
        let expired = StopSignal()
        expired.expire()
        do {
            _ = try Engine().instant("m", at: 0, over: store.source, QueryOptions(stop: expired))
        } catch {
            #expect(error.description == "query timed out in query execution")
        }
    }

    @Test func samplesReadAreCounted() throws {
        let store = try Store("load 1s\n  m 0+1x99\n  n 0+1x99")
        #expect(try Engine().instant("sum(sum_over_time(m[50s])) + sum(sum_over_time(n[50s]))", at: 99_000, over: store.source).samplesRead == 100)
    }

    @Test func identicalSelectorsAreReadOnce() throws {
        let store = try Store("load 1s\n  m 1 2 3")
        #expect(try Engine().range("m / m + m", from: 0, through: 2000, step: 1000, over: store.source).samplesRead == 3)
    }

    @Test(arguments: [("m[5m]", "range vector"), (#""text""#, "string")])
    func rangeQueriesNeedScalarsOrVectors(_ query: String, _ type: String) {
        do {
            _ = try Engine().range(query, from: 0, through: 10, step: 1, over: ArraySource())
            Issue.record("no error")
        } catch {
            #expect(error.description == "invalid expression type \"\(type)\" for range query, must be Scalar or instant Vector")
        }
    }

    /// A client that goes away must not be computed for, though what it wants is a single series.
    @Test(arguments: ["stddev_over_time(m[5000s])", "rate(m[5000s])", "delta(m[5000s] anchored)", "avg_over_time(m[5000s:1s])"])
    func oneLongSeriesCanBeStopped(_ query: String) throws {
        let store = try Store("load 1s\n  m 0+1x6000")
        let looks = Atomic(0)
        let stop = StopSignal { looks.add(1, ordering: .relaxed).newValue > 4 }
        do {
            _ = try experimentalEngine.range(query, from: 5_000_000, through: 6_000_000, step: 250, over: store.source, QueryOptions(stop: stop))
            Issue.record("no error after \(looks.load(ordering: .relaxed)) looks")
        } catch {
            #expect(error.description == "query was canceled in query execution")
        }
    }
}
