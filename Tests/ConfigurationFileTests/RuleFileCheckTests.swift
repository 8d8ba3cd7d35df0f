import ConfigurationFile
import StrictYAML
import Testing

/// What `check rules` says.
struct RuleFileCheckTests {
    private func check(_ rules: String, requiresSeverity: Bool = false, isPortable: Bool = false) -> RuleFileCheck {
        let text = "groups:\n- name: g\n  rules:\n" + rules
        let files = FileReading(read: { _ in Array(text.utf8) }, list: { _ in [] })
        return RuleFileCheck("r.yml", files: files, requiresSeverity: requiresSeverity, isPortable: isPortable)
    }

    private static let noSeverity = "  - {alert: A, expr: up == 0}\n"
    private static let odd = "  - {record: a:b, expr: up}\n  - {alert: A, expr: up == 0, labels: {severity: page}}\n"
    private static let keeps = "  - {alert: A, expr: up == 0, no_data: keep, labels: {severity: info}}\n"

    @Test("a severity that nobody knows is told of, and an error where that is wanted", arguments: [noSeverity, odd])
    func severity(rules: String) {
        let check = check(rules)
        #expect(!check.failed && check.lines.contains { $0.hasPrefix("  WARNING: r.yml:") && $0.contains("severity") })
        let strict = self.check(rules, requiresSeverity: true)
        #expect(strict.failed && strict.lines.contains { $0.hasPrefix("  FAILED: r.yml:") } && !strict.lines.contains { $0.contains("SUCCESS") })
    }

    @Test("known severities are fine, and nothing is said", arguments: ["critical", "warning", "info", "none"])
    func known(severity: String) {
        let check = check("  - {alert: A, expr: up == 0, labels: {severity: \(severity)}}\n", requiresSeverity: true, isPortable: true)
        #expect(check.lines == ["Checking r.yml", "  SUCCESS: 1 rules found"])
    }

    @Test func aFieldOfOurOwnIsFlaggedWhereTheFileIsToBePortable() {
        #expect(!check(Self.keeps).failed)
        let portable = check(Self.keeps, isPortable: true)
        #expect(portable.failed && portable.lines.contains { $0.contains("no_data") })
    }

    @Test func aTemplateThatCannotBeReadIsRefusedWithItsPlace() {
        let check = check("  - alert: A\n    expr: up == 0\n    annotations:\n      summary: \"{{ $labels.job \"\n")
        #expect(check.failed && check.lines.contains { $0.contains("r.yml:7:") && $0.contains("template") }, "\(check.lines)")
    }
}
