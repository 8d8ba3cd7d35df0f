import Model

/// Targets that were found together and share labels.
public struct TargetGroup: Sendable, Hashable {
    /// Identifies the group among those of one discovery: a position or a file and a position.
    public var source: String
    /// Each has at least `__address__`.
    public var targets: [Labels]
    /// Added to each target that does not have them.
    public var labels: Labels

    public init(source: String, targets: [Labels], labels: Labels = .empty) {
        self.source = source
        self.targets = targets
        self.labels = labels
    }

    public static let addressLabel = "__address__"
}

/// One entry of `file_sd_configs`.
public struct FileDiscoveryConfiguration: Sendable, Hashable {
    /// Paths whose last element may be a pattern, ending in `.json`, `.yml` or `.yaml`.
    public var patterns: [String]
    /// Milliseconds between two readings.
    public var refreshInterval: Int64

    public init(patterns: [String], refreshInterval: Int64 = 300_000) {
        self.patterns = patterns
        self.refreshInterval = refreshInterval
    }
}
