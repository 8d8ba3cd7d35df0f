import StrictYAML

/// A web configuration that is in force, with what is known of the logins to it.
final class WebSettings: Sendable {
    let configuration: WebConfiguration
    let headers: [(name: String, value: String)]
    let needsLogin: Bool
    let tls: ServerTLS?
    let logins = KnownLogins()
    /// Of the files it was read from, before they were read.
    let stamps: [String: WebFiles.Stamp?]

    /// - Throws: what is wrong with the file, or with one that it names.
    init(_ path: String, _ files: WebFiles) throws(YAMLError) {
        let before = files.stamp(path)
        configuration = try WebConfiguration.load(path, read: files.read)
        var stamps = [path: before]
        for file in configuration.namedFiles { stamps[file] = files.stamp(file) }
        self.stamps = stamps
        // Asked for with every request.
        (headers, needsLogin) = (configuration.headers, configuration.needsLogin)
        tls = try configuration.tls.map { settings throws(YAMLError) in try ServerTLS(settings, read: files.read) }
    }

    /// Whether a file has changed since.
    func isOutdated(_ files: WebFiles) -> Bool { stamps.contains { files.stamp($0.key) != $0.value } }

    // MARK: Who somebody is

    /// Takes as long for a user there is none of as for one there is. Never on an event loop.
    func login(user: [UInt8], password: [UInt8]) -> Login? {
        guard let known = configuration.users[user] else {
            _ = configuration.users.decoy(logins.number(user))?.matches(password)
            return nil
        }
        return known.password.matches(password) ? Login(name: known.name, means: .password, roles: known.roles) : nil
    }

    func login(token: [UInt8]) -> Login? {
        let known: Tokens.Token? = configuration.tokens[SHA256Sum.of(token)]
        return known.map { Login(name: $0.name, means: .token, roles: $0.roles) }
    }

    /// By the first of its names that was given roles; where nobody needs to log in, by the first of all.
    func login(_ certificate: ClientCertificate?) -> Login? {
        guard let certificate, certificate.isVerified else { return nil }
        let names = certificate.names
        guard needsLogin else {
            return names.first.map { Login(name: $0, means: .certificate, roles: [.admin]) }
        }
        for name in names {
            if let roles = configuration.certificateRoles[Array(name.utf8)] { return Login(name: name, means: .certificate, roles: roles) }
        }
        return nil
    }

    /// What the `WWW-Authenticate` header offers.
    var challenges: [String] {
        var all: [String] = []
        if !configuration.users.isEmpty { all.append(#"Basic realm="Martlet", charset="UTF-8""#) }
        if !configuration.tokens.isEmpty { all.append(#"Bearer realm="Martlet""#) }
        // There is no scheme for what TLS should have shown.
        return all.isEmpty ? [#"Bearer realm="Martlet""#] : all
    }
}
