/// One event out of the many that a counter or a bucket counts, with labels that lead to it, such as the id of a trace.
public struct Exemplar: Sendable, Equatable {
    public var labels: Labels
    public var value: Double
    public var time: Timestamp
    /// Whether it came with a time of its own; otherwise it has that of its sample.
    public var isTimed: Bool

    public init(labels: Labels, value: Double, time: Timestamp, isTimed: Bool = true) {
        self.labels = labels
        self.value = value
        self.time = time
        self.isTimed = isTimed
    }

    /// OpenMetrics allows as many characters in all names and values together.
    public static let longestLabels = 128

    /// Whether the labels are within what OpenMetrics allows.
    public var isShortEnough: Bool {
        var characters = 0
        labels.forEachBytes { name, value in
            for text in [name, value] { characters += text.reduce(0) { $1 & 0xc0 == 0x80 ? $0 : $0 + 1 } }
            return characters <= Self.longestLabels
        }
        return characters <= Self.longestLabels
    }
}

/// The exemplars of one series, the oldest first.
public struct SeriesExemplars: Sendable, Equatable {
    public var labels: Labels
    public var exemplars: [Exemplar]

    public init(labels: Labels, exemplars: [Exemplar]) {
        self.labels = labels
        self.exemplars = exemplars
    }
}
