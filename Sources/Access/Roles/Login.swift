/// Somebody who proved who they are. One object a login, which many requests share.
public final class Login: Sendable {
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
    private let audiences: Set<Audience>

    public init(name: String, means: Means, roles: Set<Role>) {
        self.name = name
        self.means = means
        self.roles = roles
        audiences = roles.reduce(into: []) { $0.formUnion($1.audiences) }
    }

    public func belongs(to audience: Audience) -> Bool { audiences.contains(audience) }
}
