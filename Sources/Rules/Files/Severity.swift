import Model
public import StrictYAML

/// How bad an alert is, by the label `severity`.
public enum Severity: String, Sendable, CaseIterable {
    case critical, warning, info, none

    static let label = "severity"

    /// The order in which people want to see alerts; those without a severity come last.
    public static let worstFirst: [Severity?] = allCases.map(Optional.some) + [nil]
}

extension Rule {
    /// What the label says; nil without one of the four words. A template says nothing before it is expanded.
    public var severity: Severity? { labels[Severity.label].flatMap(Severity.init(rawValue:)) }
}

/// Something about a rule that works but is probably not meant.
public struct RuleFinding: Sendable, Hashable, CustomStringConvertible {
    public let place: YAMLPlace
    public let rule: String
    public let message: String

    public var description: String { "\(place): alert \"\(rule)\": \(message)" }
}

/// Looks at rules without changing them.
public enum RuleLint {
    /// Alerts with fields that Prometheus refuses.
    public static func unportable(_ groups: [RuleGroup]) -> [RuleFinding] {
        groups.flatMap(\.rules).compactMap { rule in
            guard case .alerting(let alert) = rule.kind, alert.noData != .resolve else { return nil }
            return RuleFinding(place: rule.place, rule: rule.name, message: "Prometheus knows no field no_data and refuses the file")
        }
    }

    /// Alerts whose severity nobody can act upon.
    public static func severities(of groups: [RuleGroup]) -> [RuleFinding] {
        groups.flatMap { group in group.rules.compactMap { finding($0, in: group) } }
    }

    private static func finding(_ rule: Rule, in group: RuleGroup) -> RuleFinding? {
        guard case .alerting = rule.kind else { return nil }
        let words = Severity.allCases.map(\.rawValue).joined(separator: ", ")
        guard let text = rule.labels[Severity.label] ?? group.labels[Severity.label] else {
            return RuleFinding(place: rule.place, rule: rule.name, message: "no severity label; expected one of \(words)")
        }
        if Severity(rawValue: text) != nil { return nil }
        let kind = TemplateReach(text) == .constant ? "is not one of \(words)" : "is a template; what it gives should be one of \(words)"
        return RuleFinding(place: rule.place, rule: rule.name, message: "the severity \(quoted(text)) \(kind)")
    }
}
