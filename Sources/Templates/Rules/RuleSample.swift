public import Model

/// One element of the result of a query that a template makes.
public struct RuleSample: Sendable {
    public let labels: Labels
    public let value: Double

    public init(labels: Labels, value: Double) {
        self.labels = labels
        self.value = value
    }

    static let typeName = "*template.sample"
    static let listTypeName = "template.queryResult"

    var templateValue: TemplateValue {
        .record(TemplateRecord([.init("Labels", .labels(labels)), .init("Value", .double(value))], typeName: Self.typeName))
    }
}
