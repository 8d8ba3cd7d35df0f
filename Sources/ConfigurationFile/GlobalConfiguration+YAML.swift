import Model
import Scraping
import StrictYAML

extension GlobalConfiguration {
    private static let keys = ScrapeDefaults.keys + ["evaluation_interval", "rule_query_offset", "query_log_file", "external_labels"]

    init(_ value: YAMLValue, environment: [String: String], protocols: [ScrapeProtocol]) throws(YAMLError) {
        let map = try value.mapping(keys: Self.keys)
        scraping = try ScrapeDefaults(global: map, protocols: protocols)
        if let value = try map.duration("evaluation_interval"), value > 0 { evaluationInterval = value }
        ruleQueryOffset = try map.duration("rule_query_offset") ?? 0
        queryLogFile = try map.filePath("query_log_file")
        if let value = map.given("external_labels") {
            externalLabels = try Self.expanded(try value.labels(scraping.nameValidation), value, environment)
        }
    }

    private static func expanded(_ labels: Labels, _ value: YAMLValue, _ environment: [String: String]) throws(YAMLError) -> Labels {
        var builder = LabelsBuilder()
        for label in labels {
            let text = EnvironmentExpansion.expand(label.value, environment) { name in
                value.warn("the environment variable \(name) is empty or not set")
            }
            builder.set(label.name, text)
        }
        return builder.labels()
    }
}
