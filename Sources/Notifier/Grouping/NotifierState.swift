import Model

/// What must outlive a restart.
public struct NotifierState: Sendable {
    public var silences: [Silence]
    public var log: [LogEntry]
    /// Not yet arrived, as far as is known.
    public var deliveries: [Delivery]
    public var alerts: [Alert]
    /// Greater than the ID of every delivery so far.
    public var nextDelivery: UInt64

    public init(
        silences: [Silence] = [], log: [LogEntry] = [], deliveries: [Delivery] = [], alerts: [Alert] = [], nextDelivery: UInt64 = 1
    ) {
        self.silences = silences
        self.log = log
        self.deliveries = deliveries
        self.alerts = alerts
        self.nextDelivery = nextDelivery
    }
}

/// One change of that state.
public enum NotifierChange: Sendable, Hashable {
    case alert(Alert)
    case alertForgotten(Fingerprint)
    case silence(Silence)
    case silenceForgotten(id: String)
    /// A delivery that must be kept until it ends.
    case queued(Delivery)
    /// It arrived, was refused or was overtaken.
    case ended(delivery: UInt64)
    case logged(LogEntry)
    case logForgotten(LogKey)
}

/// Keeps the state. Changes of one call belong together: after a crash either all of them are there or none.
public protocol NotificationStore: Sendable {
    func load() throws -> NotifierState
    func commit(_ changes: [NotifierChange]) throws
}

/// What the world has to do after a step. Changes must be kept before deliveries are begun; what is sent twice after a crash then has the
/// same ID both times.
public struct NotifierSteps: Sendable {
    public internal(set) var changes: [NotifierChange] = []
    public internal(set) var deliveries: [Delivery] = []
    /// Attempts that need not go on.
    public internal(set) var cancelled: [UInt64] = []

    public init() {}
}
