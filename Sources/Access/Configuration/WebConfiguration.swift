public import StrictYAML

/// What the file of `--web.config.file` says: Prometheus's grammar (its exporter-toolkit's), and under the key `martlet` what it has no words for.
///
/// Read at the start and whenever it changes. It holds hashes and keys, and nothing of it is ever shown.
public struct WebConfiguration: Sendable {
    /// Nil: plain HTTP.
    var tls: TLSSettings?
    /// Sent with every answer.
    public internal(set) var headers: [(name: String, value: String)] = []
    var rateLimit: RateLimit?
    var users = Users()
    var tokens = Tokens()
    /// By the names in verified client certificates.
    var certificateRoles: [[UInt8]: Set<Role>] = [:]
    /// The files it names.
    var namedFiles: [String] = []
    /// Whether the file says nothing at all.
    var isEmpty = true
    /// Accepted, but worth telling.
    public internal(set) var warnings: [YAMLError] = []

    /// The configuration of an empty file: plain HTTP, and everybody may do everything.
    public init() {}

    /// Whether requests must say who they are from.
    public var needsLogin: Bool { !users.isEmpty || !tokens.isEmpty || !certificateRoles.isEmpty }

    /// Whether nobody can send requests but those who can prove who they are.
    public var isClosed: Bool { needsLogin || tls?.clientAuthentication.isRequiredAndVerified == true }

    /// Requests of all clients together: `burst` at once, and after that one every `interval` nanoseconds.
    struct RateLimit: Sendable, Hashable {
        var interval: Int64 = 0
        var burst: Int64 = 0
    }

    public var speaksTLS: Bool { tls != nil }

    // MARK: What was read, for those who check a file

    public var userCount: Int { users.count }
    public var tokenCount: Int { tokens.count }
}

/// Names and passwords of `basic_auth_users`. Names are compared as bytes.
struct Users: Sendable {
    struct User: Sendable {
        let name: String
        let password: BcryptHash
        var roles: Set<Role>
    }

    private var all: [[UInt8]: User] = [:]
    /// In the order of the file, for `decoy`.
    private var names: [[UInt8]] = []

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    subscript(name: some Sequence<UInt8>) -> User? { all[Array(name)] }

    mutating func add(_ user: User) {
        let name = Array(user.name.utf8)
        if all.updateValue(user, forKey: name) == nil { names.append(name) }
    }

    /// False if there is no such user.
    mutating func give(_ roles: Set<Role>, to name: String) -> Bool {
        guard all[Array(name.utf8)] != nil else { return false }
        all[Array(name.utf8)]?.roles = roles
        return true
    }

    /// Whose password is checked in the place of that of a user there is none of, so that the answer takes as long. The same number always gives
    /// the same user. Nil without users.
    func decoy(_ number: UInt64) -> BcryptHash? {
        names.isEmpty ? nil : all[names[Int(number % UInt64(names.count))]]?.password
    }
}

/// Bearer tokens, of which only the SHA-256 is known.
struct Tokens: Sendable {
    struct Token: Sendable {
        let name: String
        let digest: [UInt8]
        let roles: Set<Role>
    }

    private(set) var all: [Token] = []

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    mutating func add(_ token: Token) { all.append(token) }

    /// Takes the same time whether and where it finds the token.
    subscript(digest: [UInt8]) -> Token? {
        var found: Token?
        for token in all where ConstantTime.equal(token.digest, digest) { found = token }
        return found
    }
}

/// Comparison whose time tells nothing of where two secrets differ.
enum ConstantTime {
    static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
