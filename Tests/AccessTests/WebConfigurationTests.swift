import AccessFuzz
import StrictYAML
import Testing

@testable import Access

/// What is wrong with a file, and where; the verdicts themselves are held against a real Prometheus in `Tests/Interop`.
struct WebConfigurationTests {
    private static let hash = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"
    private static let users = "basic_auth_users: {alice: \(hash), bob: \(hash)}\n"
    private static let sum = String(repeating: "ab", count: 32)
    private static let pair = ["cert.pem": FuzzCertificate.pem, "key.pem": FuzzCertificate.key]
    private static let tls = "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"

    @Test(
        "refused, with the place",
        arguments: [
            ("web: {}\n", #"web.yml:1:1: unknown key "web""#), ("a\n", "web.yml:1:1: expected a mapping"),
            ("basic_auth_users:\n  alice: secret\n", #"web.yml:2:10: basic_auth_users: the password of "alice": this is no bcrypt hash"#),
            ("http_server_config:\n  headers:\n    Server: x\n", #"web.yml:3:5: the header "Server" cannot be set here"#),
            (
                "http_server_config:\n  headers: {X-Frame-Options: DENY}\n",
                "web.yml:2:30: http_server_config.headers.X-Frame-Options: expected one of"
            ),
            ("tls_server_config: {cert_file: cert.pem}\n", "web.yml:1:20: tls_server_config: TLS needs the key of its certificate"),
            ("tls_server_config: {cert_file: none.pem, key_file: key.pem}\n", "web.yml:1:32: cannot be read: no such file"),
            ("tls_server_config: {cert_file: cert.pem, key_file: other.pem}\n", "web.yml:1:52: the certificate and the key cannot be used together"),
            (tls.replacing("}", with: ", min_version: TLS9}"), "expected one of TLS10, TLS11, TLS12, TLS13"),
            ("rate_limit: {interval: soon}\n", "web.yml:1:24: rate_limit.interval: expected a duration"),
            ("martlet: {users: {}}\n", #"web.yml:1:11: unknown key "users" in martlet"#),
            ("martlet: {tokens: [{sha256: \(sum), role: viewer}]}\n", "a token needs a name"),
            ("martlet: {tokens: [{name: a, sha256: \(sum)}]}\n", #"the token "a" needs a role"#),
            ("martlet: {tokens: [{name: a, role: viewer}]}\n", #"the token "a" needs one of sha256 and token_file"#),
            ("martlet: {tokens: [{name: a, sha256: \(sum), token_file: t, role: viewer}]}\n", "needs one of sha256 and token_file"),
            (
                "martlet: {tokens: [{name: a, sha256: my-secret-token, role: viewer}]}\n",
                "web.yml:1:38: martlet.tokens[0].sha256: expected a token's SHA-256"
            ),
            ("martlet: {tokens: [{name: a, token_file: short, role: viewer}]}\n", "short does not hold a token: at least 20"),
            ("martlet: {tokens: [{name: a, token_file: none, role: viewer}]}\n", "the token cannot be read: no such file"),
            ("martlet: {tokens: [{name: a, sha256: \(sum), role: boss}]}\n", "expected one of viewer, writer, operator, admin"),
            ("martlet: {tokens: [{name: a, sha256: \(sum), role: []}]}\n", "expected at least one role"),
            (
                "martlet: {tokens: [{name: a, sha256: \(sum), role: viewer}, {name: b, sha256: \(sum), role: viewer}]}\n",
                #"this is the same token as "a""#
            ),
            (users + "martlet: {tokens: [{name: bob, sha256: \(sum), role: viewer}]}\n", #""bob" is already the name of a user"#),
            (users + "martlet: {roles: {users: {carol: viewer}}}\n", #"web.yml:2:27: martlet.roles.users: there is no "carol" in basic_auth_users"#),
            (tls + "martlet: {roles: {client_certificates: {a: viewer}}}\n", "web.yml:2:19: martlet.roles: a client's certificate proves nothing"),
        ])
    func refused(text: String, message: String) {
        let files = Self.pair.merging(["other.pem": FuzzCertificate.otherKey, "short": "secret\n"]) { $1 }
        let told = fault(text, files) ?? "accepted"
        #expect(told.contains(message), "\(told)")
        for secret in ["my-secret-token", "secret\n", Self.sum, Self.hash] { #expect(!told.contains(secret)) }
    }

    @Test("a password that was not hashed is not repeated")
    func silent() {
        let told = fault("basic_auth_users: {alice: hunter2hunter2hunter2}\n") ?? ""
        #expect(told.contains("alice") && !told.contains("hunter2"))
    }

    @Test(
        "accepted",
        arguments: [
            "", "# nothing\n", users, tls, tls + users,
            users + "martlet: {roles: {users: {alice: [operator, writer], bob: viewer}}, tokens: [{name: a, token_file: t, role: [viewer]}]}\n",
            tls.replacing("}", with: ", client_auth_type: VerifyClientCertIfGiven}")
                + "martlet: {roles: {client_certificates: {agent.example: writer}}}\n",
        ])
    func accepted(text: String) {
        #expect(fault(text, Self.pair.merging(["t": "\n0123456789abcdefghijklmn\n"]) { $1 }) == nil)
    }

    @Test("what is worth telling")
    func warnings() throws {
        let text =
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, cert: x, client_allowed_sans: [a], min_version: TLS13, max_version: TLS12}\n"
            + "basic_auth_users: {a: \(Self.hash)x}\nhttp_server_config: {http2: true}\nrate_limit: {interval: 1s}\n"
        let world = World(Self.pair.merging([World.path: text]) { $1 })
        let warnings = try WebConfiguration.load(World.path, read: world.files.read).warnings.map(\.description)
        let parts = [
            "goes before cert", "make sure that there is a certificate", "nobody can connect", "no password can match", "HTTP/1.1",
            "lets no request through",
        ]
        for part in parts { #expect(warnings.contains { $0.contains(part) }, "\(part): \(warnings)") }
    }

    @Test(
        "Go's durations",
        arguments: [
            ("1s", 1_000_000_000), ("1m30s", 90_000_000_000), ("1.5h", 5_400_000_000_000), ("2ms3us4ns", 2_003_004), ("-1s", -1_000_000_000),
            ("0", 0), ("15", 15), ("0.9", 0), ("", nil), ("1d", nil), ("s", nil), ("1", 1), (".5s", 500_000_000), ("1.s", 1_000_000_000), (".s", nil),
            ("9999999h", nil),
        ] as [(String, Int64?)])
    func durations(text: String, nanoseconds: Int64?) {
        #expect(GoDuration.nanoseconds(text) == nanoseconds)
    }
}
