import Exposition
import Model

/// Turns the labels on a page into those of the stored series: target labels, conflicts, relabelling and limits.
struct SeriesMaker {
    /// Bytes of a label's name or value, whatever the configuration allows.
    private static let longest = 1 << 20

    /// The target's own labels, without those that begin with `__`.
    private let targetLabels: Labels
    private let honorLabels: Bool
    private let rules: [RelabelRule]
    private let limits: ScrapeLimits
    private let nameValidation: NameValidation
    private let forge: KeyForge

    init(targetLabels: Labels, honorLabels: Bool, rules: [RelabelRule], limits: ScrapeLimits, nameValidation: NameValidation) {
        self.targetLabels = targetLabels
        self.honorLabels = honorLabels
        self.rules = rules
        self.limits = limits
        self.nameValidation = nameValidation
        forge = KeyForge(adding: targetLabels)
    }

    /// Nil: relabelling drops the series. `type` is what the last TYPE line before it said.
    func make(_ key: UnsafeRawBufferPointer, _ format: ExpositionFormat, type: MetricType?) throws -> Labels? {
        let bound = BoundText.label(of: type)
        guard !saysWhatIsAbsent(key), let forged = forge.labels(key, format: format, bound: bound) else {
            return try makeStepwise(key, format, bound: bound)
        }
        return rules.isEmpty ? try checked(forged) : try relabelled(LabelsBuilder(forged))
    }

    /// The same for keys of any kind.
    func makeStepwise(_ key: UnsafeRawBufferPointer, _ format: ExpositionFormat, bound: StaticString?) throws -> Labels? {
        var builder = LabelsBuilder(try KeyReader.labels(key, format: format))
        if let bound { normalize("\(bound)", in: &builder) }
        addTargetLabels(to: &builder, without: saysWhatIsAbsent(key) ? KeyReader.emptyNames(key, format: format) : [])
        return try relabelled(builder)
    }

    /// The same for a page that is no text.
    func make(_ exposed: Labels) throws -> Labels? {
        var builder = LabelsBuilder(exposed)
        addTargetLabels(to: &builder)
        return try relabelled(builder)
    }

    private func normalize(_ bound: String, in builder: inout LabelsBuilder) {
        guard var text = builder[bound], let normal = text.withUTF8({ BoundText.normalized(UnsafeRawBufferPointer($0)) }) else { return }
        builder.set(bound, normal)
    }

    private func relabelled(_ builder: LabelsBuilder) throws -> Labels? {
        var builder = builder
        guard Relabeller.apply(rules, to: &builder) else { return nil }
        let labels = builder.labels()
        guard !labels.isEmpty else { return nil }
        guard labels.metricName != nil else { throw ScrapeError("missing metric name (__name__ label)") }
        return try checked(labels)
    }

    private func checked(_ labels: Labels) throws -> Labels {
        if nameValidation == .legacy, !isLegacy(labels) { throw ScrapeError("invalid metric name or label names: \(labels)") }
        try checkLimits(labels)
        return labels
    }

    /// With `honor_labels` a label without a value says that the series has none, also not that of the target: another server's `/federate` writes
    /// `instance=""`.
    private func saysWhatIsAbsent(_ key: UnsafeRawBufferPointer) -> Bool {
        let quote = UInt8(ascii: "\"")
        return honorLabels && zip(key, key.dropFirst()).contains { $0 == quote && $1 == quote }
    }

    /// With `honor_labels` the page's labels win; without, the target's do, and the page's get the prefix `exported_` as often as needed.
    private func addTargetLabels(to builder: inout LabelsBuilder, without absent: [String] = []) {
        var conflicts: [Label] = []
        for label in targetLabels {
            let exposed = builder[label.name]
            if honorLabels, exposed != nil || absent.contains(where: { sameBytes($0, label.name) }) { continue }
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

    /// The configured limits, and those that hold always: the storage takes no more labels, and one label is not to take the room of a page.
    private func checkLimits(_ labels: Labels) throws {
        if limits.labels > 0 { try checkCount(labels, limits.labels) }
        // As many labels take four bytes each.
        if labels.encoding.count > KeyReader.maxLabels * 4 { try checkCount(labels, Int64(KeyReader.maxLabels)) }
        if limits.labelNameLength > 0 || limits.labelValueLength > 0 || labels.encoding.count > Self.longest { try checkLengths(labels) }
    }

    private func checkCount(_ labels: Labels, _ limit: Int64) throws {
        let count = labels.count
        guard count > limit else { return }
        throw ScrapeError("label_limit exceeded (metric: \(shown(labels.metricName)), number of labels: \(count), limit: \(limit))", exceeds: .labels)
    }

    private func checkLengths(_ labels: Labels) throws {
        let longestName = limits.labelNameLength > 0 ? Int(limits.labelNameLength) : Self.longest
        let longestValue = limits.labelValueLength > 0 ? Int(limits.labelValueLength) : Self.longest
        try labels.forEachBytes { name, value in
            if name.count > longestName {
                throw ScrapeError(
                    "label_name_length_limit exceeded (\(place(name, labels)), length: \(name.count), limit: \(longestName))", exceeds: .labels)
            }
            if value.count > longestValue {
                let text = quoted(shown(String(decoding: value, as: UTF8.self)))
                throw ScrapeError(
                    "label_value_length_limit exceeded (\(place(name, labels)), value: \(text), length: \(value.count), limit: \(longestValue))",
                    exceeds: .labels)
            }
            return true
        }
    }

    private func place(_ name: UnsafeRawBufferPointer, _ labels: Labels) -> String {
        "metric: \(shown(labels.metricName)), label name: \(shown(String(decoding: name, as: UTF8.self)))"
    }

    /// The beginning of a text, for messages.
    private func shown(_ text: String?) -> String { String(String.UnicodeScalarView((text ?? "").unicodeScalars.prefix(50))) }
}

/// Why a scrape failed, in words for the target's status.
public struct ScrapeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A limit that has a counter of its own.
    public enum Limit: Hashable, Sendable { case bodySize, samples, labels, targets, histogramBuckets }

    public let description: String
    public let exceeds: Limit?

    /// Bytes of a description: targets have a say in what is told of them.
    static let longest = 4096

    public init(_ description: String, exceeds: Limit? = nil) {
        self.description = description.utf8.count <= Self.longest ? description : Self.beginning(of: description)
        self.exceeds = exceeds
    }

    /// Whatever kept a page from being fetched.
    init(of error: any Error) { self = error as? ScrapeError ?? ScrapeError("\(error)") }

    private static func beginning(of text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var left = longest
        for scalar in text.unicodeScalars {
            left -= UTF8.width(scalar)
            if left < 0 { break }
            scalars.append(scalar)
        }
        return String(scalars) + "…"
    }

    static let bodySizeLimit = ScrapeError("body size limit exceeded", exceeds: .bodySize)
    static let bucketLimit = ScrapeError("histogram bucket limit exceeded", exceeds: .histogramBuckets)
    static let sampleLimit = ScrapeError("sample limit exceeded", exceeds: .samples)
}
