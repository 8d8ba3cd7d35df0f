import Model

/// The answer of `query` and `query_range`.
public enum QueryAnswer: Decodable, Sendable {
    case scalar(Point)
    case string(Point)
    case vector([VectorSeries])
    case matrix([MatrixSeries])

    /// `[seconds, "value"]`.
    public struct Point: Decodable, Sendable {
        public let seconds: Double
        public let value: String

        public init(from decoder: any Decoder) throws {
            var pair = try decoder.unkeyedContainer()
            seconds = try pair.decode(Double.self)
            value = try pair.decode(String.self)
        }
    }

    /// `[seconds, {"count": "4", "sum": "5", "buckets": [[0, "0.5", "1", "3"]]}]`.
    public struct HistogramPoint: Decodable, Sendable {
        public let seconds: Double
        public let histogram: Histogram

        public init(from decoder: any Decoder) throws {
            var pair = try decoder.unkeyedContainer()
            seconds = try pair.decode(Double.self)
            histogram = try pair.decode(Histogram.self)
        }
    }

    public struct Histogram: Decodable, Sendable {
        public let count: String
        public let sum: String
        public let buckets: [Bucket]?
    }

    /// Which bounds belong to it, the bounds, and the count.
    public struct Bucket: Decodable, Sendable {
        public let bounds: Int
        public let lower: String
        public let upper: String
        public let count: String

        public init(from decoder: any Decoder) throws {
            var parts = try decoder.unkeyedContainer()
            bounds = try parts.decode(Int.self)
            lower = try parts.decode(String.self)
            upper = try parts.decode(String.self)
            count = try parts.decode(String.self)
        }
    }

    /// Has a value or a histogram.
    public struct VectorSeries: Decodable, Sendable {
        public let metric: [String: String]
        public let value: Point?
        public let histogram: HistogramPoint?
    }

    /// Has values, histograms or both, each ascending.
    public struct MatrixSeries: Decodable, Sendable {
        public let metric: [String: String]
        public let values: [Point]?
        public let histograms: [HistogramPoint]?
    }

    private enum Key: String, CodingKey { case resultType, result }

    public init(from decoder: any Decoder) throws {
        let data = try decoder.container(keyedBy: Key.self)
        switch try data.decode(String.self, forKey: .resultType) {
        case "scalar": self = .scalar(try data.decode(Point.self, forKey: .result))
        case "string": self = .string(try data.decode(Point.self, forKey: .result))
        case "vector": self = .vector(try data.decode([VectorSeries].self, forKey: .result))
        case "matrix": self = .matrix(try data.decode([MatrixSeries].self, forKey: .result))
        case let other: throw APIClient.Failure(description: "unknown result type \(quoted(other))")
        }
    }
}

extension QueryAnswer: CustomStringConvertible {
    /// One line a sample, `series => value @[seconds]`, as promtool prints it.
    public var description: String {
        switch self {
        case .scalar(let point): "scalar: \(point)"
        case .string(let point): point.value
        case .vector(let series): series.map { "\(Self.labels($0.metric)) => \(Self.text($0))" }.joined(separator: "\n")
        case .matrix(let series):
            series.map { one in
                let points =
                    (one.values ?? []).map { ($0.seconds, $0.description) } + (one.histograms ?? []).map { ($0.seconds, $0.description) }
                return "\(Self.labels(one.metric)) =>\n" + points.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: "\n")
            }.joined(separator: "\n")
        }
    }

    private static func text(_ series: VectorSeries) -> String { series.histogram?.description ?? series.value?.description ?? "" }

    /// A label set as `name{a="b"}`; `{}` when it is empty.
    public static func labels(_ metric: [String: String]) -> String {
        let text = Labels(metric.map { (name: $0.key, value: $0.value) }).description
        return text.isEmpty ? "{}" : text
    }
}

extension QueryAnswer.Point: CustomStringConvertible {
    public var description: String { "\(value) @[\(FloatFormat.plain(seconds))]" }
}

extension QueryAnswer.HistogramPoint: CustomStringConvertible {
    /// `{count:4, sum:5, (0.5,1]:3} @[1.5]`
    public var description: String {
        let buckets = (histogram.buckets ?? []).map { bucket in
            let opens = bucket.bounds == 1 || bucket.bounds == 3 ? "[" : "("
            let closes = bucket.bounds == 0 || bucket.bounds == 3 ? "]" : ")"
            return ", \(opens)\(bucket.lower),\(bucket.upper)\(closes):\(bucket.count)"
        }
        return "{count:\(histogram.count), sum:\(histogram.sum)\(buckets.joined())} @[\(FloatFormat.plain(seconds))]"
    }
}
