public import Model

/// What a record is about.
public enum RecordKind: Int64, Sendable, CaseIterable {
    // Kept on disk: a number is never used for something else.
    case audit = 1
    case transition = 2
    case attempt = 3
    case event = 4

    enum Name: String {
        case audit, transition, attempt, event
    }

    public var name: String {
        switch self {
        case .audit: Name.audit.rawValue
        case .transition: Name.transition.rawValue
        case .attempt: Name.attempt.rawValue
        case .event: Name.event.rawValue
        }
    }

    /// Nil for a word that is no kind.
    public init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}

// What records are found by.
extension RecordEntry {
    public var kind: RecordKind {
        switch self {
        case .audit: .audit
        case .transition: .transition
        case .attempt: .attempt
        case .event: .event
        }
    }

    /// Of an event, when it begins.
    public var time: Timestamp {
        switch self {
        case .audit(let record): record.time
        case .transition(let record): record.time
        case .attempt(let record): record.time
        case .event(let record): record.startsAt
        }
    }

    /// What was done, the state that was reached, how the attempt ended, or the event's kind.
    public var action: String {
        switch self {
        case .audit(let record): record.action
        case .transition(let record): record.to.rawValue
        case .attempt(let record): record.outcome.rawValue
        case .event(let record): record.kind.rawValue
        }
    }

    /// Nil where nobody was to be told anything.
    public var receiver: String? {
        if case .attempt(let record) = self { record.receiver } else { nil }
    }

    /// The labels of the alerts it tells of.
    public var alerts: [Labels] {
        switch self {
        case .transition(let record): [record.labels]
        case .attempt(let record): record.alerts
        case .audit, .event: []
        }
    }
}
