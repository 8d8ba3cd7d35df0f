import Model
import TestKit
import PromQL
import Rules
import Runtime
import Synchronization
import TSDB
import Testing

/// Keeps what it is sent.
final class SentAlerts: AlertSink {
    private let all = Mutex<[SentAlert]>([])

    func send(_ alerts: [SentAlert]) { all.withLock { $0 += alerts } }

    func take() -> [SentAlert] {
        all.withLock { all in
            defer { all = [] }
            return all
        }
    }
}

/// Knows `{{ $labels.name }}`, `{{ $value }}` and `{{ query "…" }}`, which gives the first value.
struct SmallTemplates: TemplateExpander {
    struct Unknown: Error {}

    let expansions = Counter()

    func expand(_ text: String, _ context: TemplateContext) throws -> String {
        expansions.increment()
        var out = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            out += rest[..<open.lowerBound]
            out += try action(rest[open.upperBound..<close.lowerBound].filter { $0 != " " }, context)
            rest = rest[close.upperBound...]
        }
        return out + rest
    }

    private func action(_ text: String, _ context: TemplateContext) throws -> String {
        if text == "$value" { return FloatFormat.general(context.value) }
        if text.hasPrefix("$labels.") { return context.labels[String(text.dropFirst(8))] ?? "" }
        if text.hasPrefix("$externalLabels.") { return context.external.labels[String(text.dropFirst(16))] ?? "" }
        guard text.hasPrefix("query") else { throw Unknown() }
        let query = text.dropFirst(6).dropLast()
        return try context.query(String(query)).first.map { FloatFormat.general($0.sample.value) } ?? "nothing"
    }
}

/// A server's rules over a head in memory, on a clock that the test moves.
final class Simulation {
    static let start: Timestamp = 1_700_000_000_000

    let clock = ManualClock(Simulation.start)
    let head: Head
    let sent = SentAlerts()
    let transitions = ToldTransitions()
    let templates = SmallTemplates()
    let events = Mutex<[String]>([])
    private(set) var manager: RuleManager
    private let engine = Engine()
    private var options = RuleOptions()
    private var groups: [RuleGroup] = []
    var defaults = RuleDefaults(interval: 60_000)

    init(_ rules: String, options: RuleOptions = RuleOptions(), defaults: RuleDefaults = RuleDefaults(interval: 60_000)) throws {
        var headOptions = HeadOptions()
        headOptions.outOfOrderWindow = 0
        head = Head(options: headOptions, clock: clock)
        self.options = options
        self.defaults = defaults
        manager = RuleManager(Self.environment(clock, engine, head, templates, sent, transitions, options))
        try load(rules)
    }

    private static func environment(
        _ clock: ManualClock, _ engine: Engine, _ head: Head, _ templates: SmallTemplates, _ sent: SentAlerts,
        _ transitions: ToldTransitions, _ options: RuleOptions, report: @escaping @Sendable (RuleEvent) -> Void = { _ in }
    ) -> RuleEnvironment {
        var environment = RuleEnvironment(
            clock: clock, querier: EngineQuerier(engine, over: head), storage: head, source: head, templates: templates, sink: sent,
            options: options, report: report)
        environment.transitions = transitions
        return environment
    }

    /// Reads rules and puts them into force.
    func load(_ rules: String, file: String = "r.yml") throws {
        groups = try RuleFile.parse(Array(rules.utf8), file: file)
        manager.update(groups, defaults)
    }

    /// As a new process over the same storage.
    func restart() {
        manager = RuleManager(Self.environment(clock, engine, head, templates, sent, transitions, options))
        manager.update(groups, defaults)
    }

    var now: Timestamp { clock.now() }
    var first: RuleGroupRunner { manager.groups[0] }

    func append(_ series: String, _ value: Double, at time: Timestamp? = nil) throws {
        var batch = AppendBatch()
        batch.add(try PromQLParser.parseMetric(series).labels, time ?? now, value)
        #expect(try head.append(&batch).refused == 0)
    }

    /// Sets the values of series now, moves the clock by a step and evaluates every group at the new time.
    func step(_ values: KeyValuePairs<String, Double?> = [:], by interval: Int64 = 60_000) throws {
        clock.set(now + interval)
        for (series, value) in values {
            if let value { try append(series, value) }
        }
        for group in manager.groups { group.evaluate(at: now) }
    }

    /// Two evaluations, behind which a server writes the series of alerts.
    func warmUp() throws {
        for _ in 0..<2 { try step() }
    }

    /// The answer to a query now, a line a series.
    func query(_ text: String) throws -> [String] {
        guard case .vector(let samples) = try engine.instant(text, at: now, over: head).value else { return [] }
        return samples.map { "\($0.labels) \(FloatFormat.plain($0.sample.value))" }
    }

    /// The alerts' states by a label's value, as `a:firing b:pending`.
    func states(by label: String = "i") -> String {
        let all = manager.report.flatMap(\.rules).compactMap(\.alerting).flatMap(\.alerts)
        return all.map { "\($0.labels[label] ?? ""):\($0.state.name)" }.sorted().joined(separator: " ")
    }

    var alerts: [AlertReport] { manager.report.flatMap(\.rules).compactMap(\.alerting).flatMap(\.alerts) }

    /// What has been sent since the last call, as `a:firing b:resolved`.
    func takeSent() -> String {
        sent.take().map { "\($0.labels["i"] ?? ""):\($0.resolvedAt == nil ? "firing" : "resolved")" }.sorted().joined(separator: " ")
    }
}

/// A file with one group `g` of rules.
func oneGroup(_ rules: String, _ settings: String = "") -> String {
    let body = rules.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
    return "groups:\n  - name: g\n\(settings.isEmpty ? "" : "    " + settings + "\n")    rules:\n" + body
}
