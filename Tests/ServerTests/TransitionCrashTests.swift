import Catalog
import Foundation
import Model
import PromQL
import Rules
import Runtime
import TSDB
import TestKit
import Testing

@testable import Server

/// Real rules and a real catalog on a clock that the test moves; a crash takes what was in memory.
private final class CrashingServer {
    private static let rules = """
        groups:
          - name: g
            rules:
              - {alert: Now, expr: x > 0}
              - {alert: Later, expr: x > 1, for: 2m}
              - {alert: Kept, expr: x > 0, keep_firing_for: 2m}
        """

    private struct Deaf: AlertSink {
        func send(_ alerts: [SentAlert]) {}
    }

    private struct Plain: TemplateExpander {
        func expand(_ text: String, _ context: TemplateContext) throws -> String { text }
    }

    private let scratch: ScratchFolder
    private let clock = ManualClock(1_700_000_000_000)
    private let head: Head
    private let groups: [RuleGroup]
    private var generation = 0
    private var catalog: Catalog
    private var manager: RuleManager
    /// Since the last start.
    private(set) var evaluations = 0

    init() throws {
        scratch = try ScratchFolder()
        head = Head(options: HeadOptions(), clock: clock)
        groups = try RuleFile.parse(Array(Self.rules.utf8), file: "r.yml")
        (catalog, manager) = try Self.start(scratch.url.appending(path: "0").path, head, groups, clock)
    }

    private static func start(_ folder: String, _ head: Head, _ groups: [RuleGroup], _ clock: ManualClock) throws -> (Catalog, RuleManager) {
        let catalog = try Catalog(CatalogFolder.path(in: folder), files: RealFileSystem(), clock: clock, registry: MetricsRegistry()) { _ in }
        var environment = RuleEnvironment(
            clock: clock, querier: EngineQuerier(Engine(), over: head), storage: head, source: head, templates: Plain(), sink: Deaf())
        environment.transitions = AlertRecording(AlertHistory(try catalog.openAlerts()), catalog.recorder)
        let manager = RuleManager(environment)
        manager.update(groups, RuleDefaults(interval: 60_000))
        return (catalog, manager)
    }

    /// A minute later.
    func step(_ values: [Double]) throws {
        clock.set(clock.now() + 60_000)
        var batch = AppendBatch()
        for (index, value) in values.enumerated() {
            batch.add(Labels([(name: "__name__", value: "x"), (name: "i", value: "\(index)")]), clock.now(), value)
        }
        #expect(try head.append(&batch).refused == 0)
        for group in manager.groups { group.evaluate(at: clock.now()) }
        evaluations += 1
    }

    func flush() { catalog.flush() }

    /// What is committed goes on in a process of its own; the rest is gone.
    func crash() throws {
        let old = scratch.url.appending(path: "\(generation)").path
        generation += 1
        let new = scratch.url.appending(path: "\(generation)").path
        try CatalogReader(dataFolder: old, RealFileSystem()).copy(toDataFolder: new)
        catalog.close()
        (catalog, manager) = try Self.start(new, head, groups, clock)
        evaluations = 0
    }

    /// By alert, the states it went through.
    func record() throws -> [String: [String]] {
        catalog.flush()
        #expect(try catalog.verify().fault == nil)
        var states: [String: [String]] = [:]
        for record in try catalog.records(RecordQuery(kinds: [.transition], limit: .max)).records.sorted(by: { $0.number < $1.number }) {
            guard case .transition(let transition) = record.entry else { continue }
            let name = "\(transition.labels["alertname"] ?? "") \(transition.labels["i"] ?? "")"
            #expect(transition.from.rawValue == states[name]?.last ?? "inactive", "\(name): \(states[name] ?? []), then from \(transition.from)")
            states[name, default: []].append(transition.to.rawValue)
        }
        return states
    }

    /// As the rules have them now.
    func states() -> [String: String] {
        let alerts = manager.report.flatMap(\.rules).compactMap(\.alerting).flatMap(\.alerts)
        return Dictionary(alerts.map { ("\($0.labels["alertname"] ?? "") \($0.labels["i"] ?? "")", $0.state.name) }) { first, _ in first }
    }
}

@Suite("Transitions over crashes")
struct TransitionCrashTests {
    private static let alerts = 3

    @Test("whatever a crash takes, the record goes from state to state and ends where the rules are", arguments: 1...6)
    func anywhere(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let server = try CrashingServer()
        var values = Array(repeating: 0.0, count: Self.alerts)
        for _ in 0..<80 {
            if random.below(3) == 0 { values[random.below(Self.alerts)] = Double(random.below(4)) }
            try server.step(values)
            if random.below(2) == 0 { server.flush() }
            if random.below(8) == 0 { try server.crash() }
        }
        for _ in 0..<5 { try server.step(values) }
        let record = try server.record()
        #expect(record.compactMapValues { $0.last == "inactive" ? nil : $0.last } == server.states(), "seed \(seed)")
    }

    @Test("crashes of a server whose record is written leave no trace in it", arguments: 1...6)
    func written(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let (crashing, steady) = (try CrashingServer(), try CrashingServer())
        var values = Array(repeating: 0.0, count: Self.alerts)
        for _ in 0..<80 {
            // What comes and goes before the alerts are found again is not told apart from what goes on.
            if random.below(3) == 0, crashing.evaluations > 4 { values[random.below(Self.alerts)] = random.below(2) == 0 ? 0 : 3 }
            try crashing.step(values)
            try steady.step(values)
            crashing.flush()
            if random.below(10) == 0, crashing.evaluations > 4 { try crashing.crash() }
        }
        for _ in 0..<5 {
            try crashing.step(values)
            try steady.step(values)
        }
        #expect(try crashing.record() == steady.record(), "seed \(seed)")
    }
}
