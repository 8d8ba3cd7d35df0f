/// Which names of metrics and labels are accepted: any UTF-8 text, or the letters, digits and underscores of before Prometheus 3.
public enum NameValidation: String, Sendable, Hashable, CaseIterable {
    case utf8, legacy

    /// Whether a label may bear this name.
    public func acceptsLabel(_ name: String) -> Bool {
        self == .utf8 ? LabelNames.isValid(name) : LabelNames.isLegacyLabelName(name)
    }

    /// Whether a metric may bear this name.
    public func acceptsMetric(_ name: String) -> Bool {
        self == .utf8 ? LabelNames.isValid(name) : LabelNames.isLegacyMetricName(name)
    }
}
