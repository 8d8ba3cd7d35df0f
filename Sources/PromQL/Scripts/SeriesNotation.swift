public import Model

/// A series and its values as scripts write them: `name{label="value"}` and `1 2 _ stale 3+1x5 {{sum:5 count:4 buckets:[1 2 1]}}`.
public enum SeriesNotation {
    public enum Point: Sendable {
        /// No sample.
        case none
        case value(Double)
        case histogram(FloatHistogram)
    }

    /// What is wrong with a text.
    public struct Malformed: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// The labels of a series.
    public static func labels(_ text: String) throws(Malformed) -> Labels {
        do throws(ParseError) {
            let (labels, rest) = try PromQLParser.parseMetric(text)
            if rest.trimmed.isEmpty { return labels }
            throw ParseError(.none, "unexpected \(quoted(String(rest.trimmed)))")
        } catch {
            throw Malformed(description: "bad series \(quoted(text)): \(error)")
        }
    }

    /// The values, one for each step.
    public static func points(_ text: String) throws(Malformed) -> [Point] {
        do throws(ScriptPoints.Malformed) {
            return try ScriptPoints.read(text[...].trimmed).map { point in
                switch point {
                case .none: .none
                case .value(let value): .value(value)
                case .histogram(let histogram): .histogram(histogram.histogram.histogram)
                }
            }
        } catch {
            throw Malformed(description: error.message)
        }
    }

    /// Whether two histograms are the same but for how their buckets are laid out; what is known of resets counts.
    public static func areSame(_ a: FloatHistogram, _ b: FloatHistogram) -> Bool {
        let (a, b) = (SparseHistogram(a).compacted(), SparseHistogram(b).compacted())
        return a.hint == b.hint && a.isAlmost(b)
    }
}
