import Model
import PromQL
import Runtime
import Synchronization
import TSDB
import Testing

@testable import HTTPAPI

/// What clients ask of tiers, and are told of them.
struct TierTests {
    @Test(
        "the coarsest resolution that may answer",
        arguments: [
            ("query?query=up&time=4", Int64(0)), ("query?query=up&time=4&max_source_resolution=5m", 300_000),
            ("query?query=up&time=4&max_source_resolution=3600", 3_600_000), ("query?query=up&time=4&max_source_resolution=auto", 0),
            ("query?query=up&time=4&max_source_resolution=0s", 0),
            ("query_range?query=up&start=0&end=90000&step=1500&max_source_resolution=auto", 300_000),
            ("query_range?query=up&start=0&end=90000&step=1500&max_source_resolution=1h", 3_600_000),
            ("query_range?query=up&start=0&end=90000&step=1500", 0),
        ])
    func resolutions(path: String, coarsest: Int64) async throws {
        let source = HourSource()
        #expect(await get(try api(source), "/api/v1/" + path).status == 200)
        #expect(source.coarsest.withLock { $0 } == coarsest)
    }

    @Test("samples by tier are told where all statistics are wanted, and only there")
    func statistics() async throws {
        let api = try api(HourSource())
        let path = "/api/v1/query?query=sum_over_time(up[4h])&time=14400"
        let all = await get(api, path + "&stats=all").text
        #expect(all.contains(#""totalQueryableSamples":5,"peakSamples":5,"samplesByTier":{"raw":2,"5m":0,"1h":3}"#), "\(all)")
        #expect(all.contains(#""value":[14400,"38"]"#), "\(all)")
        #expect(!(await get(api, path + "&stats=1").text).contains("samplesByTier"))
    }

    @Test("queries from other data are known apart")
    func quickness() {
        let keys = [SourceResolution.finest, .auto, .upTo(300_000)].map { QuickQueries.Key(AskedQuery(instant: "up", at: 5, $0)) }
        #expect(Set(keys).count == 3)
        #expect(QuickQueries.Key(AskedQuery(instant: "up", at: 5)) == keys[0])
    }

    private func api(_ source: HourSource) throws -> API {
        try API(
            options: HTTPServerOptions(), engine: Engine(), source: source, state: TestState(), registry: MetricsRegistry(), clock: FixedClock())
    }
}

/// One series: windows of three hours with a sum of 12 each, and raw samples of 1 behind them.
private final class HourSource: SeriesSource {
    let coarsest = Mutex<Int64>(-1)

    func select(_ selection: Selection) throws -> any SeriesSet {
        coarsest.withLock { $0 = selection.coarsest }
        return HourSet()
    }

    func labelNames(_ selection: Selection) throws -> [String] { [] }
    func labelValues(_ name: String, _ selection: Selection) throws -> [String] { [] }
}

private final class HourSet: TieredSeriesSet {
    private static let hour: Int64 = 3_600_000
    var count: Int { 1 }

    func labels(_ index: Int) -> Labels { Labels([(name: "__name__", value: "up")]) }
    func spans(_ index: Int) -> TierSpans { TierSpans([TierSpan(start: .min, end: 3 * Self.hour, tier: .hour)]) }
    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {}
    func readHistogramWindows(_ index: Int, from: Timestamp, through: Timestamp, into windows: inout [HistogramAggregate]) throws {}

    func readWindows(
        _ index: Int, from: Timestamp, through: Timestamp, _ parts: AggregateParts, into column: AggregateColumn, tail: SampleColumn
    ) throws {
        for end in [1, 2, 3] {
            var window = Aggregate(Sample(time: Int64(end) * Self.hour - 1000, value: 4))
            (window.end, window.count, window.firstTime, window.sum) = (Int64(end) * Self.hour, 3, window.lastTime - 2000, 12)
            column.append(window)
        }
        for minute in [1, 2] { tail.append(3 * Self.hour + Int64(minute) * 60_000, 1) }
    }
}
