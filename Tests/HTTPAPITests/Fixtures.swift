import Catalog
import Model
import PromQL
import Rules
import Runtime
import TSDB

@testable import HTTPAPI

/// A few series in memory.
final class MemorySource: SeriesSource {
    struct Series: Sendable {
        var labels: Labels
        var samples: [Sample]
        var histograms: [HistogramSample] = []

        var times: [Timestamp] { samples.map(\.time) + histograms.map(\.time) }
    }

    let series: [Series]
    let exemplars: [SeriesExemplars]

    init(_ series: [Series], exemplars: [SeriesExemplars] = []) {
        self.series = series.sorted { $0.labels < $1.labels }
        self.exemplars = exemplars.sorted { $0.labels < $1.labels }
    }

    func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) throws -> [SeriesExemplars] {
        exemplars.compactMap { series in
            guard selectors.contains(where: { $0.allSatisfy { $0.matches(series.labels[$0.name] ?? "") } }) else { return nil }
            let found = series.exemplars.filter { $0.time >= from && $0.time <= through }
            return found.isEmpty ? nil : SeriesExemplars(labels: series.labels, exemplars: found)
        }
    }

    func select(_ selection: Selection) throws -> any SeriesSet { MemorySet(matching(selection)) }

    func labelNames(_ selection: Selection) throws -> [String] {
        Set(matching(selection).flatMap { $0.labels.map(\.name) }).sorted(by: precedes)
    }

    func labelValues(_ name: String, _ selection: Selection) throws -> [String] {
        Set(matching(selection).compactMap { $0.labels[name] }).sorted(by: precedes)
    }

    private func matching(_ selection: Selection) -> [Series] {
        series.filter { one in
            one.times.contains { $0 >= selection.from && $0 <= selection.through }
                && selection.matchers.allSatisfy { $0.matches(one.labels[$0.name] ?? "") }
        }
    }
}

private final class MemorySet: SeriesSet {
    let series: [MemorySource.Series]
    init(_ series: [MemorySource.Series]) { self.series = series }
    var count: Int { series.count }
    func labels(_ index: Int) -> Labels { series[index].labels }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        for sample in series[index].samples where sample.time >= from && sample.time <= through { column.append(sample.time, sample.value) }
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        for sample in series[index].histograms where sample.time >= from && sample.time <= through {
            column.append(sample.time, .fractional(sample.histogram))
        }
    }
}

struct FixedClock: Clock {
    func now() -> Timestamp { 1_000_000_500 }
    func monotonic() -> Int64 { 0 }
}

struct TestState: ServerState {
    struct Refused: Error, CustomStringConvertible { let description = "line 3: unknown key" }

    var isReady = true
    var reloadFails = false
    var ruleGroups: [RuleGroupReport] = []
    var notifier: (any NotifierDesk)?
    var external = Labels.empty

    func targets() -> TargetsReport {
        let labels = Labels([(name: "instance", value: "a:1"), (name: "job", value: "<api>")])
        var target = TargetReport(
            discoveredLabels: Labels([(name: "__address__", value: "a:1")]), labels: labels, scrapePool: "api", scrapeURL: "http://a:1/metrics",
            lastError: "connection refused", lastScrape: 1_000_000_000, lastScrapeDuration: 0.0125, health: .down, scrapeInterval: 15_000,
            scrapeTimeout: 10_000)
        target.page = TargetReport.Page(
            bytes: 74_450, packedBytes: 10_756, samples: 1000, seriesAdded: 3, seriesRefused: 7, refusedMetrics: [("a_<total>", 5), ("b", 2)])
        let dropped = DroppedTargetReport(discoveredLabels: Labels([(name: "__address__", value: "b:1")]), scrapePool: "api")
        return TargetsReport(active: [target], dropped: [dropped], droppedCounts: ["api": 1])
    }

    func scrapePools() -> [String] { ["web", "api"] }
    func rules() -> [RuleGroupReport] { ruleGroups }
    func configuration(ofPool name: String) -> String? { name == "api" ? "job_name: api\n" : nil }

