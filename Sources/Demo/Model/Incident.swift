/// One drill played once: errors above 5 %, slow answers, a queue that grows.
public struct Incident: Sendable, Equatable {
    public let drill: Drill
    /// Unix seconds; the end is outside.
    public let start: Double
    public let end: Double
}
