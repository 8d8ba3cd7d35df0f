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

    public struct VectorSeries: Decodable, Sendable {
        public let metric: [String: String]
        public let value: Point
    }

    public struct MatrixSeries: Decodable, Sendable {
        public let metric: [String: String]
        public let values: [Point]
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
        case .vector(let series): series.map { "\(Self.labels($0.metric)) => \($0.value)" }.joined(separator: "\n")
        case .matrix(let series):
            series.map { one in
                "\(Self.labels(one.metric)) =>\n" + one.values.map(\.description).joined(separator: "\n")
            }.joined(separator: "\n")
        }
    }

    /// A label set as `name{a="b"}`; `{}` when it is empty.
    public static func labels(_ metric: [String: String]) -> String {
        let text = Labels(metric.map { (name: $0.key, value: $0.value) }).description
        return text.isEmpty ? "{}" : text
    }
}

extension QueryAnswer.Point: CustomStringConvertible {
    public var description: String { "\(value) @[\(FloatFormat.plain(seconds))]" }
}