    func relabelSteps(of labels: Labels, inPool name: String) -> [RelabelStepReport]? {
        guard name == "api" else { return nil }
        let rule = JSONValue.object([.init("regex", .string("<(.*)>")), .init("action", .string("keep"))])
        return [RelabelStepReport(rule: rule, output: labels), RelabelStepReport(rule: rule, output: nil)]
    }

    func metadata() -> [MetadataReport] {
        let target = Labels([(name: "job", value: "api")])
        return [
            MetadataReport(metric: "up", metadata: Metadata(type: .gauge, help: "a < b"), target: target),
            MetadataReport(metric: "size_bytes", metadata: Metadata(type: .counter, help: "Size.", unit: "bytes"), target: target),
        ]
    }

    func configuration() -> String { "global: {}\n" }
    func externalLabels() -> Labels { external }
    func flags() -> [String: String] { ["web.x": "1", "config.file": "m.yml"] }
    func build() -> BuildReport { BuildReport(version: "3.5.0") }

    func runtime() -> RuntimeReport {
        RuntimeReport(
            startTime: 0, workingDirectory: "/", hostname: "h", serverTime: 1500, reloadSucceeded: true, lastReload: 0, corruptionCount: 0,
            threadCount: 4, processors: 2, storageRetention: "15d")
    }

    func tsdb(limit: Int) -> TSDBReport { TSDBReport(seriesCount: 2, minTime: 1, maxTime: 2, seriesByMetric: [.init("up", 2)]) }
    func reload() async throws { if reloadFails { throw Refused() } }
    func quit() {}
}

/// Series `up` and `odd` around 1,000,000 s, and `more`; or `source` in their stead.
func testAPI(
    more: [MemorySource.Series] = [], source: (any SeriesSource)? = nil, records: (any RecordsReading)? = nil,
    _ change: (inout HTTPServerOptions, inout TestState) -> Void = { _, _ in }
) throws -> API {
    var options = HTTPServerOptions()
    options.maxConcurrency = 2
    var state = TestState()
    change(&options, &state)
    func labels(_ pairs: KeyValuePairs<String, String>) -> Labels { Labels(pairs.map { (name: $0.key, value: $0.value) }) }
    let times = stride(from: Timestamp(999_900_000), through: 1_000_000_000, by: 10_000)
    let exemplars = [
        SeriesExemplars(
            labels: labels(["__name__": "up", "job": "api"]),
            exemplars: [
                Exemplar(labels: .empty, value: .nan, time: 1_000_000),
                Exemplar(labels: labels(["trace_id": "<b>"]), value: 0.67, time: 2_000_500),
            ]),
        SeriesExemplars(
            labels: labels(["__name__": "odd", "x": "y"]),
            exemplars: [Exemplar(labels: labels(["a": "1", "b": "2"]), value: -.infinity, time: 1000)]),
    ]
    let series: [MemorySource.Series] = [
        .init(labels: labels(["__name__": "up", "job": "api"]), samples: times.map { Sample(time: $0, value: 1) }),
        .init(labels: labels(["__name__": "up", "job": "web"]), samples: times.map { Sample(time: $0, value: 0) }),
        .init(labels: labels(["__name__": "odd", "a.b": "<\"\u{1}\u{2028}é"]), samples: times.map { Sample(time: $0, value: 1e-7) }),
    ]
    let source = source ?? MemorySource(series + more, exemplars: exemplars)
    return try API(
        options: options, engine: Engine(), source: source, state: state, registry: MetricsRegistry(), clock: FixedClock(), records: records)
}

func get(_ api: API, _ target: String, headers: RequestHeaders = [:]) async -> (status: Int, text: String) {
    let answer = await api.respond(to: APIRequest(method: "GET", target: target, headers: headers))
    return (answer.status, String(decoding: answer.body, as: UTF8.self))
}
