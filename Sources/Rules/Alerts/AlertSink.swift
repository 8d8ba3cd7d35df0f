public import Model

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
}

/// Takes alerts after each evaluation of a rule that has some to send. Called from several threads; must not block for long.
public protocol AlertSink: Sendable {
    func send(_ alerts: [SentAlert])
}
