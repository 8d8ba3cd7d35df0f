import Glibc
import Model
import Rules
import StrictYAML
import TSDB
import Testing

@Suite("Tests of rules in files")
struct RuleTestFileTests {
    private static let rules = """
        groups:
          - name: g
            rules:
              - {record: 'job:up', expr: sum by (job) (up)}
              - {alert: Down, expr: up == 0, for: 2m, labels: {sev: page}, annotations: {text: 'of {{ $labels.job }}'}}
        """

    private func run(_ tests: String, rules: String = rules) -> RuleTests.Report {
        let files = FileReading(
            read: { Array(($0 == "d/t.yml" ? tests : rules).utf8) }, list: { _ in ["r.yml"] })
        return RuleTests(files: files, templates: SmallTemplates()).run("d/t.yml")
    }

    private static let head = """
        rule_files: ['*.yml']
        evaluation_interval: 1m
        tests:
          - interval: 1m
            name: first
            input_series:
              - {series: 'up{job="a"}', values: '1 0x10'}

        """

    @Test(
        "verdicts",
        arguments: [
            ("promql_expr_test: [{expr: 'job:up', eval_time: 1m, exp_samples: [{labels: 'job:up{job=\"a\"}', value: 0}]}]", nil),
            ("promql_expr_test: [{expr: 'job:up', eval_time: 1m, exp_samples: [{labels: 'job:up{job=\"a\"}', value: 1}]}]", "exp: "),
            ("promql_expr_test: [{expr: 'job:up', eval_time: 1m, exp_samples: []}]", "exp: nothing"),
            ("promql_expr_test: [{expr: 'job:(', eval_time: 1m, exp_samples: []}]", "parse error"),
            ("alert_rule_test: [{eval_time: 2m, alertname: Down, exp_alerts: []}]", nil),
            (
                "alert_rule_test: [{eval_time: 3m30s, alertname: Down, exp_alerts: [{exp_labels: {job: a, sev: page}, exp_annotations: {text: of a}}]}]",
                nil
            ),
            ("alert_rule_test: [{eval_time: 3m, alertname: Down, exp_alerts: [{exp_labels: {job: a}}]}]", #"got: Labels:{alertname="Down", job="a""#),
            ("alert_rule_test: [{eval_time: 3m, exp_alerts: []}]", "needs alertname"), ("promql_expr_tests: []", "did you mean"),
        ] as [(String, String?)])
    func verdicts(test: String, problem: String?) {
        let report = run(Self.head + "    " + test)
        #expect(report.hasPassed == (problem == nil))
        let text = report.failures.flatMap(\.problems).joined(separator: "\n")
        #expect(text.contains(problem ?? ""), "\(text)")
    }

    @Test("a rule that fails ends its test")
    func failingRule() {
        let report = run(Self.head, rules: "groups: [{name: g, rules: [{record: r, expr: 'up * on () group_left up'}, {record: s, expr: '\"t\"'}]}]")
        #expect(report.failures.first?.test == "first")
        #expect(report.failures.first?.problems == ["rule: s, time: 0s, err: rule result is not a vector or scalar"])
    }

    /// Of the public files those that pass; `start-time-test.yml` has a field that Prometheus 3.5 does not know yet.
    private static let passing: Set<String> = [
        "at-modifier-test.yml", "config_with_rule_files.yml", "long-period.yml", "negative-offset-test.yml", "no-test-group-interval.yml",
        "prometheus-config.good.yml", "prometheus-config.lint.yml", "start-time-test.yml", "unittest.yml",
    ]

    @Test("the public files have promtool's verdicts")
    func conformance() throws {
        guard let root = getenv("MARTLET_CONFORMANCE").map({ String(cString: $0) }) else {
            print("SKIPPED: no public tests of rules, set MARTLET_CONFORMANCE to their folder")
            return
        }
        let disk = RealFileSystem()
        let files = FileReading(read: { try disk.read($0) }, list: { try disk.list($0) })
        let folder = root + "/rule-unit-tests"
        var count = 0
        for name in try disk.list(folder).sorted() where name.hasSuffix(".yml") {
            count += 1
            let report = RuleTests(files: files, templates: SmallTemplates()).run(folder + "/" + name)
            #expect(report.hasPassed == Self.passing.contains(name), "\(name): \(report.failures)")
        }
        #expect(count > 30)
    }
}
