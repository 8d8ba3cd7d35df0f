import Model

/// How far an alert has come; the later, the worse.
public enum AlertState: Int, Sendable, Comparable {
    /// Its condition holds no more.
    case inactive
    /// Its condition has not held for long enough.
    case pending
    case firing

    public static func < (a: AlertState, b: AlertState) -> Bool { a.rawValue < b.rawValue }

    /// As in the label `alertstate` and in the API.
    public var name: String {
        switch self {
        case .inactive: "inactive"
        case .pending: "pending"
        case .firing: "firing"
        }
    }
}

/// One alert of a rule. Times are milliseconds since 1970.
struct Alert {
    /// How long a resolved alert is kept, so that whoever missed the news of it hears of it.
    static let retention: Int64 = 15 * 60_000

    let labels: Labels
    var annotations: [Label]
    var value: Double
    var state = AlertState.pending
    /// The state that others were last told of.
    var told = AlertState.inactive
    var activeAt: Timestamp
    var firedAt: Timestamp?
    var resolvedAt: Timestamp?
    var keepFiringSince: Timestamp?
    var lastSentAt: Timestamp?
    /// Which evaluation has seen it last.
    var seen: UInt64
    /// The labels of what it came from, without a metric name; kept where the rule asks for missing data.
    var origin: Labels?
    /// Whether it is active for want of data.
    var lacksData = false
    /// Its series in the rule's `SeriesWriter`, while they are written.
    var alertSeries: Int?
    var stateSeries: Int?

    init(labels: Labels, annotations: [Label], value: Double, activeAt: Timestamp, seen: UInt64) {
        self.labels = labels
        self.annotations = annotations
        self.value = value
        self.activeAt = activeAt
        self.seen = seen
    }

    var isActive: Bool { state != .inactive }

    /// Changes the alert where it is.
    mutating func apply(_ body: (inout Alert) -> Void) { body(&self) }

    /// What an evaluation makes of an alert that its result does not have; false if it is to be forgotten.
    mutating func miss(at time: Timestamp, keepFiring: Int64) -> Bool {
        switch state {
        case .pending: return false
        case .inactive: return resolvedAt.map { time - $0 <= Self.retention } ?? false
        case .firing:
            if keepFiring > 0 {
                let since = keepFiringSince ?? time
                keepFiringSince = since
                if time - since < keepFiring { return true }
            }
            resolve(at: time)
            return true
        }
    }

    private mutating func resolve(at time: Timestamp) {
        state = .inactive
        resolvedAt = time
        lacksData = false
        alertSeries = nil
        stateSeries = nil
    }

    /// Moves an active alert between pending and firing: it may have held for long enough, or `for` may have been raised.
    mutating func settle(at time: Timestamp, hold: Int64) {
        let hasHeld = time - activeAt >= hold
        if state == .pending, hasHeld {
            state = .firing
            firedAt = time
        } else if state == .firing, !hasHeld {
            state = .pending
            firedAt = nil
            lastSentAt = nil
        } else {
            return
        }
        // The series bears the state in a label.
        alertSeries = nil
    }

    /// Whether it is time to tell others of it.
    func needsSending(at time: Timestamp, resendDelay: Int64) -> Bool {
        if state == .pending { return false }
        guard let lastSentAt else { return true }
        if let resolvedAt, resolvedAt > lastSentAt { return true }
        return lastSentAt + resendDelay < time
    }
}
