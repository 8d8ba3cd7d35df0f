public import Model

/// One of the series that a metric stands for.
public enum ProtobufSeries: Equatable, Sendable {
    /// Of the metric's own name: a counter, a gauge, or what is of no type.
    case value
    case count
    case sum
    /// With the upper bound as `le`.
    case bucket(Double)
    case quantile(Double)
    /// Of the metric's own name, whatever its buckets are.
    case histogram

    private var suffix: String {
        switch self {
        case .value, .quantile, .histogram: ""
        case .count: "_count"
        case .sum: "_sum"
        case .bucket: "_bucket"
        }
    }

    private var bound: (name: String, value: Double)? {
        switch self {
        case .bucket(let bound): ("le", bound)
        case .quantile(let quantile): ("quantile", quantile)
        default: nil
        }
    }

    fileprivate func key(_ metric: LineKey, _ fingerprints: Fingerprint) -> LineKey {
        let number: UInt64 =
            switch self {
            case .value: 1
            case .count: 2
            case .sum: 3
            case .bucket: 4
            case .quantile: 5
            case .histogram: 6
            }
        var fingerprint = fingerprints.joined(metric.fingerprint, number)
        if let bound { fingerprint = fingerprints.joined(fingerprint, bound.value.bitPattern) }
        return LineKey(fingerprint: fingerprint, count: metric.count)
    }

    fileprivate func labels(_ metric: ProtobufMetric, _ name: UnsafeRawBufferPointer, _ page: UnsafeRawBufferPointer) throws -> Labels {
        var others: [(name: [UInt8], value: [UInt8])] = [(Array(Labels.metricName.utf8), name + Array(suffix.utf8))]
        if let bound { others.append((Array(bound.name.utf8), Array(BoundText.text(of: bound.value).utf8))) }
        return try LabelPair.labels(metric.labels, page, adding: others)
    }
}

/// A metric of a family and the page they are of: what the series of the metric are known by, and their labels.
public struct ProtobufPlace {
    public let page: UnsafeRawBufferPointer
    public let family: MetricFamilyCursor.Family
    private let familyKey: UInt64
    private let fingerprints = Fingerprint.shared

    public init(_ page: UnsafeRawBufferPointer, _ family: MetricFamilyCursor.Family) {
        self.page = page
        self.family = family
        familyKey = fingerprints.of(UnsafeRawBufferPointer(rebasing: page[family.name]))
    }

    /// What names all that the page says of the family, but its metrics.
    public var header: LineKey {
        var state = fingerprints.joined(familyKey, family.kind.rawValue)
        for text in [family.help, family.unit] {
            state = fingerprints.joined(state, fingerprints.of(UnsafeRawBufferPointer(rebasing: page[text])))
        }
        return LineKey(fingerprint: state, count: family.name.count + family.help.count + family.unit.count)
    }

    public var name: String { String(decoding: page[family.name], as: UTF8.self) }

    public var metadata: Metadata {
        Metadata(
            type: family.kind.type, help: String(decoding: page[family.help], as: UTF8.self), unit: String(decoding: page[family.unit], as: UTF8.self)
        )
    }

    /// What names a metric's labels and family.
    public func key(_ metric: ProtobufMetric) -> LineKey {
        let key = metric.fingerprint(page, familyKey, fingerprints)
        return LineKey(fingerprint: key.fingerprint, count: key.count + family.name.count)
    }

    /// The same for one of its series. `metric`: what ``key(_:)-(ProtobufMetric)`` gave.
    public func key(_ series: ProtobufSeries, of metric: LineKey) -> LineKey { series.key(metric, fingerprints) }

    /// The labels of a series, with its name. Throws if no series can have them.
    public func labels(_ series: ProtobufSeries, of metric: ProtobufMetric) throws -> Labels {
        try series.labels(metric, UnsafeRawBufferPointer(rebasing: page[family.name]), page)
    }
}
