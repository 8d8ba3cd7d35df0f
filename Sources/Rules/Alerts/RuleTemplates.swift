public import Model
import PromQL
import Synchronization
import Templates

/// Expands the texts of rules as Prometheus does. A text is read once for each rule that has it.
public final class RuleTemplates: TemplateExpander {
    private struct Key: Hashable {
        let rule: String
        let text: String
    }

    private let known = Mutex<[Key: AlertTemplate]>([:])
    /// Reloads may bring new texts for ever.
    private static let most = 20_000

    public init() {}

    public func expand(_ text: String, _ context: TemplateContext) throws -> String {
        let query = context.query
        let host = RuleTemplateHost(externalURL: context.external.url, now: context.time) { text in
            try query(text).map { RuleSample(labels: $0.labels, value: $0.sample.value) }
        }
        return try template(text, context.name).expand(
            AlertTemplate.Alert(labels: context.labels, value: context.value), externalLabels: context.external.labels, host: host)
    }

    private func template(_ text: String, _ rule: String) -> AlertTemplate {
        known.withLock { known in
            let key = Key(rule: rule, text: text)
            if let template = known[key] { return template }
            if known.count >= Self.most { known.removeAll() }
            let template = AlertTemplate(text, alert: rule)
            known[key] = template
            return template
        }
    }
}
