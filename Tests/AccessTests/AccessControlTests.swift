import AccessFuzz
import Catalog
import Model
import NIOSSL
import Testing

@testable import Access

/// Who is let in, by a configuration that may change.
struct AccessControlTests {
    private static let secret = "open:sesame"
    private static let token = "0123456789-abcdefghijklmnop"

    private static func configuration(more: String = "") throws -> String {
        let hash = try #require(BcryptHash.make(secret.utf8, cost: 4))
        return """
            basic_auth_users: {alice: \(hash), reader: \(hash)}
            martlet:
              tokens: [{name: robot, sha256: \(TokenText(token).sha256), role: [writer, viewer]}]
              roles: {users: {reader: viewer}}
            """ + more
    }

    private static func basic(_ user: String, _ password: String) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = Array("\(user):\(password)".utf8).flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        let text = stride(from: 0, to: bits.count, by: 6).map { start in
            letters[(0..<6).reduce(0) { $0 << 1 | Int(start + $1 < bits.count ? bits[start + $1] : 0) }]
        }
        return "Basic " + String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    /// The verdict in a word: who, `401`, `403` or `429`.
    private static func verdict(
        _ access: AccessControl, _ header: String?, for audience: Audience = .viewer, certificate: ClientCertificate? = nil
    ) async -> String {
        switch await access.judge(authorization: header, certificate: certificate, client: "10.0.0.1:4711", for: audience) {
        case .admitted(let login): login?.name ?? "anybody"
        case .unknown: "401"
        case .forbidden: "403"
        case .busy: "429"
        }
    }

    @Test("everybody as each audience")
    func table() async throws {
        let access = try World([World.path: try Self.configuration()]).access()
        let people: [(String?, [String])] = [
            (nil, ["anybody", "401", "401", "401", "401"]), ("Nonsense", ["anybody", "401", "401", "401", "401"]),
            (Self.basic("alice", Self.secret), ["anybody", "alice", "alice", "alice", "alice"]),
            (Self.basic("reader", Self.secret), ["anybody", "reader", "403", "403", "403"]),
            ("Bearer " + Self.token, ["anybody", "robot", "robot", "403", "403"]),
        ]
        for (header, wanted) in people {
            for (audience, word) in zip(Audience.allCases, wanted) {
                #expect(await Self.verdict(access, header, for: audience) == word, "\(header ?? "nobody") as \(audience)")
            }
        }
    }

    @Test("roles include one another as documented")
    func roles() {
        let included: [Role: [Audience]] = [
            .viewer: [.anyone, .viewer], .writer: [.anyone, .writer], .operator: [.anyone, .viewer, .operator], .admin: Audience.allCases,
        ]
        for role in Role.allCases {
            let login = Login(name: "a", means: .password, roles: [role])
            #expect(Audience.allCases.filter { login.belongs(to: $0) } == included[role])
        }
        let both = Login(name: "a", means: .password, roles: [.viewer, .writer])
        #expect(Audience.allCases.filter { both.belongs(to: $0) } == [.anyone, .viewer, .writer])
    }

