import Model

/// The cases of the compliance suite, with what it expects of each, and some it does not have.
enum GeneratorScenarios {
    typealias Phase = GeneratorTests.Phase
    typealias Expected = GeneratorTests.Expected
    typealias Scenario = GeneratorTests.Scenario
    typealias Names = GeneratorTests.Names
    typealias Course = GeneratorWorld.Course

    static let all = [life, order, neverFires, atOnceAndSoon, goneSeries]

    /// Rules of the suite's shape.
    static let rules = """
        groups:
          - name: NewAlerts_OrderCheck
            interval: 30s
            rules:
              - alert: NewAlerts_OrderCheck_Rule1
                expr: reading{alertname="NewAlerts_OrderCheck_Rule1"} > 10
                for: 3m
                labels: {foo: bar}
                annotations: {description: one more}
              - alert: NewAlerts_OrderCheck_Rule2
                expr: sum by (alertname, alertstate, rulegroup, foo) (ALERTS{variant=~"one|two", alertstate="firing"}) == 2
                labels: {foo: baz, ba_dum: tss}
                annotations: {description: 'was {{$labels.alertname}} with {{.Labels.foo}}'}
          - name: PendingAndFiringAndResolved
            interval: 30s
            rules:
              - alert: PendingAndFiringAndResolved_SimpleAlert
                expr: reading{alertname="PendingAndFiringAndResolved_SimpleAlert"} > 10
                for: 6m
                labels: {foo: bar}
                annotations: {description: fires, summary: 'is {{$value}}'}
          - name: PendingAndResolved_AlwaysInactive
            interval: 30s
            rules:
              - alert: PendingAndResolved_AlwaysInactive_PendingAlert
                expr: reading{alertname="PendingAndResolved_AlwaysInactive_PendingAlert"} > 10
                for: 3m
                labels: {foo: bar}
              - alert: PendingAndResolved_AlwaysInactive_InactiveAlert
                expr: reading{alertname="PendingAndResolved_AlwaysInactive_InactiveAlert"} > 99
                for: 3m
                labels: {ba_dum: tss}
          - name: ZeroFor_SmallFor
            interval: 30s
            rules:
              - alert: ZeroFor_SmallFor_ZeroFor
                expr: reading{alertname="ZeroFor_SmallFor_ZeroFor"} > 10
                labels: {foo: bar}
                annotations:
                  template_query_test: '{{ with query "reading{for=''template''}" }}{{ range sortByLabel "id" . }}{{ .Labels.id }}:{{ .Value }},{{ end }}{{ end }}'
              - alert: ZeroFor_SmallFor_SmallFor
                expr: reading{alertname="ZeroFor_SmallFor_SmallFor"} > 13
                for: 15s
                labels: {ba_dum: tss}
                annotations: {template_test: '{{title "this part"}} {{humanizeDuration 135.3563}}'}

        """

    /// Pending, firing with a text that changes, resolved, and again while the resolution is still being sent.
    private static let life = Scenario(name: "pending, firing, resolved, and again") { names in
        let group = "PendingAndFiringAndResolved"
        let values = v(3) + v(5, 3) + v(9, 4) + v(11, 13) + v(15, 32) + v(19, 16) + v(9, 20) + v(15, 45) + v(8, 16)
        func texts(_ value: String) -> [String: String] {
            [
                "description": names.text("SimpleAlert is firing", "fires"),
                "summary": names.text("The value is \(value) \(value)", "is \(value)"),
            ]
        }
        let phases = [
            Phase(from: 32, to: 53, fired: 32, annotations: texts("15")),
            Phase(from: 53, to: 69, fired: 32, annotations: texts("19"), goesOn: true),
            Phase(isResolved: true, from: 69, to: 89, fired: 32, resolved: 69, annotations: texts("19")),
            Phase(from: 113, to: 134, fired: 113, annotations: texts("15")),
            Phase(isResolved: true, from: 134, to: 134 + 60, fired: 113, resolved: 134, annotations: texts("15")),
        ]
        let labels = names.labels(group, "SimpleAlert", ["foo": "bar"])
        return (
            [Course(series: names.series(group, "SimpleAlert"), values: values)],
            [Expected(labels: labels, phases: phases, states: ["pending", "firing", "pending", "firing"])]
        )
    }.with(minutesMore: 25)

    /// A second alert of a rule while the first fires, and a rule over what the one before it in the group has written in the same evaluation.
    private static let order = Scenario(name: "more alerts of a rule, and a rule over the alerts of the one before") { names in
        let group = "NewAlerts_OrderCheck"
        let texts = ["description": names.text("This should produce more alerts later", "one more")]
        func alert(_ variant: String, _ fired: Int, _ resolved: Int) -> Expected {
            Expected(
                labels: names.labels(group, "Rule1", ["foo": "bar", "variant": variant]),
                phases: [
                    Phase(from: fired, to: resolved, fired: fired, annotations: texts),
                    Phase(isResolved: true, from: resolved, to: resolved + 60, fired: fired, resolved: resolved, annotations: texts),
                ], states: ["pending", "firing"])
        }
        let chained = [
            "description": names.text(
                "Based on ALERTS. Old alertname was NewAlerts_OrderCheck_Rule1. foo was bar.", "was NewAlerts_OrderCheck_Rule1 with bar")
        ]
        return (
            [
                Course(series: names.series(group, "Rule1", ",variant=\"one\""), values: v(1, 8) + v(11, 65) + v(9, 21)),
                Course(series: names.series(group, "Rule1", ",variant=\"two\""), values: v(1, 32) + v(11, 33) + v(9, 21)),
            ],
            [
                alert("one", 20, 73), alert("two", 44, 65),
                Expected(
                    labels: names.labels(group, "Rule2", ["alertstate": "firing", "ba_dum": "tss", "foo": "baz"]),
                    phases: [
                        Phase(from: 44, to: 65, fired: 44, annotations: chained),
                        Phase(isResolved: true, from: 65, to: 65 + 60, fired: 44, resolved: 65, annotations: chained),
                    ], states: ["firing"]),
            ]
        )
    }.with(minutesMore: 25)

