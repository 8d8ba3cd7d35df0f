import Model
import Testing

@testable import HTTPAPI
@testable import Rules

/// `rules` and `alerts` over three groups in two files.
struct RuleEndpointTests {
    private static func labels(_ pairs: KeyValuePairs<String, String>) -> Labels { Labels(pairs.map { (name: $0.key, value: $0.value) }) }

    private static func alert(_ name: String, _ severity: String, _ state: AlertState, _ value: Double) -> AlertReport {
        var alert = Alert(
            labels: labels(["alertname": name, "severity": severity]), annotations: [Label("text", "<\(name)>")], value: value, activeAt: 1_000_500,
            seen: 1)
        alert.state = state
        return AlertReport(alert)
    }

    private static func rule(_ name: String, _ labels: Labels, _ alerts: [AlertReport]) -> RuleReport {
        RuleReport(
            name: name, query: "up == 0", labels: labels, clearedLabels: [],
            alerting: .init(
                state: alerts.map(\.state).max() ?? .inactive, hold: 90_000, keepFiringFor: 0, noData: .resolve, annotations: [Label("text", "x")],
                alerts: alerts, severity: labels["severity"].flatMap(Severity.init)),
            health: .ok, lastError: "", lastEvaluation: 1_000_000, evaluationTime: 0.25)
    }

    private static let recording = RuleReport(
        name: "a:b", query: "sum(up)", labels: labels(["team": "x"]), clearedLabels: ["a"], alerting: nil, health: .err, lastError: "no <vector>",
        lastEvaluation: nil,
        evaluationTime: 0)

    private static func group(_ name: String, _ file: String, _ rules: [RuleReport]) -> RuleGroupReport {
        RuleGroupReport(
            name: name, file: file, interval: 15_000, queryOffset: 0, limit: 0, rules: rules, evaluationTime: 0.5, lastEvaluation: 1_000_000)
    }

    private static let groups = [
        group("z", "b.yml", [recording]),
        group(
            "warn", "a.yml",
            [
                rule("Slow", labels(["severity": "warning"]), [alert("Slow", "warning", .pending, 2), alert("Slow", "warning", .firing, 1e7)]),
                rule("Odd", labels(["severity": "{{ $labels.s }}"]), [alert("Odd", "other", .firing, .nan)]),
            ]),
        group("crit", "a.yml", [rule("Down", labels(["severity": "critical"]), [alert("Down", "critical", .firing, 0)]), recording]),
    ]

    private func ask(_ path: String) async throws -> (status: Int, text: String) {
        await get(try testAPI { $1.ruleGroups = Self.groups }, "/api/v1/" + path)
    }

    /// The names in an answer, in order.
    private func names(_ text: String) -> String {
        text.split(separator: #""name":""#).dropFirst().map { String($0.prefix { $0 != "\"" }) }.joined(separator: " ")
    }

    @Test(
        "groups come by file and name, without those of which no rule is asked for",
        arguments: [
            ("rules", "crit Down a:b warn Slow Odd z a:b"), ("rules?type=alert", "crit Down warn Slow Odd"), ("rules?type=record", "crit a:b z a:b"),
            ("rules?rule_name[]=Slow&rule_name[]=a:b", "crit a:b warn Slow z a:b"), ("rules?rule_group[]=z", "z a:b"),
            ("rules?file[]=b.yml", "z a:b"), ("rules?file[]=c.yml", ""), ("rules?match[]={severity=%22critical%22}", "crit Down"),
            ("rules?match[]={severity=%22warning%22}&match[]={team=%22x%22}", "crit a:b warn Slow z a:b"),
            // What a template gives is not known: the label counts as missing.
            ("rules?type=alert&match[]={severity!~%22critical|warning%22,x!=%22y%22}", "warn Odd"), ("rules?severity=warning", "warn Slow"),
            ("rules?type=alert&match[]={severity!=%22a%22}", "crit Down warn Slow Odd"),
        ])
    func filters(path: String, expected: String) async throws {
        let answer = try await ask(path)
        #expect(answer.status == 200)
        #expect(names(answer.text) == expected)
    }

    @Test("a page leads to the next, and a token of groups that are gone is refused")
    func pages() async throws {
        let first = try await ask("rules?group_limit=2&type=record").text
        #expect(names(first) == "crit a:b z a:b" && !first.contains("groupNextToken"))
        let one = try await ask("rules?group_limit=2").text
        #expect(names(one) == "crit Down a:b warn Slow Odd")
        let token = try #require(one.firstRange(of: #""groupNextToken":""#)).upperBound
        let rest = try await ask("rules?group_limit=2&group_next_token=" + one[token...].prefix { $0 != "\"" })
        #expect(names(rest.text) == "z a:b" && !rest.text.contains("groupNextToken"))
        for path in ["rules?group_limit=2&group_next_token=x", "rules?group_next_token=x", "rules?group_limit=0", "rules?group_limit=x"] {
            #expect(try await ask(path).status == 400)
        }
    }

    @Test("rules and alerts have the form of Prometheus")
    func forms() async throws {
        let rules = try await ask("rules?rule_group[]=crit").text
        let alert =
            #"{"labels":{"alertname":"Down","severity":"critical"},"annotations":{"text":"\u003cDown\u003e"},"state":"firing","activeAt":"1970-01-01T00:16:40.5Z","value":"0e+00"}"#
        #expect(
            rules
                == #"{"status":"success","data":{"groups":[{"name":"crit","file":"a.yml","rules":[{"state":"firing","name":"Down","query":"up == 0","duration":90,"keepFiringFor":0,"labels":{"severity":"critical"},"annotations":{"text":"x"},"alerts":[\#(alert)],"health":"ok","evaluationTime":0.25,"lastEvaluation":"1970-01-01T00:16:40Z","type":"alerting"},{"name":"a:b","query":"sum(up)","labels":{"a":"","team":"x"},"health":"err","lastError":"no \u003cvector\u003e","evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],"interval":15,"limit":0,"evaluationTime":0.5,"lastEvaluation":"1970-01-01T00:16:40Z"}]}}"#
        )
        #expect(try await ask("rules?exclude_alerts=true&severity=critical").text.contains(#""alerts":null"#))
        #expect(try await ask("alerts?severity=critical").text == #"{"status":"success","data":{"alerts":[\#(alert)]}}"#)
    }

