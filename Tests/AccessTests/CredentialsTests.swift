import AccessFuzz
import NIOSSL
import TestKit
import Testing

@testable import Access

/// What is read before anybody has logged in.
struct CredentialsTests {
    private static func password(_ user: String, _ password: String) -> Credentials {
        .password(user: Array(user.utf8), password: Array(password.utf8))
    }

    @Test(
        "headers",
        arguments: [
            ("Basic YWxpY2U6c2VjcmV0", password("alice", "secret")), ("basic YWxpY2U6c2VjcmV0 ", password("alice", "secret")),
            ("BASIC YTpiOmM=", password("a", "b:c")), ("Basic Og==", password("", "")), ("Basic YWxpY2U=", nil), ("Basic YTpiOmM", nil),
            ("Basic", nil), ("Basic ", nil), ("Basic  YWxpY2U6c2VjcmV0", nil), ("Basic !", nil), ("", nil), (" ", nil),
            ("Digest YWxpY2U6c2VjcmV0", nil), ("Bearer abc.d-e_f~", .token(Array("abc.d-e_f~".utf8))), ("bearer  x", .token([120])),
            ("Bearer", nil), ("Bearer a b", nil), ("Bearer é", nil),
        ] as [(String, Credentials?)])
    func headers(header: String, credentials: Credentials?) {
        #expect(Credentials(header) == credentials)
    }

    @Test("names in a certificate")
    func certificate() throws {
        let certificate = ClientCertificate(try NIOSSLCertificate(bytes: Array(FuzzCertificate.pem.utf8), format: .pem), isVerified: true)
        #expect(certificate.commonName == "agent of the example")
        #expect(certificate.alternativeNames == ["agent.example", "agent@example.org", "spiffe://example.org/agent", "10.1.2.3", "2001:db8::1"])
    }

    @Test("made and damaged headers and certificates")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let sound = try NIOSSLCertificate(bytes: Array(FuzzCertificate.pem.utf8), format: .pem).toDERBytes()
        var fuzz = AccessFuzz(seed: seed, certificate: sound)
        for _ in 0..<mutationRounds(usual: 20_000) {
            let one = fuzz.next()
            do { try fuzz.check(one) } catch { Issue.record("seed \(seed): \(error): \(one)") }
        }
        #expect(fuzz.read > 5000 && fuzz.refused > 1000, "seed \(seed)")
    }
}
