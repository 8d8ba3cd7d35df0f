import Model
public import StrictYAML

extension WebConfiguration {
    /// Reads a file and what it names.
    /// - Parameter read: gives the content of a file.
    /// - Throws: what is wrong, with its place, or that the file cannot be read.
    public static func load(_ path: String, read: (_ path: String) throws -> [UInt8]) throws(YAMLError) -> WebConfiguration {
        let bytes: [UInt8]
        do { bytes = try read(path) } catch { throw YAMLError(YAMLPlace(file: path, line: 1, column: 1), "cannot be read: \(error)") }
        let notes = YAMLNotes()
        var configuration = WebConfiguration()
        if let document = try YAMLValue.parse(bytes, file: path, notes: notes) {
            configuration.isEmpty = false
            try configuration.take(document, read)
        }
        configuration.warnings = notes.all
        return configuration
    }

    private mutating func take(_ document: YAMLValue, _ read: (String) throws -> [UInt8]) throws(YAMLError) {
        let map = try document.mapping(keys: ["tls_server_config", "http_server_config", "rate_limit", "basic_auth_users", "martlet"])
        if let server = map.given("tls_server_config") { tls = try TLSSettings(server, &namedFiles) }
        if let http = map.given("http_server_config") { headers = try SecurityHeaders.read(http) }
        if let limit = map.given("rate_limit") { rateLimit = try RateLimit(limit) }
        if let passwords = map.given("basic_auth_users") { users = try Users(passwords) }
        if let own = map.given("martlet") { try take(own: own, read) }
    }

    /// `martlet:` stands alone among the keys, so that what keeps a file from being read by a Prometheus, which refuses what it does not know,
    /// is in one place.
    private mutating func take(own section: YAMLValue, _ read: (String) throws -> [UInt8]) throws(YAMLError) {
        let map = try section.mapping(keys: ["tokens", "roles"])
        for item in try map.list("tokens") {
            let token = try Tokens.Token(item, &namedFiles, read)
            try check(token, item)
            tokens.add(token)
        }
        guard let roles = map.given("roles") else { return }
        let given = try roles.mapping(keys: ["users", "client_certificates"])
        for (name, place, value) in try given["users"]?.entries() ?? [] {
            guard users.give(try value.roles(), to: name) else {
                throw YAMLError(place, "\(roles.path).users: there is no \(quoted(name)) in basic_auth_users")
            }
        }
        for (name, _, value) in try given["client_certificates"]?.entries() ?? [] { certificateRoles[Array(name.utf8)] = try value.roles() }
        if !certificateRoles.isEmpty, tls?.clientAuthentication.isVerified != true {
            throw given.error(
                at: "client_certificates",
                "a client's certificate proves nothing unless tls_server_config.client_auth_type is VerifyClientCertIfGiven or RequireAndVerifyClientCert"
            )
        }
    }

    /// Records tell people and programs by their names.
    private func check(_ token: Tokens.Token, _ item: YAMLValue) throws(YAMLError) {
        if users[token.name.utf8] != nil { throw item.error("\(quoted(token.name)) is already the name of a user") }
        for other in tokens.all {
            if sameBytes(other.name, token.name) { throw item.error("\(quoted(token.name)) is already the name of another token") }
            if other.digest == token.digest { throw item.error("this is the same token as \(quoted(other.name))") }
        }
    }
}

extension Users {
    init(_ value: YAMLValue) throws(YAMLError) {
        self.init()
        for (name, _, value) in try value.entries() {
            let hash: BcryptHash
            // The text itself may be a password that was not hashed: it is not repeated.
            do { hash = try BcryptHash(try value.string()) } catch let wrong as BcryptHash.Invalid {
                throw YAMLError(value.place, "basic_auth_users: the password of \(quoted(name)): \(wrong.description)")
            } catch {
                throw YAMLError(value.place, "basic_auth_users: the password of \(quoted(name)) is not a bcrypt hash")
            }
            if !hash.canMatch { value.warn("no password can match this hash; make a new one with 'martlet web hash-password'") }
            if hash.cost > BcryptHash.highestSensibleCost {
                value.warn("a cost of \(hash.cost) makes every first login take a minute or longer; 10 to 12 is usual")
            }
            // As in Prometheus, where whoever may log in may do everything.
            add(User(name: name, password: hash, roles: [.admin]))
        }
    }
}

extension Tokens.Token {
    /// Characters that a token of a file must have: fewer could be guessed from its hash.
    private static let shortest = 20

    init(_ value: YAMLValue, _ namedFiles: inout [String], _ read: (String) throws -> [UInt8]) throws(YAMLError) {
        let map = try value.mapping(keys: ["name", "sha256", "token_file", "role"])
        guard let name = try map.string("name"), !name.isEmpty else { throw value.error("a token needs a name, by which records tell of it") }
        guard let role = map.given("role") else { throw value.error("the token \(quoted(name)) needs a role") }
        let digest: [UInt8]
        switch (map.given("sha256"), map.given("token_file")) {
        case (let hash?, nil): digest = try Self.digest(hash)
        case (nil, let file?):
            let path = try file.filePath()
            namedFiles.append(path)
            digest = SHA256Sum.of(try Self.content(path, file, read))
        default: throw value.error("the token \(quoted(name)) needs one of sha256 and token_file")
        }
        self.init(name: name, digest: digest, roles: try role.roles())
    }

    private static func digest(_ value: YAMLValue) throws(YAMLError) -> [UInt8] {
        let text = Array(try value.string().utf8)
        let digits = text.compactMap(hexadecimal)
        guard text.count == 64, digits.count == 64 else {
            // Not repeated: it may be the token itself.
            throw value.error("expected a token's SHA-256, 64 hexadecimal digits, as 'martlet web token' prints it")
        }
        return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func content(_ path: String, _ value: YAMLValue, _ read: (String) throws -> [UInt8]) throws(YAMLError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try read(path) } catch { throw value.error("the token cannot be read: \(error)") }
        var token = bytes[...]
        while let last = token.last, last <= 0x20 { token.removeLast() }
        while let first = token.first, first <= 0x20 { token.removeFirst() }
        guard token.count >= shortest, token.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw value.error("\(path) does not hold a token: at least \(shortest) printable ASCII characters without blanks")
        }
        return Array(token)
    }
}

extension YAMLValue {
    /// One role or a list of them.
    fileprivate func roles() throws(YAMLError) -> Set<Role> {
        if isList {
            var roles: Set<Role> = []
            for item in try list() { roles.insert(try item.choice(Role.self)) }
            if roles.isEmpty { throw error("expected at least one role") }
            return roles
        }
        return [try choice(Role.self)]
    }
}

extension WebConfiguration.RateLimit {
    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["interval", "burst"])
        let number = try map.number("burst") ?? 0
        guard abs(number) < 1e15 else { throw map.error(at: "burst", "expected a number of requests") }
        burst = Int64(number)
        guard let text = map.given("interval") else { return }
        guard let nanoseconds = GoDuration.nanoseconds(try text.string()) else {
            throw text.error("expected a duration such as 10ms, 1.5s or 1m, found \(quoted(try text.string()))")
        }
        interval = nanoseconds
        if interval > 0, burst <= 0 { value.warn("a burst of \(burst) lets no request through") }
    }
}
