import Exposition
import Model

/// Turns the labels on a page into those of the stored series: target labels, conflicts, relabelling and limits.
struct SeriesMaker {
    /// The target's own labels, without those that begin with `__`.
    let targetLabels: Labels
    let honorLabels: Bool
    let rules: [RelabelRule]
    let limits: ScrapeLimits
    let nameValidation: NameValidation

    /// Nil: relabelling drops the series. `type` is what the last TYPE line before it said.
    func make(_ key: UnsafeRawBufferPointer, _ format: ExpositionFormat, type: MetricType?) throws -> Labels? {
        var builder = LabelsBuilder(try KeyReader.labels(key, format: format))
        normalizeBound(&builder, type)
        addTargetLabels(to: &builder)
        guard Relabeller.apply(rules, to: &builder) else { return nil }
        let labels = builder.labels()
        guard !labels.isEmpty else { return nil }
        guard let name = labels.metricName else { throw ScrapeError("missing metric name (__name__ label)") }
        if nameValidation == .legacy, !isLegacy(labels) { throw ScrapeError("invalid metric name or label names: \(labels)") }
        try checkLimits(labels, name)
        return labels
    }

    /// Bounds and quantiles are written as OpenMetrics writes numbers (`1.0` for `1`), so that all exporters give the same series.
    private func normalizeBound(_ builder: inout LabelsBuilder, _ type: MetricType?) {
        let name: String
        switch type {
        case .histogram: name = "le"
        case .summary: name = "quantile"
        default: return
        }
        guard let text = builder[name], let value = FloatParsing.parse(text) else { return }
        let shortest = FloatFormat.general(value)
        let isWhole = value.isFinite && !shortest.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }
        builder.set(name, isWhole ? shortest + ".0" : shortest)
    }

    /// With `honor_labels` the page's labels win; without, the target's do, and the page's get the prefix `exported_` as often as needed.
    private func addTargetLabels(to builder: inout LabelsBuilder) {
        var conflicts: [Label] = []
        for label in targetLabels {
            let exposed = builder[label.name]
            if exposed != nil, honorLabels { continue }
            if let exposed { conflicts.append(Label(label.name, exposed)) }
            builder.set(label.name, label.value)
        }
        // Shorter names first, so that the outcome does not depend on the order of labels.
        for label in conflicts.sorted(by: { $0.name.utf8.count < $1.name.utf8.count }) {
            var name = "exported_" + label.name
            while builder[name] != nil { name = "exported_" + name }
            builder.set(name, label.value)
        }
    }

    private func isLegacy(_ labels: Labels) -> Bool {
        labels.allSatisfy {
            $0.name == Labels.metricName ? LabelNames.isLegacyMetricName($0.value) : LabelNames.isLegacyLabelName($0.name)
        }
    }

    private func checkLimits(_ labels: Labels, _ metric: String) throws {
        if limits.labels > 0, labels.count > limits.labels {
            throw ScrapeError(
                "label_limit exceeded (metric: \(metric.prefix(50)), number of labels: \(labels.count), limit: \(limits.labels))", exceeds: .labels)
        }
        guard limits.labelNameLength > 0 || limits.labelValueLength > 0 else { return }
        for label in labels {
            let name = label.name.utf8.count
            let value = label.value.utf8.count
            let place = "metric: \(metric.prefix(50)), label name: \(label.name.prefix(50))"
            if limits.labelNameLength > 0, name > limits.labelNameLength {
                throw ScrapeError("label_name_length_limit exceeded (\(place), length: \(name), limit: \(limits.labelNameLength))", exceeds: .labels)
            }
            if limits.labelValueLength > 0, value > limits.labelValueLength {
                let shown = quoted(String(label.value.prefix(50)))
                throw ScrapeError(
                    "label_value_length_limit exceeded (\(place), value: \(shown), length: \(value), limit: \(limits.labelValueLength))",
                    exceeds: .labels)
            }
        }
    }
}

/// Why a scrape failed, in words for the target's status.
public struct ScrapeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A limit that has a counter of its own.
    public enum Limit: Hashable, Sendable { case bodySize, samples, labels, targets }

    public let description: String
    public let exceeds: Limit?

    public init(_ description: String, exceeds: Limit? = nil) {
        self.description = description
        self.exceeds = exceeds
    }

    static let bodySizeLimit = ScrapeError("body size limit exceeded", exceeds: .bodySize)
    static let sampleLimit = ScrapeError("sample limit exceeded", exceeds: .samples)
}
