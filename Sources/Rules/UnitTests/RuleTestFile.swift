import Model
import StrictYAML

/// A file of tests for rules, as `promtool test rules` reads it. Times are milliseconds.
struct RuleTestFile {
    struct Case {
        var name: String
        /// Between the values of the input series.
        var interval: Int64
        var start: Timestamp = 0
        var external = ExternalIdentity()
        var series: [(labels: String, values: String)] = []
        var alerts: [ExpectedAlerts] = []
        var queries: [ExpectedAnswer] = []

        /// When the last thing is looked at.
        var end: Int64 { max(alerts.map(\.time).max() ?? 0, queries.map(\.time).max() ?? 0) }
    }

    /// The alerts of one name that fire at a time.
    struct ExpectedAlerts {
        var time: Int64
        var name: String
        var alerts: [(labels: Labels, annotations: Labels)]
    }

    struct ExpectedAnswer {
        var time: Int64
        var query: String
        var samples: [(labels: String, value: Double, histogram: String)]
    }

    var ruleFiles: [String] = []
    var evaluationInterval: Int64 = 60_000
    /// Names of groups, in the order they are evaluated in; the others come first.
    var groupOrder: [String] = []
    /// Takes neighbouring doubles for equal.
    var isFuzzy = false
    var cases: [Case] = []

    init(_ bytes: [UInt8], file: String) throws(YAMLError) {
        guard let root = try YAMLValue.parse(bytes, file: file) else { return }
        let map = try root.mapping(keys: ["rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare", "start_timestamp"])
        ruleFiles = try map.strings("rule_files").map { FilePaths.resolve($0, besides: file) }
        if let interval = try map.duration("evaluation_interval"), interval > 0 { evaluationInterval = interval }
        groupOrder = try map.strings("group_eval_order")
        for (index, name) in groupOrder.enumerated() where groupOrder[..<index].contains(where: { sameBytes($0, name) }) {
            throw root.error("the group name \(quoted(name)) is repeated in group_eval_order")
        }
        isFuzzy = try map.bool("fuzzy_compare") ?? false
        let start = try map.given("start_timestamp")?.timestamp() ?? 0
        for (index, value) in try map.list("tests").enumerated() { cases.append(try readCase(value, index, start)) }
    }

    private func readCase(_ value: YAMLValue, _ index: Int, _ start: Timestamp) throws(YAMLError) -> Case {
        let map = try value.mapping(keys: [
            "name", "interval", "input_series", "alert_rule_test", "promql_expr_test", "external_labels", "external_url", "start_timestamp",
        ])
        var one = Case(name: try map.string("name") ?? "", interval: evaluationInterval)
        if one.name.isEmpty { one.name = "unnamed#\(index)" }
        if let interval = try map.duration("interval"), interval > 0 { one.interval = interval }
        one.start = try map.given("start_timestamp")?.timestamp() ?? start
        one.external = ExternalIdentity(
            labels: try map.given("external_labels")?.labels() ?? .empty, url: try map.string("external_url") ?? "")
        for series in try map.list("input_series") {
            let fields = try series.mapping(keys: ["series", "values"])
            one.series.append((try fields.string("series") ?? "", try fields.string("values") ?? ""))
        }
        for test in try map.list("alert_rule_test") { one.alerts.append(try readAlerts(test)) }
        for test in try map.list("promql_expr_test") { one.queries.append(try readQuery(test)) }
        return one
    }

    private func readAlerts(_ value: YAMLValue) throws(YAMLError) -> ExpectedAlerts {
        let map = try value.mapping(keys: ["eval_time", "alertname", "exp_alerts"])
        guard let name = try map.string("alertname"), !name.isEmpty else { throw value.error("an item under alert_rule_test needs alertname") }
        var alerts: [(labels: Labels, annotations: Labels)] = []
        for alert in try map.list("exp_alerts") {
            let fields = try alert.mapping(keys: ["exp_labels", "exp_annotations"])
            let labels = try fields.given("exp_labels")?.labels() ?? .empty
            alerts.append((labels.setting(AlertTexts.nameLabel, name), try fields.given("exp_annotations")?.labels() ?? .empty))
        }
        return ExpectedAlerts(time: try map.duration("eval_time") ?? 0, name: name, alerts: alerts)
    }

    private func readQuery(_ value: YAMLValue) throws(YAMLError) -> ExpectedAnswer {
        let map = try value.mapping(keys: ["expr", "eval_time", "exp_samples"])
        var samples: [(labels: String, value: Double, histogram: String)] = []
        for sample in try map.list("exp_samples") {
            let fields = try sample.mapping(keys: ["labels", "value", "histogram"])
            samples.append((try fields.string("labels") ?? "", try fields.number("value") ?? 0, try fields.string("histogram") ?? ""))
        }
        return ExpectedAnswer(time: try map.duration("eval_time") ?? 0, query: try map.string("expr") ?? "", samples: samples)
    }
}

extension YAMLValue {
    /// A time as RFC 3339 has it, or seconds since 1970.
    fileprivate func timestamp() throws(YAMLError) -> Timestamp {
        let text = try string()
        if let time = RFC3339.parse(text) { return time }
        guard let seconds = FloatParsing.parse(text), abs(seconds) < 1e13 else { throw error("expected a time, found \(quoted(text))") }
        return Int64((seconds * 1000).rounded())
    }
}
