/// Something the storage wants to be known; the server writes it to its log.
public struct StorageEvent: Sendable {
    public enum Level: Sendable {
        case info, warning, error
    }

    public let level: Level
    public let message: String
    /// Details, in a sensible order.
    public let fields: [(name: String, value: String)]

    public init(_ level: Level, _ message: String, _ fields: [(name: String, value: String)] = []) {
        self.level = level
        self.message = message
        self.fields = fields
    }
}

/// Called from whatever thread found out, never with a lock held.
public typealias Reporter = @Sendable (StorageEvent) -> Void
