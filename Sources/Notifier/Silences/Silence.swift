public import Model

/// For some time, alerts that meet some conditions are not told of.
public struct Silence: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        case pending, active, expired
    }

    public var id: String
    /// All must hold.
    public var matchers: [AlertMatcher]
    public var startsAt: Timestamp
    public var endsAt: Timestamp
    public var updatedAt: Timestamp
    public var createdBy: String
    public var comment: String

    public init(
        id: String = "", matchers: [AlertMatcher], startsAt: Timestamp, endsAt: Timestamp, updatedAt: Timestamp = 0, createdBy: String,
        comment: String
    ) {
        self.id = id
        self.matchers = matchers
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.updatedAt = updatedAt
        self.createdBy = createdBy
        self.comment = comment
    }

    public func state(at time: Timestamp) -> State {
        time < startsAt ? .pending : time > endsAt ? .expired : .active
    }

    /// Why there can be no such silence; nil if there can.
    var problem: String? {
        if matchers.isEmpty { return "at least one matcher required" }
        if let unnamed = matchers.firstIndex(where: { $0.name.isEmpty }) { return "invalid label matcher \(unnamed): invalid label name \"\"" }
        if matchers.allSatisfy({ ($0.kind == .equal || $0.kind == .matches) && $0.accepts("") }) {
            return "at least one matcher must not match the empty string"
        }
        if endsAt < startsAt { return "end time must not be before start time" }
        return nil
    }

    /// Whether it can become `other` and still be the same: not what has passed can change, nor whom it is about.
    func canBecome(_ other: Silence, at now: Timestamp) -> Bool {
        guard matchers == other.matchers else { return false }
        switch state(at: now) {
        case .pending: return other.startsAt >= now
        // To the second, since clients do not always send more.
        case .active: return other.endsAt >= now && Self.second(other.startsAt) == Self.second(startsAt)
        case .expired: return false
        }
    }

    private static func second(_ time: Timestamp) -> Int64 { time.quotientAndRemainder(floorDividingBy: 1000).quotient }
}

/// Why a silence cannot be set or ended, in Alertmanager's words where it has some.
public enum SilenceError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknown(id: String)
    case invalid(String)
    case alreadyExpired(id: String)

    public var description: String {
        switch self {
        case .unknown(let id): "silence \(id) not found"
        case .invalid(let reason): "silence invalid: \(reason)"
        case .alreadyExpired(let id): "silence \(id) already expired"
        }
    }
}
