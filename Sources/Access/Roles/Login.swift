/// Somebody who proved who they are.
public struct Login: Sendable, Hashable {
    /// What it was proved with.
    public enum Means: String, Sendable {
        case password
        case token
        case certificate
    }

    /// The user's name, the token's, or the one in the client's certificate.
    public let name: String
    public let means: Means
    /// More than one adds up.
    public let roles: Set<Role>

    public init(name: String, means: Means, roles: Set<Role>) {
        self.name = name
        self.means = means
        self.roles = roles
    }

    public func belongs(to audience: Audience) -> Bool { roles.contains { $0.belongs(to: audience) } }
}
