import Model
import StrictYAML

/// Alerts that match the target are not told of while one that matches the source fires and both agree in some labels.
public struct InhibitRuleConfiguration: Sendable {
    public enum Equality: Sendable, Hashable {
        case labels([String])
        /// All labels of both but these; only the built-in rules have it.
        case allExcept([String])
    }

    public var name = ""
    public var source: [AlertMatcher] = []
    public var target: [AlertMatcher] = []
    public var equal = Equality.labels([])

    public init(name: String, source: [AlertMatcher], target: [AlertMatcher], equal: Equality) {
        self.name = name
        self.source = source
        self.target = target
        self.equal = equal
    }

    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: [
            "name", "source_match", "source_match_re", "source_matchers", "target_match", "target_match_re", "target_matchers", "equal",
        ])
        name = try map.string("name") ?? ""
        source = try MatcherReading.matchers(map, match: "source_match", expressions: "source_match_re", matchers: "source_matchers")
        target = try MatcherReading.matchers(map, match: "target_match", expressions: "target_match_re", matchers: "target_matchers")
        var labels: [String] = []
        for item in try map.list("equal") {
            let label = try item.string()
            if label.isEmpty { throw item.error("a label's name must not be empty") }
            labels.append(label)
        }
        equal = .labels(labels)
    }
}