    @Test("alerts can be sorted and chosen by severity")
    func severities() async throws {
        func values(_ path: String) async throws -> String {
            try await ask(path).text.split(separator: #""value":""#).dropFirst().map { String($0.prefix { $0 != "\"" }) }.joined(separator: " ")
        }
        #expect(try await values("alerts?sort=severity") == "0e+00 2e+00 1e+07 NaN")
        #expect(try await values("alerts") == "2e+00 1e+07 NaN 0e+00")
        #expect(try await values("alerts?severity=info") == "")
        #expect(try await values("alerts?severity=warning&severity=critical&sort=severity") == "0e+00 2e+00 1e+07")
        for path in ["alerts?severity=odd", "alerts?sort=odd", "rules?severity=odd"] { #expect(try await ask(path).status == 400) }
    }

    @Test("rules can be sorted by severity: in each group, and the groups by their worst")
    func sortedRules() async throws {
        let mild = Self.group("a", "a.yml", [Self.recording, Self.rule("Said", Self.labels(["severity": "info"]), [])])
        let names = ["none", "warning", "critical", "odd"]
        let bad = Self.group("b", "b.yml", names.map { Self.rule($0, Self.labels(["severity": $0]), []) })
        let api = try testAPI { $1.ruleGroups = [mild, bad] }
        func order(_ path: String) async -> String { self.names(await get(api, path).text) }
        #expect(await order("/api/v1/rules") == "a a:b Said b none warning critical odd")
        #expect(await order("/api/v1/rules?sort=severity") == "b critical warning none odd a Said a:b")
        #expect(await order("/api/v1/rules?sort=severity&group_limit=1&severity=info&severity=none") == "b none")
        #expect(await get(api, "/api/v1/rules?sort=odd").status == 400)
        let page = await get(api, "/rules").text
        let places = [">b <", ">critical</td>", ">warning</td>", ">none</td>", ">a <", ">info</td>"].compactMap {
            page.firstRange(of: $0)?.lowerBound
        }
        #expect(places.count == 6 && places == places.sorted())
    }

    @Test("the pages list the worst first, and link each expression to its plot")
    func pagesForPeople() async throws {
        let api = try testAPI { $1.ruleGroups = Self.groups }
        let alerts = await get(api, "/alerts").text
        let order = ["card critical", "card warning"].compactMap { alerts.firstRange(of: $0)?.lowerBound }
        #expect(order.count == 2 && order[0] < order[1])
        #expect(alerts.contains("Alerts, 3 firing") && alerts.contains("/graph?g0.tab=0&amp;g0.expr=up%20%3D%3D%200"))
        #expect(await !get(api, "/alerts?severity=critical").text.contains("Slow"))
        let rules = await get(api, "/rules").text
        #expect(rules.contains("no &lt;vector&gt;") && rules.contains("every 15s"))
    }
}
