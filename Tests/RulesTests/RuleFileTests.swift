import Model
import Rules
import Testing

@Suite("Rule files")
struct RuleFileTests {
    @Test("groups and rules with all their keys")
    func complete() throws {
        let text = """
            groups:
              - name: g
                interval: 30s
                query_offset: 1m
                limit: 5
                labels: {team: a}
                rules:
                  - {record: 'a:b', expr: sum(up), labels: {x: y}}
                  - alert: Down
                    expr: up == 0
                    for: 5m
                    keep_firing_for: 1m
                    annotations: {summary: 'down {{ $labels.job }}'}
            """
        let group = try #require(try RuleFile.parse(Array(text.utf8), file: "r.yml").first)
        #expect(group.interval == 30_000)
        #expect(group.queryOffset == 60_000)
        #expect(group.limit == 5)
        #expect(group.rules.map(\.name) == ["a:b", "Down"])
        guard case .alerting(let alert) = group.rules[1].kind else {
            Issue.record("the second rule is not an alert")
            return
        }
        #expect(alert.hold == 300_000)
        #expect(alert.annotations == [Label("summary", "down {{ $labels.job }}")])
    }

    @Test(
        "mistakes are told with place and cause",
        arguments: [
            ("- {record: a, expr: 'rate(up)'}", "r.yml:4:27: groups[0].rules[0].expr: the expression at 1:6: parse error"),
            ("- {expr: up}", "a rule needs record or alert"), ("- {record: a, alert: b, expr: up}", "not both"),
            ("- {record: a, expr: up, for: 1m}", "takes no for"), ("- {record: 'a{b=\"c\"}', expr: up}", "holds braces"),
            ("- {alert: a, expr: up, annotation: {}}", "did you mean \"annotations\"?"),
        ])
    func mistakes(rule: String, expected: String) {
        let text = "groups:\n  - name: g\n    rules:\n      " + rule
        do {
            _ = try RuleFile.parse(Array(text.utf8), file: "r.yml")
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(expected), "\(error)")
        }
    }
}
