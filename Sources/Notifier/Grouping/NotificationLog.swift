public import Model

/// One integration of one receiver.
public struct IntegrationKey: Sendable, Hashable, CustomStringConvertible {
    public let receiver: String
    public let kind: IntegrationKind
    public let index: Int

    public init(receiver: String, kind: IntegrationKind, index: Int) {
        self.receiver = receiver
        self.kind = kind
        self.index = index
    }

    public var description: String { "\(receiver)/\(kind.rawValue)[\(index)]" }
}

/// A group as one integration sees it.
public struct LogKey: Sendable, Hashable {
    public let group: String
    public let integration: IntegrationKey

    public init(group: String, integration: IntegrationKey) {
        self.group = group
        self.integration = integration
    }

    /// Keys of groups have values of labels in them.
    public static func == (a: LogKey, b: LogKey) -> Bool { a.integration == b.integration && sameBytes(a.group, b.group) }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(integration)
        hasher.combine(Array(group.utf8))
    }
}

/// What an integration was last told about a group.
public struct LogEntry: Sendable, Hashable {
    public var key: LogKey
    public var firing: Set<Fingerprint>
    public var resolved: Set<Fingerprint>
    /// When it was told.
    public var time: Timestamp
    /// From when on it may be forgotten.
    public var expiresAt: Timestamp

    public init(key: LogKey, firing: Set<Fingerprint>, resolved: Set<Fingerprint>, time: Timestamp, expiresAt: Timestamp) {
        self.key = key
        self.firing = firing
        self.resolved = resolved
        self.time = time
        self.expiresAt = expiresAt
    }
}

/// Why an integration is told of a group, in Alertmanager's words.
public enum NotificationReason: String, Sendable, Hashable {
    case first = "first notification"
    case newAlerts = "new alerts added"
    case someResolved = "some alerts resolved"
    case allResolved = "all alerts resolved"
    case repeated = "repeat interval elapsed"
    /// Our own, of the built-in route alone.
    case digest
}

/// What each integration was last told, so that it is told again only if something has changed or enough time has passed.
public struct NotificationLog: Sendable {
    /// How long an entry is kept at most, milliseconds.
    public var retention: Int64
    private(set) var entries: [LogKey: LogEntry] = [:]

    public init(_ entries: [LogEntry] = [], retention: Int64 = 120 * 3_600_000) {
        self.retention = retention
        for entry in entries { self.entries[entry.key] = entry }
    }

    public subscript(key: LogKey) -> LogEntry? { entries[key] }

    /// - Parameter repeatInterval: an entry that is older than two of them says nothing any more.
    mutating func set(_ key: LogKey, firing: Set<Fingerprint>, resolved: Set<Fingerprint>, at now: Timestamp, repeatInterval: Int64) -> LogEntry {
        let kept = min(retention, repeatInterval.later(by: repeatInterval))
        let entry = LogEntry(key: key, firing: firing, resolved: resolved, time: now, expiresAt: now.later(by: kept))
        entries[key] = entry
        return entry
    }

    /// Forgets what has expired; gives what it forgot.
    mutating func purge(at now: Timestamp) -> [LogKey] {
        let old = entries.values.filter { $0.expiresAt <= now }.map(\.key)
        for key in old { entries[key] = nil }
        return old
    }

    /// Whether an integration must be told of a group that is like this now, and why.
    func reason(
        _ key: LogKey, firing: Set<Fingerprint>, resolved: Set<Fingerprint>, sendsResolved: Bool, repeatInterval: Int64, at now: Timestamp
    ) -> NotificationReason? {
        guard let entry = entries[key] else { return firing.isEmpty ? nil : .first }
        if !firing.isSubset(of: entry.firing) { return entry.firing.isEmpty ? .first : .newAlerts }
        // Even who wants to hear nothing of what is resolved: the log must say that nothing fires.
        if firing.isEmpty { return entry.firing.isEmpty ? nil : .allResolved }
        if sendsResolved, !resolved.isSubset(of: entry.resolved) { return .someResolved }
        return entry.time < now.earlier(by: repeatInterval) ? .repeated : nil
    }
}
