import Model
import Testing

@testable import Notifier

@Suite("Grouping and repeating")
struct GroupingTests {
    @Test("a group waits, tells what is new at its interval, repeats, and tells the end")
    func wholeLife() throws {
        var simulation = try Simulation.simple()
        try simulation.fire("alertname=A,i=1", at: 0)
        try simulation.fire("alertname=A,i=2", at: 0.5)
        try simulation.fire("alertname=A,i=3", at: 1.5)
        try simulation.resolve("alertname=A,i=1", at: 4)
        try simulation.resolve("alertname=A,i=2", "alertname=A,i=3", at: 12)
        simulation.advance(to: 60)
        #expect(
            simulation.told == [
                .init(at: 1, receiver: "ops", reason: .first, firing: ["A 1", "A 2"], resolved: []),
                .init(at: 3, receiver: "ops", reason: .newAlerts, firing: ["A 1", "A 2", "A 3"], resolved: []),
                .init(at: 5, receiver: "ops", reason: .someResolved, firing: ["A 2", "A 3"], resolved: ["A 1"]),
                .init(at: 11, receiver: "ops", reason: .repeated, firing: ["A 2", "A 3"], resolved: []),
                .init(at: 13, receiver: "ops", reason: .allResolved, firing: [], resolved: ["A 2", "A 3"]),
            ])
    }

    @Test("a group that has been empty for a while is gone: what comes then waits anew")
    func emptyGroupsGo() throws {
        var simulation = try Simulation.simple()
        try simulation.fire("alertname=A", at: 0)
        try simulation.resolve("alertname=A", at: 2)
        // The group still beats every 2 s here, and is swept at 30 s.
        try simulation.fire("alertname=A", at: 20.5)
        try simulation.resolve("alertname=A", at: 22)
        try simulation.fire("alertname=A", at: 60.5)
        simulation.advance(to: 62)
        #expect(simulation.told.map(\.at) == [1, 3, 21, 23, 61.5])
    }

    @Test("who does not want to hear of resolved alerts is told of the others alone, and again when one comes back")
    func withoutResolved() throws {
        var simulation = try Simulation.simple(integrations: "[{url: 'http://hook', send_resolved: false}]")
        try simulation.fire("alertname=A,i=1", "alertname=A,i=2", at: 0)
        try simulation.resolve("alertname=A,i=1", at: 2)
        try simulation.fire("alertname=A,i=3", at: 3.5)
        try simulation.resolve("alertname=A,i=2", "alertname=A,i=3", at: 6)
        try simulation.fire("alertname=A,i=1", at: 8)
        simulation.advance(to: 10)
        #expect(simulation.told.map(\.firing) == [["A 1", "A 2"], ["A 2", "A 3"], ["A 1"]])
        #expect(simulation.told.allSatisfy { $0.resolved.isEmpty })
    }

    @Test("an hour of waiting, a week of repeating: thousands of steps without a clock")
    func week() throws {
        var simulation = try Simulation(
            """
            route: {receiver: ops, group_by: ['...'], group_wait: 1h, group_interval: 5m, repeat_interval: 4h}
            receivers: [{name: ops, webhook_configs: [{url: 'http://hook'}]}]
            """)
        for minute in 0..<20 { try simulation.fire("alertname=A,i=\(minute)", at: Double(minute * 60)) }
        simulation.advance(to: 7 * 86_400)
        // Each at an hour, then every 4 h and 5 min, since at 4 h exactly not more than 4 h have passed.
        #expect(simulation.told.count == 20 * 41)
    }

    @Test("the same alerts in the same order give the same notifications, however time is cut")
    func deterministic() throws {
        func run(step: Double) throws -> [Simulation.Told] {
            var simulation = try Simulation.simple()
            for round in 0..<30 {
                try simulation.fire("alertname=A,i=\(round % 7)", "alertname=B,i=\(round % 3)", at: Double(round) * 1.25)
                if round % 4 == 3 { try simulation.resolve("alertname=A,i=\(round % 5)", at: Double(round) * 1.25 + 0.1) }
                for part in 1...3 { simulation.advance(to: Double(round) * 1.25 + 0.1 + step * Double(part)) }
            }
            return simulation.told
        }
        #expect(try run(step: 0.01) == run(step: 0.3))
    }

    // MARK: Muting

    @Test("a silence holds back what it matches and nothing else, and when it ends the rest is told")
    func silenced() throws {
        var simulation = try Simulation.simple()
        try simulation.silence("i=1", id: "one", until: 4, at: 0)
        try simulation.fire("alertname=A,i=1", "alertname=A,i=2", at: 0)
        simulation.advance(to: 6)
        #expect(simulation.told.map(\.firing) == [["A 2"], ["A 1", "A 2"]])
        #expect(simulation.told.map(\.at) == [1, 5])
    }

    @Test("an alert that both sides of a rule match inhibits neither itself nor its like, but others")
    func inhibition() throws {
        var simulation = try Simulation.simple(
            "inhibit_rules: [{source_matchers: [severity=~\"c.*\"], target_matchers: [severity=~\"c.*|w\"], equal: [i]}]")
        try simulation.fire(
            "alertname=A,i=1,severity=c", "alertname=B,i=1,severity=c2", "alertname=C,i=1,severity=w", "alertname=D,i=2,severity=w", at: 0)
        simulation.advance(to: 2)
        #expect(simulation.told.map(\.firing) == [["A 1 c"], ["B 1 c2"], ["D 2 w"]])
        try simulation.resolve("alertname=A,i=1,severity=c", "alertname=B,i=1,severity=c2", at: 2)
        simulation.advance(to: 4)
        #expect(simulation.told.suffix(1).map(\.firing) == [["C 1 w"]])
    }

    @Test("labels that both lack count as equal")
    func inhibitionWithoutLabel() throws {
        var simulation = try Simulation.simple("inhibit_rules: [{source_matchers: [severity=c], target_matchers: [severity=w], equal: [zone]}]")
        try simulation.fire("alertname=A,severity=c", "alertname=B,severity=w", "alertname=C,severity=w,zone=z", at: 0)
        simulation.advance(to: 2)
        #expect(simulation.told.map(\.firing) == [["A c"], ["C w z"]])
    }

    // MARK: Reloading

    @Test("after a reload groups begin anew, but nobody is told again what the log says they know")
    func reload() throws {
        let text = """
            route: {receiver: ops, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 5s}
            receivers: [{name: ops, webhook_configs: [{url: 'http://hook'}]}]
            """
        var simulation = try Simulation(text)
        try simulation.fire("alertname=A,i=1", at: 0)
        try simulation.reload(text, at: 2)
        try simulation.fire("alertname=A,i=2", at: 2.5)
        simulation.advance(to: 5)
        #expect(simulation.told.map(\.at) == [1, 4] && simulation.told.last?.firing == ["A 1", "A 2"])
    }

    @Test("what was underway to a receiver that a reload removed is given up")
    func reloadWithoutReceiver() throws {
        var simulation = try Simulation.simple()
        simulation.outcome = { _ in nil }
        try simulation.fire("alertname=A", at: 0)
        simulation.advance(to: 1)
        #expect(simulation.kept.state.deliveries.count == 1)
        try simulation.reload("route: {receiver: other}\nreceivers: [{name: other}]\n", at: 2)
        #expect(simulation.kept.state.deliveries.isEmpty && simulation.core.state.deliveries.isEmpty)
    }
}
