import Model
import Rules
import Runtime

extension SelfMetrics {
    /// What evaluating rules costs and comes to, a group at a time; and what fires.
    static func registerRules(_ registry: MetricsRegistry, _ rules: RuleWork) {
        func add(
            _ name: String, _ type: MetricType, _ help: String, _ value: @escaping @Sendable (RuleGroupNumbers) -> Double
        ) {
            registry.callback("prometheus_rule_" + name, type, help: help) {
                rules.numbers.map { MetricPoint(value($0.numbers), labels: [MetricLabel("rule_group", $0.group)]) }
            }
        }
        add("evaluations_total", .counter, "Evaluations of rules.") { Double($0.evaluations) }
        add("evaluation_failures_total", .counter, "Evaluations of rules that failed.") { Double($0.failures) }
        add("group_iterations_total", .counter, "Evaluations of the group that were due, missed ones included.") { Double($0.iterations) }
        add("group_iterations_missed_total", .counter, "Evaluations of the group that were missed because one took too long.") {
            Double($0.iterationsMissed)
        }
        add("group_last_duration_seconds", .gauge, "How long the group's last evaluation took.") { $0.lastDuration }
        add("group_last_evaluation_timestamp_seconds", .gauge, "When the group was evaluated last, seconds since 1970.") { $0.lastEvaluation }
        add("group_last_evaluation_samples", .gauge, "Samples that the group's last evaluation gave.") { Double($0.lastSamples) }
        registry.callback("prometheus_rule_group_interval_seconds", .gauge, help: "How often the group is evaluated.") {
            rules.numbers.map { MetricPoint(Double($0.interval) / 1000, labels: [MetricLabel("rule_group", $0.group)]) }
        }
        registry.callback("prometheus_rule_group_rules", .gauge, help: "Rules of the group.") {
            rules.numbers.map { MetricPoint(Double($0.rules), labels: [MetricLabel("rule_group", $0.group)]) }
        }
        registry.callback("martlet_alerts_firing", .gauge, help: "Alerts that fire, by severity; empty: without one.") {
            let firing = rules.report.flatMap(\.rules).flatMap { $0.alerting?.alerts ?? [] }.filter { $0.state == .firing }
            return Severity.worstFirst.map { severity in
                MetricPoint(
                    Double(firing.count { $0.severity == severity }), labels: [MetricLabel("severity", severity?.rawValue ?? "")])
            }
        }
    }
}
