/// A text that must not be shown: logs, errors and the configuration page print `<secret>` for it.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is shown instead of every secret.
    public static let mask = "<secret>"

    /// The text itself, for the one who sends it.
    public let revealed: String

    public init(_ text: String) { revealed = text }

    public var description: String { Self.mask }
    public var debugDescription: String { Self.mask }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
