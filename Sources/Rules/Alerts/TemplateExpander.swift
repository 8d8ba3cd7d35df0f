public import Model
public import PromQL

/// What a template may look at while it is expanded.
public struct TemplateContext: Sendable {
    /// The alert's name, for messages.
    public var name: String
    /// Of the query's answer, with the metric name and without the rule's own labels.
    public var labels: Labels
    public var value: Double
    /// The evaluation time.
    public var time: Timestamp
    public var external: ExternalIdentity
    /// Evaluates a query of the template's at `time`.
    public var query: @Sendable (_ text: String) throws -> [VectorSample]

    public init(
        name: String, labels: Labels, value: Double, time: Timestamp, external: ExternalIdentity,
        query: @escaping @Sendable (_ text: String) throws -> [VectorSample]
    ) {
        self.name = name
        self.labels = labels
        self.value = value
        self.time = time
        self.external = external
        self.query = query
    }
}

/// How the server is known to others.
public struct ExternalIdentity: Sendable, Equatable {
    public var labels: Labels
    public var url: String

    public init(labels: Labels = .empty, url: String = "") {
        self.labels = labels
        self.url = url
    }
}

/// Expands the templates in labels and annotations. Called from several threads at once.
public protocol TemplateExpander: Sendable {
    /// Only asked for texts with `{{`. What it throws becomes part of the text.
    func expand(_ text: String, _ context: TemplateContext) throws -> String
}

extension TemplateExpander {
    /// The expanded text; where that fails, the reason in its place.
    func text(_ template: String, _ context: TemplateContext) -> String {
        do {
            return try expand(template, context)
        } catch {
            return "<error expanding template: \(error)>"
        }
    }
}
