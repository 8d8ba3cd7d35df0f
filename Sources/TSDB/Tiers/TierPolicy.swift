public import Model

/// How long tiers keep what they have, in milliseconds; nil: for good. How long raw samples are kept says `Retention`.
public struct TierPolicy: Sendable, Equatable {
    public var fiveMinutes: Int64? = 30 * 86_400_000
    public var hour: Int64? = 365 * 86_400_000
    /// Of several rules that match a series the first counts.
    public var rules: [RetentionRule] = []

    public init() {}

    public func keeps(_ tier: Tier) -> Int64? {
        switch tier {
        case .fiveMinutes: fiveMinutes
        case .hour: hour
        }
    }
}

/// How long some series are kept, in milliseconds, where that is not as long as the others.
public struct RetentionRule: Sendable, Hashable {
    public var matchers: [Matcher]
    /// Nil: as all others.
    public var raw: Int64?
    public var fiveMinutes: Int64?
    public var hour: Int64?

    public init(matchers: [Matcher], raw: Int64? = nil, fiveMinutes: Int64? = nil, hour: Int64? = nil) {
        self.matchers = matchers
        self.raw = raw
        self.fiveMinutes = fiveMinutes
        self.hour = hour
    }
}
