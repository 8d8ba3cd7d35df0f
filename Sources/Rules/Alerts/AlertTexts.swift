import Model

/// The labels and annotations that an alerting rule gives its alerts, as far as they can be worked out ahead of any result.
struct AlertTexts: Sendable {
    let name: String
    private let constantLabels: Labels
    private let templatedLabels: [Label]
    private let clearedLabels: [String]
    let annotations: [Label]
    private let annotationReaches: [TemplateReach]
    /// What the labels depend on beyond the result's own labels.
    let labelReach: TemplateReach
    let annotationReach: TemplateReach

    /// - Parameter rule: with its group's labels.
    init(_ rule: Rule, _ alert: AlertingRule) {
        name = alert.name
        let reaches = rule.labels.map { TemplateReach($0.value) }
        constantLabels = Labels(zip(rule.labels, reaches).filter { $0.1 == .constant }.map(\.0))
        templatedLabels = zip(rule.labels, reaches).filter { $0.1 != .constant }.map(\.0)
        clearedLabels = rule.clearedLabels
        labelReach = reaches.max() ?? .constant
        annotations = alert.annotations
        annotationReaches = alert.annotations.map { TemplateReach($0.value) }
        annotationReach = annotationReaches.max() ?? .constant
    }

    /// The labels that all alerts of the rule have with these values, the name included.
    var shared: Labels { constantLabels.setting(Self.nameLabel, name) }

    static let nameLabel = "alertname"

    /// The labels of the alert that a result stands for.
    func labels(of result: Labels, expand: (String) -> String) -> Labels {
        var builder = LabelsBuilder(result)
        builder.remove(Labels.metricName)
        for name in clearedLabels { builder.remove(name) }
        for label in constantLabels { builder.set(label.name, label.value) }
        for label in templatedLabels { builder.set(label.name, expand(label.value)) }
        builder.set(Self.nameLabel, name)
        return builder.labels()
    }

    /// The labels that a result may have had which stands for the alert with these: those that the rule has not given.
    func labelsWithout(_ labels: Labels) -> Labels {
        var builder = LabelsBuilder(labels)
        for label in constantLabels { builder.remove(label.name) }
        for label in templatedLabels { builder.remove(label.name) }
        builder.remove(Self.nameLabel)
        return builder.labels()
    }

    /// All annotations, or those of `old` with the ones worked out again that depend on more than `settled`.
    func annotations(after old: [Label]?, settled: TemplateReach, expand: (String) -> String) -> [Label] {
        guard var texts = old, texts.count == annotations.count else {
            return zip(annotations, annotationReaches).map { Label($0.name, $1 == .constant ? $0.value : expand($0.value)) }
        }
        for (index, reach) in annotationReaches.enumerated() where reach > settled {
            texts[index] = Label(annotations[index].name, expand(annotations[index].value))
        }
        return texts
    }
}
