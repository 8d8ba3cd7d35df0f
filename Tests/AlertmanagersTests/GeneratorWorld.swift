import Alertmanagers
import Model
import TestKit
import PromQL
import Rules
import Runtime
import Scraping
import TSDB
import Testing

/// A whole alert generator on a simulated clock: samples every 15 seconds, rules every 30 in their own slots, and a receiver that notes what comes when.
final class GeneratorWorld {
    static let start: Timestamp = 1_700_000_000_000
    /// Milliseconds between two samples of a series.
    static let step: Int64 = 15_000
    static let url = "http://am:9093/api/v2/alerts"

    /// A series' values, one a step; nil: it ends there with a stale marker.
    struct Course {
        let series: String
        let values: [Double?]
    }

    /// What the receiver got about one alert.
    struct Message: Equatable {
        /// Milliseconds since the start.
        let time: Int64
        let isResolved: Bool
        let startsAt: Int64
        let endsAt: Int64
        let annotations: [String: String]
    }

    /// By the alerts' labels.
    private(set) var messages: [String: [Message]] = [:]
    /// Where API and series tell different things of the alerts.
    private(set) var disagreements: [String] = []
    /// The states that each alert had, in the order in which it had them, one each step.
    private(set) var states: [String: [String]] = [:]

    private let clock = ManualClock(GeneratorWorld.start)
    private let head: Head
    private let engine = Engine()
    private let carrier: FakeCarrier
    private let notifier: AlertNotifier
    private let manager: RuleManager

    init(rules: String) throws {
        var options = HeadOptions()
        options.outOfOrderWindow = 0
        head = Head(options: options, clock: clock)
        carrier = FakeCarrier(clock)
        notifier = AlertNotifier(NotifierSettings(carrier: carrier, clock: clock, externalURL: "http://me"))
        var section = DiscoverySection()
        section.staticGroups = [TargetGroup(source: "0", targets: [Labels([Label("__address__", "am:9093")])])]
        notifier.apply(AlertNotifier.Plan(alertmanagers: [AlertmanagerConfiguration(discovery: section)]))
        manager = RuleManager(
            RuleEnvironment(
                clock: clock, querier: EngineQuerier(engine, over: head), storage: head, source: head, templates: RuleTemplates(), sink: notifier))
        manager.update(try RuleFile.parse(Array(rules.utf8), file: "rules.yaml"), RuleDefaults(interval: 30_000))
    }

    /// Lets the courses run, and some minutes more without samples.
    func run(_ courses: [Course], minutesMore: Int) async throws {
        // Behind two evaluations, when a server writes the series of alerts.
        for _ in 0..<90 { try await second([]) }
        let begin = clock.now()
        let length = (courses.map(\.values.count).max() ?? 0) * 15 + minutesMore * 60
        for second in 0..<length {
            let samples = second % 15 == 0 ? Self.samples(courses, at: second / 15) : []
            try await self.second(samples, moves: second > 0)
            for request in carrier.take() { note(request, begin) }
            if second % 15 == 14 { try compare() }
        }
    }

    private static func samples(_ courses: [Course], at index: Int) -> [(series: String, value: Double)] {
        courses.compactMap { course in
            guard index < course.values.count else { return nil }
            return (course.series, course.values[index] ?? StaleMarker.value)
        }
    }

    private func second(_ samples: [(series: String, value: Double)], moves: Bool = true) async throws {
        if moves { clock.set(clock.now() + 1000) }
        var batch = AppendBatch()
        for (series, value) in samples { batch.add(try PromQLParser.parseMetric(series).labels, clock.now(), value) }
        if !samples.isEmpty { #expect(try head.append(&batch).refused == 0) }
        manager.advance(to: clock.now())
        await notifier.drained()
    }

    private func note(_ request: FakeCarrier.Request, _ begin: Timestamp) {
        for alert in request.alerts {
            func texts(_ name: String) -> [String: String] {
                guard case .object(let members) = alert[name] else { return [:] }
                return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.text ?? "") })
            }
            func time(_ name: String) -> Int64 { alert[name]?.text.flatMap(RFC3339.parse).map { $0 - begin } ?? .min }
            let labels = Labels(texts("labels").map { Label($0.key, $0.value) })
            let now = request.time - begin
            let (startsAt, endsAt) = (time("startsAt"), time("endsAt"))
            messages["\(labels)", default: []].append(
                Message(time: now, isResolved: endsAt <= now, startsAt: startsAt, endsAt: endsAt, annotations: texts("annotations")))
        }
    }

    /// Rules, alerts and the series of alerts must tell the same.
    private func compare() throws {
        let reported = manager.report.flatMap(\.rules).compactMap(\.alerting).flatMap(\.alerts)
        let shown = reported.map { "\($0.labels) \($0.state.name)" }.sorted()
        for alert in reported { states["\(alert.labels)", default: []].append(alert.state.name) }
        guard case .vector(let samples) = try engine.instant("ALERTS", at: clock.now(), over: head).value else { return }
        let written = samples.map { sample in
            // A label `alertstate` of an alert's own is hidden by the series' one.
            "\(sample.labels.dropping(["__name__", "alertstate"])) \(sample.labels["alertstate"] ?? "")"
        }
        let comparable = reported.map { "\($0.labels.dropping(["alertstate"])) \($0.state.name)" }
        if written.sorted() != comparable.sorted() { disagreements.append("at \(clock.now()): \(shown) but \(written)") }
    }
}

/// Values in few words: `v(3)`, `v(9, 12)` for twelve of them.
func v(_ value: Double?, _ count: Int = 1) -> [Double?] { Array(repeating: value, count: count) }
