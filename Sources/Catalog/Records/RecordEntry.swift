public import Model

/// What is kept on record for a year.
public enum RecordEntry: Sendable, Hashable {
    case audit(AuditRecord)
    case transition(TransitionRecord)
    case attempt(AttemptRecord)
    case event(EventRecord)
}

/// Takes what is to be kept. Never blocks and never fails: what cannot be kept at once waits, and what is lost is counted.
public protocol Recording: Sendable {
    func record(_ entry: RecordEntry)
}

/// Somebody did something, or tried to.
public struct AuditRecord: Sendable, Hashable {
    public var time: Timestamp
    public var by: Requester
    /// A noun and a verb: `silence.set`, `silence.expire`, `configuration.reload`, `series.delete`, `login.fail`.
    public var action: String
    /// What it was done to: a silence's ID, the matchers of a delete, a file.
    public var object: String
    /// What changed, as people and programs can read it; without secrets.
    public var before: String?
    public var after: String?
    /// Nil: it was done.
    public var failure: String?

    public init(
        time: Timestamp, by: Requester, action: String, object: String, before: String? = nil, after: String? = nil, failure: String? = nil
    ) {
        self.time = time
        self.by = by
        self.action = action
        self.object = object
        self.before = before
        self.after = after
        self.failure = failure
    }
}

/// An alert went from one state into another.
public struct TransitionRecord: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        case inactive, pending, firing
    }

    public var time: Timestamp
    public var group: String
    public var file: String
    /// With `alertname`.
    public var labels: Labels
    public var annotations: [Label]
    public var from: State
    public var to: State
    /// Since when the condition has held; of a resolved alert, had held.
    public var activeAt: Timestamp
    public var value: Double

    public init(
        time: Timestamp, group: String, file: String, labels: Labels, annotations: [Label], from: State, to: State, activeAt: Timestamp,
        value: Double
    ) {
        self.time = time
        self.group = group
        self.file = file
        self.labels = labels
        self.annotations = annotations
        self.from = from
        self.to = to
        self.activeAt = activeAt
        self.value = value
    }
}

/// A notification was tried to be delivered.
public struct AttemptRecord: Sendable, Hashable {
    public enum Outcome: String, Sendable, CaseIterable {
        /// The receiver has it.
        case accepted
        /// It will never take it.
        case refused
        /// It is tried again.
        case failed
    }

    /// When the attempt ended.
    public var time: Timestamp
    /// The same over all attempts.
    public var delivery: UInt64
    public var receiver: String
    /// `email[0]`: the kind, and which one of the receiver's.
    public var integration: String
    public var groupKey: String
    /// Counted from 1.
    public var attempt: Int
    public var outcome: Outcome
    /// Why it was not accepted; without secrets.
    public var detail: String
    /// The labels of the alerts it tells of.
    public var alerts: [Labels]
    /// Whether any of them is firing.
    public var isFiring: Bool
    /// Milliseconds.
    public var duration: Int64

    public init(
        time: Timestamp, delivery: UInt64, receiver: String, integration: String, groupKey: String, attempt: Int, outcome: Outcome,
        detail: String, alerts: [Labels], isFiring: Bool, duration: Int64
    ) {
        self.time = time
        self.delivery = delivery
        self.receiver = receiver
        self.integration = integration
        self.groupKey = groupKey
        self.attempt = attempt
        self.outcome = outcome
        self.detail = detail
        self.alerts = alerts
        self.isFiring = isFiring
        self.duration = duration
    }
}

/// Something people did to the product: a deploy, a maintenance.
public struct EventRecord: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case deploy, maintenance
    }

    public var id: String
    public var kind: Kind
    public var startsAt: Timestamp
    /// Nil for a moment.
    public var endsAt: Timestamp?
    /// In PromQL's notation; empty for everything.
    public var matchers: [String]
    public var comment: String
    public var by: Requester

    public init(
        id: String, kind: Kind, startsAt: Timestamp, endsAt: Timestamp?, matchers: [String], comment: String, by: Requester
    ) {
        self.id = id
        self.kind = kind
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.matchers = matchers
        self.comment = comment
        self.by = by
    }
}