    private static let neverFires = Scenario(name: "pending and inactive, and always inactive") { names in
        let group = "PendingAndResolved_AlwaysInactive"
        let values = v(3) + v(5, 3) + v(9, 4) + v(11, 11) + v(9)
        return (
            ["PendingAlert", "InactiveAlert"].map { Course(series: names.series(group, $0), values: values) },
            [
                Expected(labels: names.labels(group, "PendingAlert", ["foo": "bar"]), phases: [], states: ["pending"]),
                Expected(labels: names.labels(group, "InactiveAlert", ["ba_dum": "tss"]), phases: [], states: []),
            ]
        )
    }

    /// Without `for`, and with one shorter than the interval; and firing again when the resolution is no longer sent.
    private static let atOnceAndSoon = Scenario(name: "no for, and one shorter than the interval") { names in
        let group = "ZeroFor_SmallFor"
        let values = v(3) + v(5, 3) + v(9, 4) + v(15, 13) + v(9, 72) + v(11, 13) + v(9)
        let queried = (1...3).map { id in
            let more = ",for=\"template\",id=\"\(100 + id)\",__value__=\"val\(id)\""
            let series = names.isSuite ? "alert_generator_test_suite{rulegroup=\"\(group)\"\(more)}" : "reading{rulegroup=\"\(group)\"\(more)}"
            return Course(series: series, values: v(Double(id), 28) + v(Double(2 * id), 201))
        }
        func zero(_ answer: String) -> [String: String] {
            guard names.isSuite else { return ["template_query_test": answer] }
            return [
                "description": "This should immediately fire", "template_test": "1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC",
                "template_query_test": "Args are: foo bar 99. first_id:101,\(answer)",
            ]
        }
        let small =
            names.isSuite
            ? [
                "description": "This should fire after an interval",
                "template_test": "This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. .",
            ] : ["template_test": "This Part 2m 15s"]
        let (before, after) = ("101:1,102:2,103:3,", "101:2,102:4,103:6,")
        return (
            ["ZeroFor", "SmallFor"].map { Course(series: names.series(group, $0), values: values) } + queried,
            [
                Expected(
                    labels: names.labels(group, "ZeroFor", ["foo": "bar"]),
                    phases: [
                        Phase(from: 8, to: 21, fired: 8, annotations: zero(before)),
                        Phase(isResolved: true, from: 21, to: 21 + 60, fired: 8, resolved: 21, annotations: zero(before)),
                        Phase(from: 93, to: 106, fired: 93, annotations: zero(after)),
                        Phase(isResolved: true, from: 106, to: 106 + 60, fired: 93, resolved: 106, annotations: zero(after)),
                    ], states: ["firing"]),
                Expected(
                    labels: names.labels(group, "SmallFor", ["ba_dum": "tss"]),
                    phases: [
                        Phase(from: 10, to: 21, fired: 10, annotations: small),
                        Phase(isResolved: true, from: 21, to: 21 + 60, fired: 10, resolved: 21, annotations: small),
                    ], states: ["pending", "firing"]),
            ]
        )
    }

    /// A series that ends with a marker resolves at once, one that just stops when it is out of sight.
    private static let goneSeries = Scenario(name: "no data") { names in
        let group = "NewAlerts_OrderCheck"
        let texts = ["description": names.text("This should produce more alerts later", "one more")]
        func alert(_ variant: String, resolved: Int) -> Expected {
            Expected(
                labels: names.labels(group, "Rule1", ["foo": "bar", "variant": variant]),
                phases: [
                    Phase(from: 12, to: resolved, fired: 12, annotations: texts),
                    Phase(isResolved: true, from: resolved, to: resolved + 60, fired: 12, resolved: resolved, annotations: texts),
                ], states: ["pending", "firing"])
        }
        return (
            [
                Course(series: names.series(group, "Rule1", ",variant=\"marked\""), values: v(11, 20) + v(nil)),
                // The last sample is that of step 19; the lookback is five minutes, less the millisecond at its far end.
                Course(series: names.series(group, "Rule1", ",variant=\"silent\""), values: v(11, 20)),
            ], [alert("marked", resolved: 20), alert("silent", resolved: 39)]
        )
    }.with(minutesMore: 30)
}

extension GeneratorTests.Scenario {
    fileprivate func with(minutesMore: Int) -> Self {
        var scenario = self
        scenario.minutesMore = minutesMore
        return scenario
    }
}
