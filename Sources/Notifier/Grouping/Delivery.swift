public import Model

/// A notification on its way to one integration, the same over all attempts, also after a restart.
public struct Delivery: Sendable, Hashable, Identifiable {
    /// One alert as it is told.
    public struct Item: Sendable, Hashable {
        public var labels: Labels
        public var annotations: [Label]
        public var startsAt: Timestamp
        /// Nil while it fires.
        public var endsAt: Timestamp?
        public var generatorAddress: String

        public init(labels: Labels, annotations: [Label], startsAt: Timestamp, endsAt: Timestamp?, generatorAddress: String) {
            self.labels = labels
            self.annotations = annotations
            self.startsAt = startsAt
            self.endsAt = endsAt
            self.generatorAddress = generatorAddress
        }

        public var fingerprint: Fingerprint { Fingerprint(labels) }
    }

    /// Never used again; also what tells two mails or events apart.
    public let id: UInt64
    public let key: LogKey
    public let groupLabels: Labels
    /// In the order in which they are told.
    public let items: [Item]
    public let reason: NotificationReason
    /// When it was decided.
    public let time: Timestamp
    public let repeatInterval: Int64
    /// What the log is to say once it has arrived; it may name more than `items` does.
    public let firing: Set<Fingerprint>
    public let resolved: Set<Fingerprint>
    /// Attempts begun so far.
    public var attempts: Int

    public init(
        id: UInt64, key: LogKey, groupLabels: Labels, items: [Item], reason: NotificationReason, time: Timestamp, repeatInterval: Int64,
        firing: Set<Fingerprint>, resolved: Set<Fingerprint>, attempts: Int = 0
    ) {
        self.id = id
        self.key = key
        self.groupLabels = groupLabels
        self.items = items
        self.reason = reason
        self.time = time
        self.repeatInterval = repeatInterval
        self.firing = firing
        self.resolved = resolved
        self.attempts = attempts
    }

    public var isFiring: Bool { items.contains { $0.endsAt == nil } }
}

/// How an attempt ended.
public enum DeliveryOutcome: Sendable, Hashable {
    /// The receiver has it.
    case accepted
    /// It will never take it.
    case refused(String)
    /// It may take it later, not before so many milliseconds have passed if it said so.
    case failed(String, retryAfter: Int64?)
}

/// When a failed delivery is tried again.
public struct RetryPolicy: Sendable {
    /// Milliseconds before the second attempt.
    public var first: Int64 = 500
    public var factor = 1.5
    public var longest: Int64 = 60_000
    /// What a receiver may ask for at most.
    public var longestAsked: Int64 = 3_600_000

    public init() {}

    /// Milliseconds until the next attempt. Half more or less, so that many do not come at the same time; equal for equal deliveries.
    public func delay(after attempts: Int, id: UInt64, asked: Int64?) -> Int64 {
        var delay = Double(first)
        var steps = attempts
        while steps > 1, delay < Double(longest) {
            delay *= factor
            steps -= 1
        }
        let spread = [id, UInt64(attempts)].withUnsafeBytes { StableHash.folded($0) } % 1000
        let spreadOut = Int64(min(delay, Double(longest)) * (0.5 + Double(spread) / 1000))
        return max(spreadOut, min(max(asked ?? 0, 0), longestAsked))
    }
}
