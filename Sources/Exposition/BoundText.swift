public import Model

/// The bounds of buckets and the quantiles of summaries, which exporters write as they like.
public enum BoundText {
    /// A number as OpenMetrics writes it (`1.0` for `1`), so that all exporters give the same series; nil if the text is no number.
    public static func normalized(_ text: UnsafeRawBufferPointer) -> String? {
        FloatParsing.parse(text).map(text(of:))
    }

    /// The number as OpenMetrics writes it.
    public static func text(of value: Double) -> String {
        let shortest = FloatFormat.general(value)
        let isWhole = value.isFinite && !shortest.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }
        return isWhole ? shortest + ".0" : shortest
    }

    /// The label of a series of this type that holds one.
    public static func label(of type: MetricType?) -> StaticString? {
        switch type {
        case .histogram: "le"
        case .summary: "quantile"
        default: nil
        }
    }
}
