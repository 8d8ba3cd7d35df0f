public import Model

/// An exemplar as it stands in a page.
public struct ExposedExemplar: Equatable, Sendable {
    public var labels: Labels
    public var value: Double
    /// In milliseconds, nil if it has none.
    public var timestamp: Timestamp?

    public init(labels: Labels, value: Double, timestamp: Timestamp?) {
        self.labels = labels
        self.value = value
        self.timestamp = timestamp
    }
}

extension ExpositionCursor {
    /// Reads the exemplar of a line of this page; nil if the line has none. Throws if its labels cannot be: not UTF-8, or a name twice.
    public func exemplar(of line: SeriesLine) throws -> ExposedExemplar? {
        guard !line.exemplar.isEmpty else { return nil }
        // The line was read, so that the parts are where they have to be.
        var part = ExpositionCursor(self[line.exemplar], format: .openMetrics)
        let (value, timestamp) = try part.exemplarParts()
        return ExposedExemplar(labels: try KeyReader.exemplarLabels(self[line.exemplar]), value: value, timestamp: timestamp)
    }
}
