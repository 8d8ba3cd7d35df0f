/// Who asked for something, as far as is known.
public struct Requester: Sendable, Hashable {
    /// Who logged in; nil where nobody had to, or nobody did.
    public var authenticated: String?
    /// Who the request says it is from: a silence's `createdBy`, say. Nobody has checked it.
    public var claimed: String?
    /// The address the request came from; empty for what the server does of itself.
    public var address: String

    public init(authenticated: String? = nil, claimed: String? = nil, address: String = "") {
        self.authenticated = authenticated
        self.claimed = claimed
        self.address = address
    }

    /// What the server does of itself.
    public static let server = Requester(claimed: "martlet")
}
