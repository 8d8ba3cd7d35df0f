import Model
import PromQL
import Synchronization
import TSDB

/// One test: a storage of its own, filled step by step, the rules evaluated at each.
struct RuleTestRun {
    private let test: RuleTestFile.Case
    private let interval: Int64
    private let isFuzzy: Bool
    private let head: Head
    private let clock: TestClock
    private let engine: Engine
    private let groups: [RuleGroupRunner]

    init(_ test: RuleTestFile.Case, _ file: RuleTestFile, _ groups: [RuleGroup], _ templates: any TemplateExpander, _ features: PromQLFeatures) {
        self.test = test
        interval = file.evaluationInterval
        isFuzzy = file.isFuzzy
        clock = TestClock()
        var headOptions = HeadOptions()
        headOptions.futureTolerance = nil
        headOptions.outOfOrderWindow = 0
        head = Head(options: headOptions, clock: clock)
        var options = EngineOptions()
        options.features = features
        options.defaultSubqueryStep = interval
        engine = Engine(options: options)
        let environment = RuleEnvironment(
            clock: clock, querier: EngineQuerier(engine, over: head), storage: head, source: head, templates: templates, sink: NoSink())
        let defaults = RuleDefaults(interval: test.interval, external: test.external)
        self.groups = groups.map { RuleGroupRunner($0, defaults, environment, nil, stop: StopSignal(), isRestored: true) }
    }

    /// What is wrong; nothing if the test passes.
    func problems() -> [String] {
        do {
            var input = try RuleTestInput(test)
            var problems: [String] = []
            for time in stride(from: test.start, through: test.start + test.end, by: Int64.Stride(interval)) {
                clock.set(time)
                try input.append(until: time, to: head)
                let failed = evaluate(at: time)
                if !failed.isEmpty { return problems + failed }
                let due = test.alerts.filter { test.start + $0.time >= time && test.start + $0.time < time + interval }
                problems += due.flatMap { check($0) }
            }
            return problems + test.queries.flatMap { check($0) }
        } catch {
            return ["\(error)"]
        }
    }

    private func evaluate(at time: Timestamp) -> [String] {
        for group in groups { group.evaluate(at: time) }
        return groups.flatMap(\.report.rules).filter { $0.health == .err }.map { rule in
            "rule: \(rule.name), time: \(PromDuration.format(time - test.start)), err: \(rule.lastError)"
        }
    }

    // MARK: Alerts

    private func check(_ expected: RuleTestFile.ExpectedAlerts) -> [String] {
        let rules = groups.flatMap(\.report.rules).filter { $0.alerting != nil && sameBytes($0.name, expected.name) }
        let firing = rules.flatMap { $0.alerting?.alerts ?? [] }.filter { $0.state == .firing }
        let got = firing.map { describe($0.labels, Labels($0.annotations)) }.sorted(by: precedes)
        let wanted = expected.alerts.map { describe($0.labels, $0.annotations) }.sorted(by: precedes)
        if got.elementsEqual(wanted, by: sameBytes) { return [] }
        return ["alertname: \(expected.name), time: \(PromDuration.format(expected.time)),\n  exp: \(list(wanted))\n  got: \(list(got))"]
    }

    private func describe(_ labels: Labels, _ annotations: Labels) -> String { "Labels:\(labels) Annotations:\(annotations)" }

    private func list(_ lines: [String]) -> String { lines.isEmpty ? "nothing" : lines.joined(separator: "\n       ") }

    // MARK: Queries

    private func check(_ expected: RuleTestFile.ExpectedAnswer) -> [String] {
        let time = PromDuration.format(expected.time)
        do {
            let answer = try engine.instant(expected.query, at: test.start + expected.time, over: head)
            guard let vector = answer.value.asVector else { throw RuleFailure.noVector }
            let got = vector.map { Wanted(labels: $0.labels, value: $0.alertValue, histogram: $0.histogram) }.sorted()
            let wanted = try expected.samples.map { sample in
                Wanted(
                    labels: try SeriesNotation.labels(sample.labels), value: sample.value,
                    histogram: sample.histogram.isEmpty ? nil : try Self.histogram(sample.histogram))
            }.sorted()
            if got.elementsEqual(wanted, by: { $0.isSame($1, isFuzzy: isFuzzy) }) { return [] }
            return ["expr: \(quoted(expected.query)), time: \(time),\n  exp: \(list(wanted.map(\.text)))\n  got: \(list(got.map(\.text)))"]
        } catch {
            return ["expr: \(quoted(expected.query)), time: \(time), err: \(error)"]
        }
    }

    private static func histogram(_ text: String) throws -> FloatHistogram {
        let points = try SeriesNotation.points(text)
        guard points.count == 1, case .histogram(let histogram) = points[0] else {
            throw SeriesNotation.Malformed(description: "expected one histogram, got \(quoted(text))")
        }
        return histogram
    }

    private struct Wanted: Comparable {
        let labels: Labels
        let value: Double
        let histogram: FloatHistogram?

        static func < (a: Wanted, b: Wanted) -> Bool { a.labels < b.labels }
        static func == (a: Wanted, b: Wanted) -> Bool { a.labels == b.labels }

        var text: String { "\(labels) \(histogram == nil ? FloatFormat.general(value) : "a histogram")" }

        func isSame(_ other: Wanted, isFuzzy: Bool) -> Bool {
            guard labels == other.labels else { return false }
            switch (histogram, other.histogram) {
            case (let a?, let b?): return SeriesNotation.areSame(a, b)
            case (nil, nil): return value == other.value || isFuzzy && (value.nextUp == other.value || value.nextDown == other.value)
            default: return false
            }
        }
    }
}

/// What a test loads.
struct RuleTestInput {
    private struct Series {
        let labels: Labels
        let points: [SeriesNotation.Point]
    }

    private let series: [Series]
    private let start: Timestamp
    private let interval: Int64
    private var next = 0
    private let steps: Int

    init(_ test: RuleTestFile.Case) throws {
        start = test.start
        interval = test.interval
        series = try test.series.map { Series(labels: try SeriesNotation.labels($0.labels), points: try SeriesNotation.points($0.values)) }
        steps = series.map(\.points.count).max() ?? 0
    }

    /// Appends the samples that are not later than a time and were not appended yet.
    mutating func append(until time: Timestamp, to head: Head) throws(StorageError) {
        while next < steps, case let at = start + Int64(next) * interval, at <= time {
            var batch = AppendBatch()
            for one in series where next < one.points.count {
                switch one.points[next] {
                case .none: continue
                case .value(let value): batch.add(one.labels, at, value)
                case .histogram(let histogram): batch.add(one.labels, at, .fractional(histogram))
                }
            }
            _ = try head.append(&batch)
            next += 1
        }
    }
}

/// The time of the test.
private final class TestClock: Clock {
    private let time = Mutex<Timestamp>(0)

    func now() -> Timestamp { time.withLock { $0 } }
    func monotonic() -> Int64 { 0 }
    func set(_ now: Timestamp) { time.withLock { $0 = now } }
}

private struct NoSink: AlertSink {
    func send(_ alerts: [SentAlert]) {}
}
