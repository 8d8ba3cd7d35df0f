public import Model
public import PromQL
public import StrictYAML
import Templates

/// Reads rule files strictly.
public enum RuleFile {
    /// The groups of a file. Throws the first error, with its place.
    public static func parse(
        _ bytes: [UInt8], file: String, options: PromQLOptions = .standard, validation: NameValidation = .utf8
    ) throws(YAMLError) -> [RuleGroup] {
        guard let root = try YAMLValue.parse(bytes, file: file) else { return [] }
        let reader = RuleReader(file: file, options: options, validation: validation)
        var groups: [RuleGroup] = []
        for value in try root.mapping(keys: ["groups"]).list("groups") {
            let group = try reader.group(value)
            if groups.contains(where: { sameBytes($0.name, group.name) }) {
                throw value.error("the group name \"\(group.name)\" is used twice in this file")
            }
            groups.append(group)
        }
        return groups
    }
}

struct RuleReader {
    let file: String
    let options: PromQLOptions
    let validation: NameValidation

    func group(_ value: YAMLValue) throws(YAMLError) -> RuleGroup {
        let map = try value.mapping(keys: ["name", "interval", "query_offset", "limit", "labels", "rules"])
        guard let name = try map.string("name"), !name.isEmpty else { throw value.error("a group needs a name") }
        var rules: [Rule] = []
        for rule in try map.list("rules") { rules.append(try self.rule(rule)) }
        return RuleGroup(
            name: name, file: file, interval: try map.duration("interval"), queryOffset: try map.duration("query_offset"),
            limit: try map.integer("limit") ?? 0, labels: try labels(map), rules: rules)
    }

    private func rule(_ value: YAMLValue) throws(YAMLError) -> Rule {
        let map = try value.mapping(keys: ["record", "alert", "expr", "for", "keep_firing_for", "no_data", "labels", "annotations"])
        let record = try map.string("record") ?? ""
        let alert = try map.string("alert") ?? ""
        if record.isEmpty == alert.isEmpty {
            throw value.error(record.isEmpty ? "a rule needs record or alert" : "a rule has record or alert, not both")
        }
        let (query, expr) = try expression(map)
        let kind = record.isEmpty ? Rule.Kind.alerting(try alerting(alert, map, expr)) : try recording(record, map)
        return Rule(
            kind: kind, query: query, expr: expr, labels: try labels(map), clearedLabels: try clearedLabels(map), place: value.place)
    }

    private func expression(_ map: YAMLMapping) throws(YAMLError) -> (String, Expr) {
        guard let value = map.given("expr"), case let query = try value.string(), !query.isEmpty else {
            throw map.value.error("a rule needs expr")
        }
        do {
            return (query, try PromQLParser.parse(query, options: options))
        } catch {
            throw value.error("the expression at \(error)")
        }
    }

    private func recording(_ name: String, _ map: YAMLMapping) throws(YAMLError) -> Rule.Kind {
        for key in ["for", "keep_firing_for", "no_data", "annotations"] where map.has(key) {
            throw map.error(at: key, "a recording rule takes no \(key)")
        }
        if name.contains("{") || name.contains("}") {
            throw map.error(at: "record", "the name \"\(name)\" holds braces; labels belong under labels, selectors into expr")
        }
        guard validation.acceptsMetric(name) else { throw map.error(at: "record", "\"\(name)\" is not a valid metric name") }
        return .recording(name: name)
    }

    /// A text that may be a template: one that cannot be read would make an alert of errors.
    private func template(_ value: YAMLValue, _ alert: String) throws(YAMLError) -> String {
        let text = try value.string()
        if let problem = AlertTemplate(text, alert: alert).parseError { throw value.error("the template cannot be read: \(problem)") }
        return text
    }

    private func alerting(_ alert: String, _ map: YAMLMapping, _ expr: Expr) throws(YAMLError) -> AlertingRule {
        var annotations: [Label] = []
        for (name, place, value) in try map.given("annotations")?.entries() ?? [] {
            guard validation.acceptsLabel(name) else { throw YAMLError(place, "\"\(name)\" is not a valid annotation name") }
            annotations.append(Label(name, try template(value, alert)))
        }
        for (_, _, value) in try map.given("labels")?.entries() ?? [] { _ = try template(value, alert) }
        let noData = try map.choice("no_data", NoDataPolicy.self) ?? .resolve
        if let refusal = noData.refusal(for: expr) { throw map.error(at: "no_data", refusal) }
        return AlertingRule(
            name: alert, hold: try map.duration("for") ?? 0, keepFiring: try map.duration("keep_firing_for") ?? 0, annotations: annotations,
            noData: noData)
    }

    private func labels(_ map: YAMLMapping) throws(YAMLError) -> Labels {
        guard let value = map.given("labels") else { return .empty }
        let labels = try value.labels(validation)
        if labels.metricName != nil { throw value.error("a rule cannot set the label __name__; use record") }
        return labels
    }

    private func clearedLabels(_ map: YAMLMapping) throws(YAMLError) -> [String] {
        var names: [String] = []
        for (name, _, value) in try map.given("labels")?.entries() ?? [] where try value.string().isEmpty { names.append(name) }
        return names
    }
}
