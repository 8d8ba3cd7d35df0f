import Model
import TestKit
import Testing

@testable import Notifications
@testable import Notifier

@Suite("Talking to mail servers", .timeLimit(.minutes(1)))
struct SMTPDialogueTests {
    private func send(_ answers: [String: String], attempt: Int = 1, to: String = "a@b.c", requiresTLS: Bool = false, more: String = "") async throws
        -> (SMTPDelivery.Result, [String])
    {
        let server = try MailServer(answers)
        defer { server.close() }
        let yaml = "{to: '\(to)', from: m@b.c, smarthost: '127.0.0.1:\(server.port)', require_tls: \(requiresTLS)\(more)}"
        let integration = try Sample.integrations("email_configs: [\(yaml)]")[0]
        let notification = Notification(Sample.delivery(kind: .email, attempts: attempt), externalAddress: "http://m")
        guard case .mail(let mail) = try Sample.writer().letter(notification, integration.settings, at: Sample.now) else { throw Sample.Missing() }
        return (await mail.run(), server.commands)
    }

    @Test("the usual way")
    func usual() async throws {
        let (result, commands) = try await send([:])
        #expect(result.outcome == .accepted)
        #expect(commands.map { $0.prefix(9) } == ["EHLO loca", "MAIL FROM", "RCPT TO:<", "DATA", "QUIT"])
        #expect(commands[1] == "MAIL FROM:<m@b.c>" && commands[2] == "RCPT TO:<a@b.c>")
    }

    @Test(
        "what goes wrong where",
        arguments: [
            (["": "554 no"], DeliveryOutcome.failed("the greeting: 554 no", retryAfter: nil)),
            (["": "HTTP/1.1 400 Bad"], .failed("not the reply of a mail server: HTTP/1.1 400 Bad", retryAfter: nil)),
            (["EHLO": "421 busy"], .failed("EHLO: 421 busy", retryAfter: nil)), (["EHLO": "502 what?"], .accepted),
            (["EHLO": "502 what?", "HELO": "500 no"], .failed("HELO: 500 no", retryAfter: nil)),
            (["MAIL": "452 full"], .failed("MAIL FROM: 452 full", retryAfter: nil)), (["MAIL": "550 not you"], .refused("MAIL FROM: 550 not you")),
            (["RCPT": "450 later"], .failed("RCPT TO: 450 later", retryAfter: nil)),
            (["RCPT": "550-no\r\n550 such"], .refused("RCPT TO: 550 no such")),
            (["DATA": "554 no"], .refused("DATA: 554 no")), (["DATA": "250 odd"], .failed("DATA: 250 odd", retryAfter: nil)),
            ([".": "451 trouble"], .failed("the end of the mail: 451 trouble", retryAfter: nil)),
            ([".": "552 spam"], .refused("the end of the mail: 552 spam")),
            (["EHLO": "250-m\r\n250 SIZE 100"], .refused("")), (["QUIT": "500 stay"], .accepted),
            (["RCPT": ""], .failed("the server has closed the connection", retryAfter: nil)),
        ])
    func faults(answers: [String: String], expected: DeliveryOutcome) async throws {
        let (result, _) = try await send(answers)
        if expected == .refused("") {
            guard case .refused(let reason) = result.outcome else { return #expect(result.outcome == expected) }
            #expect(reason.hasSuffix("the server takes 100"))
        } else {
            #expect(result.outcome == expected)
        }
    }

    @Test("recipients of whom some are not taken")
    func someRecipients() async throws {
        let refused = try await send(["RCPT TO:<no@": "550 gone"], to: "no@b.c, a@b.c").0
        #expect(refused.outcome == .accepted && refused.notes == ["no@b.c: 550 gone"])
        let early = try await send(["RCPT TO:<later@": "451 wait"], to: "later@b.c, a@b.c").0
        #expect(early.outcome == .failed("RCPT TO: 451 wait", retryAfter: nil))
        let patient = try await send(["RCPT TO:<later@": "451 wait"], attempt: 5, to: "later@b.c, a@b.c").0
        #expect(patient.outcome == .accepted)
    }

    @Test("logins")
    func logins() async throws {
        let offered = "250-m\r\n250 AUTH CRAM-MD5 LOGIN PLAIN"
        let plain = try await send(["EHLO": "250-m\r\n250 AUTH PLAIN", "AUTH PLAIN": "235 in"], more: ", auth_username: u, auth_password: p")
        #expect(plain.0.outcome == .accepted && plain.1[1] == "AUTH PLAIN AHUAcA==")
        let login = try await send(
            ["EHLO": offered, "AUTH LOGIN": "334 x", "dQ==": "334 x", "cA==": "235 in"], more: ", auth_username: u, auth_password: p")
        #expect(login.0.outcome == .accepted && Array(login.1[1...3]) == ["AUTH LOGIN", "dQ==", "cA=="])
        let wrong = try await send(["EHLO": "250-m\r\n250 AUTH PLAIN", "AUTH": "535 no"], more: ", auth_username: u, auth_password: p")
        #expect(wrong.0.outcome == .failed("AUTH PLAIN: 535 no", retryAfter: nil))
        let none = try await send(["EHLO": "250-m\r\n250 AUTH XOAUTH2"], more: ", auth_username: u, auth_password: p")
        guard case .failed(let reason, _) = none.0.outcome else { return #expect(none.0.outcome == .accepted, "it should have failed") }
        #expect(reason.hasPrefix("no way to log in: the server offers XOAUTH2"))
    }

    @Test("what is said before TLS begins is not listened to")
    func injectedReplies() async throws {
        let (result, commands) = try await send(
            ["EHLO": "250-m\r\n250 STARTTLS", "STARTTLS": "220 go\r\n250-m\r\n250 AUTH PLAIN"], requiresTLS: true,
            more: ", auth_username: u, auth_password: p")
        #expect(result.outcome != .accepted && !commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
    }
}
