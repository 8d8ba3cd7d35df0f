public import Model

/// The two families of text pages. Version 0.0.1 of OpenMetrics is read as 1.0.0.
public enum ExpositionFormat: Sendable, Hashable {
    /// Prometheus text, versions 0.0.4 and 1.0.0.
    case text
    case openMetrics
}

/// What a page is made of.
public enum PageFormat: Sendable, Hashable {
    case lines(ExpositionFormat)
    /// Messages `io.prometheus.client.MetricFamily`, each behind its length: see ``MetricFamilyCursor``.
    case protobuf

    public static let text = PageFormat.lines(.text)
    public static let openMetrics = PageFormat.lines(.openMetrics)
}

/// One line of a page. Ranges are byte offsets in the page.
public enum ExpositionEntry: Equatable, Sendable {
    case type(name: Range<Int>, MetricType)
    case help(name: Range<Int>, text: Range<Int>)
    case unit(name: Range<Int>, text: Range<Int>)
    case comment
    case series(SeriesLine)
    /// The end of the page; for OpenMetrics, `# EOF`.
    case end
}

/// A sample as it stands in a page.
public struct SeriesLine: Equatable, Sendable {
    /// The bytes of `name{labels}` as they were written: equal bytes mean the same series.
    public var key: Range<Int>
    public var value: Double
    /// The explicit timestamp in milliseconds, nil if the line has none.
    public var timestamp: Timestamp?
    /// The exemplar from its opening brace to the end of the line, empty if there is none.
    public var exemplar: Range<Int>
}
