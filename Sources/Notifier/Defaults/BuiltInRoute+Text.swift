import Model
import StrictYAML

extension BuiltInRoute {
    /// The built-in route in Alertmanager's grammar, as far as that can say it, for programs that read a configuration over its API.
    /// - Parameter section: what was configured, without secrets.
    static func text(of configuration: NotifierConfiguration, _ section: YAMLOutput = .mapping([])) -> String {
        var entries: [(key: String, value: YAMLOutput)] = []
        if let global = section["global"] { entries.append(("global", global)) }
        entries.append(("route", output(configuration.route)))
        let rules = configuration.inhibitRules.compactMap(output)
        entries.append(("inhibit_rules", .list(rules)))
        entries.append(("receivers", .list(configuration.receivers.map { output($0, section) })))
        if let templates = section["templates"] { entries.append(("templates", templates)) }
        return remark + YAMLOutput.mapping(entries).document
    }

    private static let remark = """
        # The built-in route. Three things of it cannot be said here: info is told once a day,
        # a warning is not told while a critical alert fires that has the same other labels,
        # and warnings are not told within 5 minutes of what is critical.

        """

    private static func output(_ route: RouteConfiguration) -> YAMLOutput {
        var entries: [(key: String, value: YAMLOutput)] = []
        if let receiver = route.receiver { entries.append(("receiver", .text(receiver))) }
        if case .labels(let labels)? = route.groupBy, !labels.isEmpty { entries.append(("group_by", .texts(labels))) }
        if !route.matchers.isEmpty { entries.append(("matchers", .texts(route.matchers.map(\.description)))) }
        if route.continues { entries.append(("continue", .bool(true))) }
        for (key, value) in [
            ("group_wait", route.groupWait), ("group_interval", route.groupInterval ?? (route.digest == nil ? nil : day)),
            ("repeat_interval", route.repeatInterval ?? (route.digest == nil ? nil : day)),
        ] {
            if let value { entries.append((key, .text(PromDuration.format(value)))) }
        }
        if !route.routes.isEmpty { entries.append(("routes", .list(route.routes.map(output)))) }
        return .mapping(entries)
    }

    private static func output(_ receiver: ReceiverConfiguration, _ section: YAMLOutput) -> YAMLOutput {
        var entries: [(key: String, value: YAMLOutput)] = [("name", .text(receiver.name))]
        for kind in IntegrationKind.allCases where receiver.integrations.contains(where: { $0.kind == kind }) {
            if let integrations = section[kind.section] { entries.append((kind.section, integrations)) }
        }
        return .mapping(entries)
    }

    private static let day: Int64 = 86_400_000

    private static func output(_ rule: InhibitRuleConfiguration) -> YAMLOutput? {
        guard case .labels(let labels) = rule.equal else { return nil }
        return .mapping([
            ("source_matchers", .texts(rule.source.map(\.description))), ("target_matchers", .texts(rule.target.map(\.description))),
            ("equal", .texts(labels)),
        ])
    }
}

extension YAMLOutput {
    fileprivate subscript(key: String) -> YAMLOutput? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
