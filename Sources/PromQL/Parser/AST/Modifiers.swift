import Model

/// `@ 1609746000`, `@ start()`, `@ end()`: the time a selector looks at instead of the evaluation time.
public enum AtModifier: Sendable, Hashable {
    /// Milliseconds since 1970.
    case timestamp(Timestamp)
    /// Start of the query range.
    case start
    /// End of the query range.
    case end
}

/// How a selector supplies values at the edges of its window.
public enum BoundaryMode: String, Sendable {
    /// With the last sample before the edge.
    case anchored
    /// By linear interpolation between the samples around the edge.
    case smoothed
}

/// How the series of two vectors find their partners.
public struct VectorMatching: Sendable, Equatable {
    public enum Cardinality: String, Sendable {
        case oneToOne = "one-to-one"
        /// `group_left`
        case manyToOne = "many-to-one"
        /// `group_right`
        case oneToMany = "one-to-many"
        /// Set operators.
        case manyToMany = "many-to-many"
    }

    public var cardinality: Cardinality
    /// The names of `on` or `ignoring`.
    public var labels: [String]
    /// `on` rather than `ignoring`.
    public var isOn: Bool
    /// Labels that `group_left` and `group_right` copy from the "one" side.
    public var include: [String]
    /// Values that stand in for series missing on a side.
    public var fillLeft: Double?
    public var fillRight: Double?

    public init(
        _ cardinality: Cardinality = .oneToOne, labels: [String] = [], isOn: Bool = false, include: [String] = [],
        fillLeft: Double? = nil, fillRight: Double? = nil
    ) {
        self.cardinality = cardinality
        self.labels = labels
        self.isOn = isOn
        self.include = include
        self.fillLeft = fillLeft
        self.fillRight = fillRight
    }

    public static func == (a: VectorMatching, b: VectorMatching) -> Bool {
        a.cardinality == b.cardinality && a.labels == b.labels && a.isOn == b.isOn && a.include == b.include
            && isSame(a.fillLeft, b.fillLeft) && isSame(a.fillRight, b.fillRight)
    }

    private static func isSame(_ a: Double?, _ b: Double?) -> Bool {
        a.map(\.bitPattern) == b.map(\.bitPattern) || a?.isNaN == true && b?.isNaN == true
    }
}
