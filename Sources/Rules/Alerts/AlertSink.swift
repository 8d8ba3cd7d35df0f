public import Model
import Templates

/// An alert that is to be told to others.
public struct SentAlert: Sendable {
    /// Without the external labels.
    public var labels: Labels
    public var annotations: [Label]
    /// When it began to fire.
    public var startsAt: Timestamp
    /// When it was resolved; nil while it fires.
    public var resolvedAt: Timestamp?
    /// Until when it may be taken to fire if nothing more is heard of it.
    public var validUntil: Timestamp
    /// The rule's expression, which links lead to.
    public var query: String

    /// What receivers are told as the end: of a firing alert when it may be forgotten.
    public var endsAt: Timestamp { resolvedAt ?? validUntil }

    public init(
        labels: Labels, annotations: [Label] = [], startsAt: Timestamp, resolvedAt: Timestamp? = nil, validUntil: Timestamp, query: String
    ) {
        self.labels = labels
        self.annotations = annotations
        self.startsAt = startsAt
        self.resolvedAt = resolvedAt
        self.validUntil = validUntil
        self.query = query
    }

    /// Where people are shown the rule's expression.
    /// - Parameter externalURL: of the server, without a slash at the end.
    public func generatorURL(_ externalURL: String) -> String { "\(externalURL)/graph?g0.expr=\(Escaping.urlQuery(query))&g0.tab=1" }
}

/// Takes alerts after each evaluation of a rule that has some to send. Called from several threads; must not block for long.
public protocol AlertSink: Sendable {
    func send(_ alerts: [SentAlert])
}