    @Test("without users and tokens everybody is let in, whatever they say")
    func open() async throws {
        let access = try World([World.path: ""]).access()
        #expect(!access.configuration.isClosed)
        for header in [nil, "Nonsense", Self.basic("alice", "x")] { #expect(await Self.verdict(access, header, for: .admin) == "anybody") }
    }

    @Test("a wrong login is counted and on record, with who was claimed, and without what was tried")
    func failures() async throws {
        let world = World([World.path: try Self.configuration()])
        let access = try world.access()
        #expect(await Self.verdict(access, Self.basic("alice", "guess")) == "401")
        #expect(await Self.verdict(access, Self.basic("mallory", "guess")) == "401")
        #expect(world.metric("martlet_web_failed_logins_total") == 2)
        // The second waits until the time for gathering them is over.
        #expect(world.records.map(\.action) == ["login.fail"])
        #expect(world.records.first?.by == .init(claimed: "alice", address: "10.0.0.1"))
        #expect(!"\(world.records)".contains("guess"))
        // The right one is let in at once.
        #expect(await Self.verdict(access, Self.basic("alice", Self.secret)) == "alice")
    }

    @Test("many requests with the same password are one check")
    func together() async throws {
        let hash = try #require(BcryptHash.make(Self.secret.utf8, cost: 9))
        let access = try World([World.path: "basic_auth_users: {alice: \(hash)}\n"]).access()
        let header = Self.basic("alice", Self.secret)
        let words = await withTaskGroup(of: String.self) { group in
            for _ in 0..<200 { group.addTask { await Self.verdict(access, header) } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        // Checks of their own would be more than an address has at once.
        #expect(words == ["alice"])
    }

    @Test("a changed file is in force with the next request, a broken or an empty one never")
    func changes() async throws {
        let world = World([World.path: try Self.configuration()])
        let access = try world.access()
        let header = Self.basic("alice", Self.secret)
        func now(_ text: String) async -> String {
            world.write(World.path, text)
            world.passTime()
            return await Self.verdict(access, header)
        }
        #expect(await Self.verdict(access, header) == "alice")
        for text in ["basic_auth_users: {", "", "# cut off\n", "tls_server_config: {cert_file: a}\n"] {
            #expect(await now(text) == "alice")
            #expect(world.metric("martlet_web_config_last_reload_successful") == 0)
        }
        let other = try #require(BcryptHash.make("another".utf8, cost: 4))
        #expect(await now("basic_auth_users: {alice: \(other)}\n") == "401")
        #expect(world.metric("martlet_web_config_last_reload_successful") == 1)
        #expect(await Self.verdict(access, Self.basic("alice", "another")) == "alice")
        #expect(world.records.map(\.action).filter { $0 != "login.fail" } == Array(repeating: "web-configuration.reload", count: 5))
        #expect(world.records.last { $0.action != "login.fail" }?.failure == nil)
        #expect(world.records.first?.by == .server && world.records.first?.failure?.hasPrefix("web.yml:") == true)
        // On purpose, and said in so many words.
        #expect(await now("basic_auth_users: {}\n") == "anybody")
    }

    @Test("a token file that changes is a change")
    func tokenFile() async throws {
        let text = "martlet: {tokens: [{name: robot, token_file: t, role: viewer}]}\n"
        let world = World([World.path: text, "t": Self.token])
        let access = try world.access()
        #expect(await Self.verdict(access, "Bearer " + Self.token) == "robot")
        world.write("t", "another-token-of-some-length\n")
        world.passTime()
        #expect(await Self.verdict(access, "Bearer another-token-of-some-length") == "robot")
        #expect(await Self.verdict(access, "Bearer " + Self.token) == "401")
    }

    @Test("a verified certificate is a login by the first of its names that has a role")
    func certificates() async throws {
        let shown = try NIOSSLCertificate(bytes: Array(FuzzCertificate.pem.utf8), format: .pem)
        func verdict(_ type: String, _ roles: String, _ header: String? = nil) async throws -> String {
            let tls = "tls_server_config: {cert_file: c, key_file: k, client_ca_file: c, client_auth_type: \(type)}\n"
            let world = World([World.path: tls + roles, "c": FuzzCertificate.pem, "k": FuzzCertificate.key])
            let access = try world.access()
            let certificate = try #require(await access.tls()).shown(shown)
            return await Self.verdict(access, header, certificate: certificate)
        }
        let own = "martlet: {roles: {client_certificates: {spiffe://example.org/agent: writer, agent@example.org: viewer}}}\n"
        #expect(try await verdict("RequireAndVerifyClientCert", own) == "agent@example.org")
        #expect(try await verdict("VerifyClientCertIfGiven", "martlet: {roles: {client_certificates: {agent.example: writer}}}\n") == "403")
        #expect(try await verdict("VerifyClientCertIfGiven", "martlet: {roles: {client_certificates: {other: viewer}}}\n") == "401")
        #expect(try await verdict("RequireAndVerifyClientCert", "") == "agent of the example")
        // Nobody has vouched for it.
        #expect(try await verdict("RequireAnyClientCert", "") == "anybody")
        let users = try Self.configuration()
        #expect(try await verdict("RequireAndVerifyClientCert", users) == "401")
        #expect(try await verdict("RequireAndVerifyClientCert", users, Self.basic("alice", Self.secret)) == "alice")
    }

    @Test("what nobody had vouched for in the handshake is no login after the settings have changed")
    func unverified() async throws {
        let tls = "tls_server_config: {cert_file: c, key_file: k, client_ca_file: c, client_auth_type: RequireAnyClientCert}\n"
        let world = World([World.path: tls, "c": FuzzCertificate.pem, "k": FuzzCertificate.key])
        let access = try world.access()
        let certificate = try #require(await access.tls()).shown(try NIOSSLCertificate(bytes: Array(FuzzCertificate.pem.utf8), format: .pem))
        #expect(await Self.verdict(access, nil, for: .admin, certificate: certificate) == "anybody")
        let roles = "martlet: {roles: {client_certificates: {agent.example: admin}}}\n"
        world.write(World.path, tls.replacing("RequireAny", with: "RequireAndVerify") + roles)
        world.passTime()
        #expect(await Self.verdict(access, nil, for: .viewer, certificate: certificate) == "401")
    }
}
