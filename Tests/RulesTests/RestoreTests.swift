import TestKit
import Model
import Rules
import TSDB
import Testing

@Suite("Alerts after a restart")
struct RestoreTests {
    /// Minutes that an alert was pending, the outage, and when it must be active since, in minutes: before the outage's start or after the restoring.
    struct Case: Sendable {
        let hold: Int64
        let before: Int
        let outage: Int64
        /// Minutes from the restoring until it fires; nil: it begins anew.
        let firesIn: Int64?
    }

    @Test(
        "since when an alert counts as active",
        arguments: [
            // `for` below the grace period: not restored.
            Case(hold: 9, before: 5, outage: 3, firesIn: nil),
            // It was firing.
            Case(hold: 10, before: 12, outage: 3, firesIn: 0),
            // Little was left: the grace period.
            Case(hold: 20, before: 15, outage: 3, firesIn: 10),
            // Much was left: the outage does not count.
            Case(hold: 60, before: 10, outage: 30, firesIn: 50),
            // The outage was too long.
            Case(hold: 60, before: 10, outage: 70, firesIn: nil),
        ])
    func restore(_ one: Case) throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1, for: \(one.hold)m, labels: {l: '{{ $labels.i }}', m: n}}"))
        try world.warmUp()
        for _ in 0...one.before { try world.step(["x{i=\"a\"}": 1]) }
        world.clock.set(world.now + (one.outage - 1) * 60_000)
        world.restart()
        let restarted = world.now + 60_000
        try world.step(["x{i=\"a\"}": 1])
        #expect(try world.query("ALERTS offset 0s") == [] || one.outage < 5)
        try world.step(["x{i=\"a\"}": 1])
        let since = try #require(world.alerts.first?.activeAt)
        guard let firesIn = one.firesIn else {
            #expect(since == restarted)
            return
        }
        let fires = max(since + one.hold * 60_000, world.now)
        #expect(fires == world.now + firesIn * 60_000)
        try world.step(["x{i=\"a\"}": 1])
        #expect(try world.query("ALERTS_FOR_STATE") == [#"ALERTS_FOR_STATE{alertname="A", i="a", l="a", m="n"} \#(since / 1000)"#])
    }

    @Test("an alert that had ended is not restored")
    func ended() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1, for: 30m}"))
        try world.warmUp()
        for value in [1.0, 1, 0, 1] { try world.step(["x{i=\"a\"}": value]) }
        try world.step(["x{i=\"a\"}": 0])
        world.restart()
        try world.step(["x{i=\"a\"}": 1])
        let since = world.now
        try world.step(["x{i=\"a\"}": 1])
        #expect(world.alerts.first?.activeAt == since)
    }

    @Test("groups that a reload brings restore nothing, and write from their first evaluation")
    func reload() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1, for: 30m}"))
        try world.load(oneGroup("- {alert: B, expr: x == 1, for: 30m}"))
        try world.step(["x{i=\"a\"}": 1])
        #expect(try world.query("count(ALERTS)") == ["{} 1"])
    }
}
