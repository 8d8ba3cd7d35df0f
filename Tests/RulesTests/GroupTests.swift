import TestKit
import Model
import Rules
import Runtime
import Synchronization
import TSDB
import Testing

@Suite("Groups of rules")
struct GroupTests {
    @Test("recording rules: name, labels, markers")
    func recording() throws {
        let world = try Simulation(
            oneGroup("- {record: 'r:x', expr: x, labels: {job: '', i: new, rule: r}}\n- {record: one, expr: '1'}", "labels: {team: a, rule: g}"))
        try world.step(["x{i=\"a\",job=\"j\",z=\"1\"}": 5, "x{i=\"a\",job=\"j\",z=\"2\"}": 6])
        #expect(
            try world.query("{__name__=~\"r:x|one\"}") == [
                #"one{rule="g", team="a"} 1"#, #"r:x{i="new", rule="r", team="a", z="1"} 5"#, #"r:x{i="new", rule="r", team="a", z="2"} 6"#,
            ])
        try world.append("x{i=\"a\",job=\"j\",z=\"1\"}", StaleMarker.value, at: world.now + 60_000)
        try world.step(["x{i=\"a\",job=\"j\",z=\"2\"}": 7])
        #expect(try world.query("r:x") == [#"r:x{i="new", rule="r", team="a", z="2"} 7"#])
        #expect(world.first.numbers.lastSamples == 2)
    }

    @Test(
        "equal labels of two results, limits and bad expressions are errors of the rule",
        arguments: [
            ("- {record: r, expr: x, labels: {i: ''}}", "", "vector contains metrics with the same labelset after applying rule labels"),
            ("- {record: r, expr: x, labels: {i: ''}}", "limit: 1", "vector contains metrics with the same labelset after applying rule labels"),
            ("- {record: r, expr: x}", "limit: 1", "exceeded limit of 1 with 2 series"),
            ("- {record: r, expr: 'x * on () x'}", "", "found duplicate series for the match group {} on the right hand-side of the operation"),
            ("- {record: r, expr: 'x[5m]'}", "", "rule result is not a vector or scalar"),
            ("- {alert: A, expr: '\"text\"'}", "", "rule result is not a vector or scalar"),
        ])
    func errors(rules: String, settings: String, message: String) throws {
        let world = try Simulation(oneGroup(rules + "\n- {record: later, expr: '1'}", settings))
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        let rule = try #require(world.manager.report.first?.rules.first)
        #expect(rule.health == .err)
        #expect(rule.lastError.hasPrefix(message), "\(rule.lastError)")
        #expect(world.first.numbers.failures == 1)
        #expect(world.first.numbers.evaluations == 2)
        #expect(try world.query("{__name__=~\"r|later\"}") == ["later 1"])
    }

    @Test("a rule that failed keeps its series; it ends those that are gone when it succeeds again")
    func failureKeepsSeries() throws {
        let world = try Simulation(oneGroup("- {record: r, expr: 'x + on (m) group_left y'}"))
        try world.step(["x{i=\"a\",m=\"1\"}": 1, "x{i=\"b\",m=\"2\"}": 1, "y{m=\"1\"}": 1, "y{m=\"2\"}": 1])
        try world.step(["y{m=\"1\",dup=\"1\"}": 1])
        #expect(world.manager.report[0].rules[0].health == .err)
        #expect(try world.query("r").count == 2)
        try world.append("y{m=\"1\",dup=\"1\"}", StaleMarker.value, at: world.now + 1)
        try world.append("y{m=\"1\"}", StaleMarker.value, at: world.now + 1)
        try world.step()
        #expect(try world.query("r") == [#"r{i="b", m="2"} 2"#])
    }

    @Test("samples that the head refuses are counted, and the rest is stored")
    func refused() throws {
        let world = try Simulation(oneGroup("- {record: r, expr: x}"))
        try world.append("r{i=\"a\"}", 9, at: world.now + 120_000)
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        #expect(try world.query("r") == [#"r{i="b"} 1"#])
        #expect(world.manager.report[0].rules[0].lastError == "out of order sample")
        #expect(world.first.numbers.refusedSamples == 1)
    }

    @Test("query offset")
    func offset() throws {
        let world = try Simulation(oneGroup("- {record: r, expr: 'x'}\n- {record: r2, expr: 'r'}\n- {alert: A, expr: x == 1}", "query_offset: 1m"))
        try world.step(["x{i=\"a\"}": 1])
        #expect(try world.query("r") == [])
        try world.step(["x{i=\"a\"}": 2])
        #expect(try world.query("r2") == [#"r2{i="a"} 1"#])
        #expect(try world.query("timestamp(r2)") == [#"{i="a"} \#(FloatFormat.plain(Double(world.now - 60_000) / 1000))"#])
        #expect(world.alerts.first?.activeAt == world.now)
    }

    @Test("slots: an offset of the group's own, missed ones counted")
    func slots() throws {
        let world = try Simulation(oneGroup("- {record: r, expr: time()}"))
        let group = world.first
        world.manager.advance(to: world.now)
        #expect(group.numbers.iterations == 0)
        world.clock.set(world.now + 60_000)
        world.manager.advance(to: world.now)
        world.manager.advance(to: world.now)
        #expect(group.numbers.iterations == 1)
        let first = group.numbers.lastEvaluation
        #expect(first <= Double(world.now) / 1000 && first > Double(Simulation.start) / 1000)
        world.clock.set(world.now + 300_000)
        world.manager.advance(to: world.now)
        #expect(group.numbers.lastEvaluation == first + 300)
        #expect(group.numbers.iterationsMissed == 4)
        #expect(group.numbers.iterations == 6)
        // The same place in the interval after a restart.
        world.restart()
        world.clock.set(world.now + 60_000)
        world.manager.advance(to: world.now)
        #expect(world.first.numbers.lastEvaluation == first + 360)
    }

    @Test("a clock that is set back stops nothing for long")
    func clockSetBack() throws {
        let world = try Simulation(oneGroup("- {record: r, expr: time()}"))
        for jump in [60_000, -86_400_000, 60_000, 60_000, 60_000] as [Int64] {
            world.clock.set(world.now + jump)
            world.manager.advance(to: world.now)
        }
        #expect(world.first.numbers.iterations >= 3)
    }

    @Test("a reload keeps the state of rules with the same name and labels")
    func reload() throws {
        func file(_ rules: String) -> String { oneGroup("- {alert: A, expr: x == 1, for: \(rules)") }
        let world = try Simulation(file("3m, labels: {l: v}}"))
        try world.step(["x{i=\"a\"}": 1])
        let since = world.alerts.first?.activeAt
        try world.load(file("2m, labels: {l: v}, annotations: {new: text}}"))
        try world.step(["x{i=\"a\"}": 1])
        try world.step(["x{i=\"a\"}": 1])
        #expect(world.alerts.first?.activeAt == since)
        #expect(world.alerts.first?.annotations == [Label("new", "text")])
        #expect(world.states() == "a:firing")
        #expect(world.first.numbers.iterations == 3)
        // A longer `for` takes back that it fires.
        try world.load(file("10m, labels: {l: v}}"))
        try world.step(["x{i=\"a\"}": 1])
        #expect(world.states() == "a:pending")
        try world.load(file("10m, labels: {l: w}}"))
        try world.step(["x{i=\"a\"}": 1])
        #expect(world.alerts.first?.activeAt == world.now)
    }

    @Test("rules of the same name and labels are matched in their order")
    func reloadDuplicates() throws {
        let world = try Simulation(oneGroup("- {record: r, expr: 'x{i=\"a\"}'}\n- {record: r, expr: 'x{i=\"b\"}'}"))
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        try world.load(oneGroup("- {record: r, expr: 'x{i=\"a\"}'}"))
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        #expect(try world.query("r") == [#"r{i="a"} 1"#])
    }

    @Test("series of a removed group end two intervals later, unless another group goes on with them")
    func departures() throws {
        func group(_ name: String, _ rule: String) -> String { "  - {name: \(name), rules: [\(rule)]}\n" }
        let kept = group("a", "{record: kept, expr: vector(1)}")
        let world = try Simulation("groups:\n" + kept + group("b", "{record: gone, expr: vector(1)}, {record: moved, expr: vector(1)}"))
        try world.step()
        world.clock.set(world.now + 1000)
        try world.load("groups:\n" + kept + group("c", "{record: moved, expr: vector(2)}"))
        try world.step()
        world.manager.advance(to: world.now)
        #expect(try world.query("{__name__=~\"gone|moved\"}") == ["gone 1", "moved 2"])
        try world.step()
        world.manager.advance(to: world.now)
        #expect(try world.query("{__name__=~\"gone|moved|kept\"}") == ["kept 1", "moved 2"])
    }

    @Test("independent rules side by side give what they give in order")
    func concurrent() throws {
        var options = RuleOptions()
        options.helpers = WorkerPool(name: "test", threads: 3, queueLimit: 100)
        var rules = (0..<20).map { "- {record: 'a:\($0)', expr: 'x + \($0)'}" }
        rules += (0..<20).map { "- {record: 'b:\($0)', expr: 'a:\($0) * 2'}" } + ["- {record: total, expr: 'sum({__name__=~\"b:.*\"})'}"]
        rules += ["- {alert: A, expr: total > 0}", "- {record: alerts, expr: 'count(ALERTS{alertname=\"A\"})'}"]
        let world = try Simulation(oneGroup(rules.joined(separator: "\n")), options: options)
        for value in [1.0, 2, 3] {
            try world.step(["x": value])
            #expect(try world.query("total") == ["total \(FloatFormat.plain((20 * value + 190) * 2))"])
        }
        #expect(try world.query("alerts") == ["alerts 1"])
        #expect(world.first.numbers.evaluations == 43 * 3)
    }

    @Test("a scheduler evaluates by the clock and stops at once")
    func scheduler() async throws {
        let world = try Simulation(oneGroup("- {record: r, expr: time()}", "interval: 20ms"))
        let pool = WorkerPool(name: "rules", threads: 2, queueLimit: 10)
        let scheduler = RuleScheduler(world.manager, on: pool, clock: SystemClock())
        for _ in 0..<200 where world.first.numbers.iterations < 3 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(world.first.numbers.iterations >= 3)
        #expect(scheduler.stop())
        let count = world.first.numbers.iterations
        try await Task.sleep(for: .milliseconds(60))
        #expect(world.first.numbers.iterations == count)
    }
}
