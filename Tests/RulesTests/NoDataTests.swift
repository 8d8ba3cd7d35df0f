import Model
import Rules
import StrictYAML
import TSDB
import Testing

@Suite("Alerts without data")
struct NoDataTests {
    /// The states of the alert of `a` at each step; `.` in values: a stale marker and nothing after.
    @Test(
        "courses",
        arguments: [
            ("resolve", "", "11.", "ff-"), ("keep", "", "11..10", "fffff-"), ("keep", "", "0..1", "---f"),
            ("keep", "for: 3m", "1..1", "pppf"), ("keep", "for: 3m", "11.0", "ppp-"), ("keep", "keep_firing_for: 5m", "10..", "ffff"),
            ("alert", "", "0..10", "-fff-"), ("alert", "for: 1m", "0...0", "-pff-"), ("alert", "", "1..0", "fff-"),
        ] as [(String, String, String, String)])
    func course(policy: String, more: String, values: String, states: String) throws {
        let extra = more.isEmpty ? "" : ", \(more)"
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1, no_data: \(policy)\(extra)}"))
        var seen = ""
        for value in values {
            // Another series has data all the time.
            let next = world.now + 60_000
            if value == "." { try world.append("x{i=\"a\"}", StaleMarker.value, at: next) }
            try world.step(["x{i=\"a\"}": value == "." ? nil : Double(String(value)), "x{i=\"b\"}": 0])
            seen += world.alerts.first.map { String($0.state.name.prefix(1)) } ?? "-"
        }
        #expect(seen == states)
    }

    @Test("an alert for want of data says so, and is given up after a day")
    func alert() throws {
        let world = try Simulation(
            oneGroup("- {alert: A, expr: 'x > 5', no_data: alert, labels: {sev: page}, annotations: {text: '{{ $labels.i }} {{ $value }}'}}"))
        try world.step(["x{i=\"a\"}": 1])
        try world.append("x{i=\"a\"}", StaleMarker.value, at: world.now + 1)
        try world.step()
        let alert = try #require(world.alerts.first)
        #expect("\(alert.labels)" == #"{alertname="A", i="a", sev="page"}"#)
        #expect(alert.annotations == [Label("text", "a NaN"), Label("no_data", "true")])
        #expect(alert.lacksData && alert.value.isNaN)
        try world.step(["x{i=\"a\"}": 7])
        #expect(world.alerts.first?.annotations == [Label("text", "a 7")])
        #expect(world.alerts.first?.activeAt == alert.activeAt)
        try world.step(by: 24 * 3_600_000)
        #expect(world.states() == "")
    }

    @Test(
        "rules that cannot tell are refused, with the place",
        arguments: [
            ("up", "needs an expression that is a comparison"), ("x > bool 1", "needs a comparison that filters"),
            ("absent(up) > 0", "absent()"), ("x > 1 and y", "needs an expression that is a comparison"), ("1 > bool 2", "comparison"),
        ])
    func refusals(expr: String, reason: String) {
        for policy in ["keep", "alert"] {
            let text = oneGroup("- {alert: A, no_data: \(policy), expr: '\(expr)'}")
            do {
                _ = try RuleFile.parse(Array(text.utf8), file: "r.yml")
                Issue.record("accepted")
            } catch {
                #expect("\(error)".hasPrefix("r.yml:4:20: "), "\(error)")
                #expect("\(error)".contains(reason), "\(error)")
            }
        }
        #expect(throws: Never.self) {
            try RuleFile.parse(Array(oneGroup("- {alert: A, no_data: resolve, expr: '\(expr)'}").utf8), file: "r.yml")
        }
    }

    @Test("severities are read and looked at, and never changed")
    func severities() throws {
        let text = oneGroup(
            """
            - {alert: Good, expr: up, labels: {severity: critical}}
            - {alert: Odd, expr: up, labels: {severity: page}}
            - {alert: Bare, expr: up}
            - {alert: Templated, expr: up, labels: {severity: '{{ $labels.s }}'}}
            - {record: r, expr: up}
            """)
        let groups = try RuleFile.parse(Array(text.utf8), file: "r.yml")
        #expect(groups[0].rules.map(\.severity) == [.critical, nil, nil, nil, nil])
        let findings = RuleLint.severities(of: groups)
        #expect(findings.map(\.rule) == ["Odd", "Bare", "Templated"])
        #expect(findings.map(\.place.line) == [5, 6, 7])
        #expect("\(findings[0])".contains(#"the severity "page" is not one of critical, warning, info, none"#))
    }
}
