import Model
import Rules
import Runtime
import TSDB
import Testing

@Suite("States of alerts")
struct AlertStateTests {
    /// What a series' value is at each step (nil: no sample) and the state its alert must then have.
    struct Course: CustomTestStringConvertible, Sendable {
        let name: String
        let rule: String
        let values: [Double?]
        /// `-`: no alert, `p`: pending, `f`: firing.
        let states: String
        /// What is sent at each step: `f`, `r`, `-`.
        let sent: String

        var testDescription: String { name }
    }

    private static let courses = [
        Course(name: "without for: fires at once", rule: "", values: [0, 1, 1, 0, 1], states: "-ff-f", sent: "-f-rf"),
        Course(name: "for of one interval fires on the second evaluation", rule: "for: 1m", values: [1, 1, 1, 0], states: "pff-", sent: "-f-r"),
        Course(name: "for shorter than the interval too", rule: "for: 1s", values: [1, 1, 0], states: "pf-", sent: "-fr"),
        Course(name: "pending to inactive is never sent", rule: "for: 3m", values: [1, 1, 0, 1, 1, 1, 1], states: "pp-pppf", sent: "------f"),
        Course(
            name: "resend in the first evaluation behind the delay", rule: "", values: [1, 1, 1, 1, 1], states: "fffff", sent: "f-f-f"),
        Course(
            name: "keep_firing_for", rule: "keep_firing_for: 2m", values: [1, 0, 0, 0, 0], states: "fff--", sent: "f-fr-"),
        Course(
            name: "keep_firing_for begins anew when the condition is back", rule: "keep_firing_for: 2m", values: [1, 0, 1, 0, 0, 0],
            states: "fffff-", sent: "f-f-fr"),
        Course(
            name: "keep_firing_for does not keep pending ones", rule: "{for: 2m, keep_firing_for: 5m}", values: [1, 1, 0], states: "pp-", sent: "---"),
        Course(name: "no data is no breach", rule: "", values: [1, 1, nil, nil, nil, nil, nil, nil], states: "ffffff--", sent: "f-f-f-r-"),
        Course(
            name: "fires again while the resolution is still being sent, with for", rule: "for: 1m", values: [1, 1, 0, 1, 1], states: "pf-pf",
            sent: "-fr-f"),
    ]

    @Test("courses of values", arguments: courses)
    func course(_ course: Course) throws {
        let extra = course.rule.isEmpty ? "" : "  " + course.rule.trimmingBraces.replacingCommas + "\n"
        let world = try Simulation(oneGroup("- alert: A\n  expr: x == 1\n\(extra)  labels: {sev: page}\n"))
        var states = ""
        var sent = ""
        for value in course.values {
            try world.step(["x{i=\"a\"}": value])
            states += world.alerts.first.map { String($0.state.name.prefix(1)) } ?? "-"
            sent += world.sent.take().first.map { $0.resolvedAt == nil ? "f" : "r" } ?? "-"
        }
        #expect(states == course.states)
        #expect(sent == course.sent)
    }

