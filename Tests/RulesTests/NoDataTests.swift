import TestKit
import Model
import Rules
import StrictYAML
import TSDB
import Testing

@Suite("Alerts without data")
struct NoDataTests {
    /// The states of the alert of `a` at each step; `.` in values: a stale marker and nothing after; `R`: a restart, with two steps until alerts are
    /// restored.
    @Test(
        "courses",
        arguments: [
            ("resolve", "", "11.", "ff-"), ("keep", "", "11..10", "fffff-"), ("keep", "", "0..1", "---f"),
            ("keep", "for: 3m", "1..1", "pppf"), ("keep", "for: 3m", "11.0", "ppp-"), ("keep", "keep_firing_for: 5m", "10..", "ffff"),
            ("alert", "", "0..10", "-fff-"), ("alert", "for: 1m", "0...0", "-pff-"), ("alert", "", "1..0", "fff-"),
            // Over a restart an alert that is active for want of data goes on.
            ("resolve", "", "111R..", "fff--"), ("keep", "", "111.R..1.0", "ffff-fff-"), ("keep", "", "111.R.0.", "ffff---"),
            ("keep", "", "1111R..", "ffff-f"), ("keep", "for: 3m", "1...R...1", "pppp-ppf"), ("keep", "for: 20m", "1...R...1", "pppp-ppp"),
            ("keep", "keep_firing_for: 5m", "111.R.0.", "ffff---"),
            ("alert", "", "0...R..0", "-fff-f-"), ("alert", "for: 2m", "0..R...", "-pp-pf"), ("alert", "", "0...R..1", "-fff-ff"),
            ("alert", "for: 20m", "0...R..1", "-ppp-pp"),
            // What fell silent in between may not have been scraped yet.
            ("alert", "", "000R.......", "---------f"), ("alert", "", "000R..0.", "------f"), ("alert", "", "000R0.", "----f"),
        ] as [(String, String, String, String)])
    func course(policy: String, more: String, values: String, states: String) throws {
        let extra = more.isEmpty ? "" : ", \(more)"
        let world = try Simulation(oneGroup("- {alert: A, expr: x == 1, no_data: \(policy)\(extra)}"))
        var seen = ""
        for value in values {
            if value == "R" {
                world.restart()
                continue
            }
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

    @Test("what is kept over a restart is kept whole: labels, texts, value, since when, and its series")
    func kept() throws {
        let rule = """
            - alert: A
              expr: 'x{job="j"} > 5'
              no_data: keep
              labels: {sev: page, of: '{{ $labels.i }}', job: rule}
              annotations: {text: '{{ $labels.job }} {{ $value }}'}
            """
        let world = try Simulation(oneGroup(rule))
        let series = "x{i=\"a\", job=\"j\"}"
        for value in [6.0, 7, 8, 9] { try world.step(KeyValuePairs(dictionaryLiteral: (series, value))) }
        try world.append(series, StaleMarker.value, at: world.now + 60_000)
        for _ in 0..<3 { try world.step() }
        let before = try #require(world.alerts.first)
        let (shown, since) = (try world.query("ALERTS"), try world.query("ALERTS_FOR_STATE"))
        world.clock.set(world.now + 20 * 60_000)
        world.restart()
        _ = world.takeSent()
        for _ in 0..<3 { try world.step() }
        let after = try #require(world.alerts.first)
        #expect(after.labels == before.labels && after.annotations == before.annotations && after.value == 9)
        #expect(after.annotations == [Label("text", "j 9")])
        #expect(after.state == .firing && after.activeAt == before.activeAt / 1000 * 1000)
        #expect(try world.query("ALERTS") == shown && world.query("ALERTS_FOR_STATE") == since)
        #expect(world.takeSent() == "a:firing")
        // The rule has hidden a label of the result; whether there are data is known all the same.
        try world.step(KeyValuePairs(dictionaryLiteral: (series, 1.0)))
        #expect(world.states() == "" && world.takeSent() == "a:resolved")
    }

    @Test("what had no data for longer than a day is kept over a restart without its value")
    func keptLong() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: 'x > 5', no_data: keep, labels: {i: b}, annotations: {text: '{{ $value }}'}}"))
        for _ in 0..<3 { try world.step(["x{i=\"a\"}": 7]) }
        for _ in 0..<(25 * 6) { try world.step(by: 10 * 60_000) }
        world.restart()
        for _ in 0..<3 { try world.step() }
        #expect(world.states() == "b:firing" && world.alerts.first?.value.isNaN == true)
        try world.step(["x{i=\"a\"}": 1])
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
