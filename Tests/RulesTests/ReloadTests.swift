import Model
import TestKit
import PromQL
import Runtime
import Synchronization
import TSDB
import Testing

@testable import Rules

/// Reloads at moments, and with changes, that are easily forgotten.
@Suite("Reloads")
struct ReloadTests {
    @Test("a reload before alerts are restored after a restart does not make them begin anew", arguments: [0, 1, 2])
    func beforeRestoring(evaluations: Int) throws {
        let rule = "- {alert: A, expr: x == 1, for: 30m}"
        let world = try Simulation(oneGroup(rule))
        try world.warmUp()
        for _ in 0..<15 { try world.step(["x{i=\"a\"}": 1]) }
        let since = try #require(world.alerts.first?.activeAt)
        world.clock.set(world.now + 2 * 60_000)
        world.restart()
        for count in 0..<3 {
            if count == evaluations { try world.load(oneGroup(rule + "\n- {alert: New, expr: x == 2}\n- {record: r, expr: x}")) }
            try world.step(["x{i=\"a\"}": 1])
        }
        // The outage, and the two evaluations until it was restored, do not count.
        #expect(world.alerts.first?.activeAt == since + 4 * 60_000)
        #expect(try world.query("ALERTS_FOR_STATE").count == 1)
    }

    @Test(
        "a rule that comes to ask for other series remembers nothing of those before",
        arguments: [("keep", 7.0), ("alert", 7), ("alert", 1)])
    func otherSeries(policy: String, value: Double) throws {
        func rule(_ expr: String) -> String { oneGroup("- {alert: A, expr: '\(expr)', no_data: \(policy)}") }
        let world = try Simulation(rule("x > 5"))
        for _ in 0..<3 { try world.step(["x{i=\"a\"}": value, "y{k=\"b\"}": 1]) }
        #expect(world.states() == (value > 5 ? "a:firing" : ""))
        try world.load(rule("y > 5"))
        for _ in 0..<2 {
            try world.step(["x{i=\"a\"}": value, "y{k=\"b\"}": 1])
            #expect(world.states() == "")
        }
        // Of its own series it has a memory.
        try world.step(["y{k=\"b\"}": 6])
        try world.append("y{k=\"b\"}", StaleMarker.value, at: world.now + 1)
        try world.step()
        #expect(world.states(by: "k") == "b:firing")
    }

    @Test("another threshold over the same series changes nothing about those that are silent", arguments: ["keep", "alert"])
    func sameSeries(policy: String) throws {
        func rule(_ bound: Int) -> String { oneGroup("- {alert: A, expr: 'x > \(bound)', no_data: \(policy)}") }
        let world = try Simulation(rule(5))
        try world.step(["x{i=\"a\"}": 7])
        try world.append("x{i=\"a\"}", StaleMarker.value, at: world.now + 1)
        try world.step()
        try world.load(rule(6))
        try world.step()
        #expect(world.states() == "a:firing")
    }

    /// Calls a function when it is sent something for the first time.
    private final class Calling: AlertSink {
        private let body: Mutex<(@Sendable () -> Void)?> = Mutex(nil)

        func set(_ body: @escaping @Sendable () -> Void) { self.body.withLock { $0 = body } }

        func send(_ alerts: [SentAlert]) {
            let body = body.withLock { body in
                defer { body = nil }
                return body
            }
            body?()
        }
    }

    @Test("a reload waits for the rule that is being evaluated, and for no further one")
    func whileEvaluating() throws {
        let clock = ManualClock(Simulation.start)
        let head = Head(options: HeadOptions(), clock: clock)
        let sink = Calling()
        let manager = RuleManager(
            RuleEnvironment(
                clock: clock, querier: EngineQuerier(Engine(), over: head), storage: head, source: head, templates: SmallTemplates(), sink: sink))
        func groups(_ rules: String) throws -> [RuleGroup] { try RuleFile.parse(Array(oneGroup(rules).utf8), file: "r.yml") }
        manager.update(try groups("- {alert: A, expr: vector(1)}\n- {record: second, expr: vector(1)}"), RuleDefaults())
        let old = try #require(manager.groups.first)
        let new = try groups("- {record: third, expr: vector(1)}")
        let ended = Semaphore()
        sink.set {
            startThread {
                manager.update(new, RuleDefaults())
                ended.signal()
            }
            while !old.state.withLock({ $0.isRetired }) {}
        }
        old.evaluate(at: clock.now())
        ended.wait()
        for group in manager.groups { group.evaluate(at: clock.now() + 1) }
        #expect(try head.labelValues("__name__", Selection(matchers: [], from: 0, through: .max)) == ["third"])
    }
}