    @Test("a resolved alert is sent for fifteen minutes and then no more")
    func resolvedRetention() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1}"))
        try world.step(["x{i=\"a\"}": 1])
        #expect(world.takeSent() == "a:firing")
        var last = 0
        var count = 0
        for minute in 0..<40 {
            try world.step(["x{i=\"a\"}": 0])
            if world.takeSent() == "a:resolved" {
                last = minute
                count += 1
            }
        }
        // At the resolution and every second minute, the delay being exceeded only then; the alert is dropped once it is older than 15 minutes.
        #expect(count == 8)
        #expect(last == 14)
        try world.step(["x{i=\"a\"}": 1])
        #expect(world.takeSent() == "a:firing")
    }

    @Test("what is sent")
    func payload() throws {
        let world = try Simulation(
            oneGroup("- {alert: A, expr: x > 1, for: 1m, labels: {sev: page}, annotations: {text: 'is {{ $value }}'}}"))
        for value in [2.0, 3, 4] { try world.step(["x{i=\"a\"}": value]) }
        let alert = try #require(world.sent.take().first)
        #expect("\(alert.labels)" == #"{alertname="A", i="a", sev="page"}"#)
        #expect(alert.annotations == [Label("text", "is 3")])
        #expect(alert.startsAt == Simulation.start + 120_000)
        #expect(alert.endsAt == alert.startsAt + 240_000)
        #expect(alert.query == "x > 1")
    }

    @Test("a rule's limit drops all its alerts")
    func limit() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1}", "limit: 1"))
        try world.step(["x{i=\"a\"}": 1])
        #expect(world.states() == "a:firing")
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        #expect(world.states() == "")
        let rule = try #require(world.manager.report.first?.rules.first)
        #expect(rule.health == .err)
        #expect(rule.lastError == "exceeded limit of 1 with 2 alerts")
        #expect(world.first.numbers.failures == 1)
    }

    @Test("equal labels of two alerts are an error, and nothing changes")
    func duplicates() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: 'x == 1', labels: {i: same}}"))
        try world.step(["x{i=\"a\"}": 1])
        _ = world.takeSent()
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        #expect(world.takeSent() == "")
        #expect(
            world.manager.report[0].rules[0].lastError == "vector contains metrics with the same labelset after applying alert labels")
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 0])
        #expect(world.takeSent() == "same:firing")
        #expect(world.alerts.first?.activeAt == Simulation.start + 60_000)
    }

    @Test("labels and annotations")
    func texts() throws {
        let world = try Simulation(
            oneGroup(
                """
                - alert: A
                  expr: x > 0
                  labels: {job: '', i: 'of {{ $labels.i }}', rule: '{{ $labels.rule }}', alertname: other, from: '{{ $externalLabels.region }}'}
                  annotations: {name: '{{ $labels.__name__ }}', plain: text, value: '{{ $value }}', bad: 'a {{ .Oops }}', asked: '{{ query "x" }}'}
                """, "labels: {group: g, from: group}"),
            defaults: RuleDefaults(interval: 60_000, external: ExternalIdentity(labels: Labels([Label("region", "eu")]))))
        try world.step(["x{i=\"a\",job=\"j\"}": 1])
        let alert = try #require(world.alerts.first)
        #expect("\(alert.labels)" == #"{alertname="A", from="eu", group="g", i="of a"}"#)
        func text(_ name: String) -> String? { world.alerts.first?.annotations.first { $0.name == name }?.value }
        #expect(text("name") == "x")
        #expect(text("plain") == "text")
        #expect(text("value") == "1")
        #expect(text("bad")?.hasPrefix("<error expanding template: ") == true)
        #expect(text("asked") == "1")
        try world.step(["x{i=\"a\",job=\"j\"}": 2])
        #expect(text("value") == "2")
        #expect(text("asked") == "2")
        #expect(world.alerts.first?.value == 2)
    }

    @Test("what depends on nothing that has changed is not expanded again")
    func expansions() throws {
        let world = try Simulation(
            oneGroup("- {alert: A, expr: x > 0, labels: {l: '{{ $labels.i }}'}, annotations: {a: '{{ $labels.i }}', b: '{{ $value }}', c: plain}}"))
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        #expect(world.templates.expansions.value == 6)
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        #expect(world.templates.expansions.value == 6)
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 2])
        #expect(world.templates.expansions.value == 7)
    }

    @Test("series of alerts, and markers behind them")
    func series() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1, for: 1m}\n- {record: seen, expr: count(ALERTS)}"))
        try world.warmUp()
        try world.step(["x{i=\"a\"}": 1])
        #expect(try world.query("ALERTS") == [#"ALERTS{alertname="A", alertstate="pending", i="a"} 1"#])
        #expect(try world.query("ALERTS_FOR_STATE") == [#"ALERTS_FOR_STATE{alertname="A", i="a"} 1700000180"#])
        // A rule sees what those before it have written in the same evaluation.
        #expect(try world.query("seen") == ["seen 1"])
        try world.step(["x{i=\"a\"}": 1])
        #expect(try world.query("ALERTS") == [#"ALERTS{alertname="A", alertstate="firing", i="a"} 1"#])
        #expect(try world.query("ALERTS_FOR_STATE") == [#"ALERTS_FOR_STATE{alertname="A", i="a"} 1700000180"#])
        try world.step(["x{i=\"a\"}": 0])
        #expect(try world.query("ALERTS or ALERTS_FOR_STATE or seen") == [])
    }

    @Test("unknown before the first evaluation, then the worst state of its alerts")
    func ruleState() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x > 0, for: 1m}"))
        var rule: RuleReport { world.manager.report[0].rules[0] }
        #expect(rule.alerting?.state == nil)
        #expect(rule.health == .unknown)
        try world.step()
        #expect(rule.alerting?.state == .inactive)
        #expect(rule.health == .ok)
        try world.step(["x{i=\"a\"}": 1])
        #expect(rule.alerting?.state == .pending)
        try world.step(["x{i=\"a\"}": 1, "x{i=\"b\"}": 1])
        #expect(rule.alerting?.state == .firing)
        #expect(world.states() == "a:firing b:pending")
    }
}

extension String {
    fileprivate var trimmingBraces: String { hasPrefix("{") ? String(dropFirst().dropLast()) : self }
    fileprivate var replacingCommas: String { split(separator: ", ").joined(separator: "\n  ") }
}
