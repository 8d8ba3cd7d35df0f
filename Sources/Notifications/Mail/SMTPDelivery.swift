import ClientConfiguration
import Model
import NIOCore
import NIOSSL
import Notifier

/// All that handing over a mail takes.
struct SMTPDelivery: Sendable {
    let host: String
    let port: Int
    let hello: String
    let requiresTLS: Bool
    let implicitTLS: Bool
    let security: SMTPSecurity
    let login: SMTPLogin?
    let message: MailMessage
    /// Attempts at it so far, this one included.
    let attempt: Int
    /// What no outcome may show.
    let secrets: [String]

    /// For each step; the body gets more.
    private static let step = TimeAmount.seconds(15)
    private static let bodyStep = TimeAmount.seconds(60)
    private static let farewell = TimeAmount.seconds(2)
    /// So often all recipients must be ready at the same time; then those that are get the mail alone.
    private static let patience = 5

    /// The outcome, and what else there is to tell.
    struct Result: Sendable {
        var outcome: DeliveryOutcome
        var notes: [String] = []
    }

    func run() async -> Result {
        do {
            let connection = try await SMTPChannel.connect(host: host, port: port, tls: implicitTLS ? security : nil, within: Self.step)
            return try await withTaskCancellationHandler {
                try await connection.executeThenClose { inbound, outbound in
                    var channel = SMTPChannel(connection.channel, inbound, outbound)
                    return try await converse(&channel)
                }
            } onCancel: {
                connection.channel.close(promise: nil)
            }
        } catch let error as SMTPFault {
            return Result(outcome: .failed("\(error)", retryAfter: nil))
        } catch {
            return Result(outcome: .failed(MailFailure.words(error), retryAfter: nil))
        }
    }

    /// Says everything up to the farewell. What goes wrong before the mail itself is at hand is no word about the mail: it is tried again.
    private func converse(_ channel: inout SMTPChannel) async throws -> Result {
        try expect(try await channel.reply(within: Self.step), "the greeting")
        var extensions = try await greet(&channel)
        var isProtected = implicitTLS
        if !implicitTLS, requiresTLS {
            guard extensions.has("STARTTLS") else {
                throw SMTPFault(description: "the server does not offer STARTTLS, and require_tls is not false")
            }
            try expect(try await channel.command("STARTTLS", within: Self.step), "STARTTLS")
            try await channel.secure(security)
            extensions = try await greet(&channel)
            isProtected = true
        }
        if let login, let ways = extensions.authentication { try await authenticate(login, ways, isProtected, &channel) }
        let result = try await transfer(extensions, &channel)
        _ = try? await channel.command("QUIT", within: Self.farewell)
        return result
    }

    private func expect(_ reply: SMTPReply, _ what: String, _ kind: Int = 2) throws {
        if reply.code / 100 != kind { throw SMTPFault(description: "\(what): \(reply.shown)") }
    }

    private func greet(_ channel: inout SMTPChannel) async throws -> SMTPExtensions {
        let reply = try await channel.command("EHLO \(hello)", within: Self.step)
        if reply.isPositive { return SMTPExtensions(reply) }
        if !reply.isPermanent { throw SMTPFault(description: "EHLO: \(reply.shown)") }
        let older = try await channel.command("HELO \(hello)", within: Self.step)
        try expect(older, "HELO")
        return SMTPExtensions(SMTPReply(code: older.code, lines: []))
    }

    // MARK: Login

    private func authenticate(_ login: SMTPLogin, _ ways: [String], _ isProtected: Bool, _ channel: inout SMTPChannel) async throws {
        let way = try login.way(ways)
        let isLocal = ["localhost", "127.0.0.1", "::1"].contains(host)
        if way != .cramMD5, !isProtected, !isLocal {
            throw SMTPFault(description: "the password is not sent over a connection without TLS")
        }
        switch way {
        case .plain: try expect(try await channel.command("AUTH PLAIN \(login.plain)", within: Self.step), "AUTH PLAIN")
        case .login:
            try expect(try await channel.command("AUTH LOGIN", within: Self.step), "AUTH LOGIN", 3)
            try expect(try await channel.command(login.encodedUsername, within: Self.step), "AUTH LOGIN", 3)
            try expect(try await channel.command(login.encodedPassword, within: Self.step), "AUTH LOGIN")
        case .cramMD5:
            let challenge = try await channel.command("AUTH CRAM-MD5", within: Self.step)
            try expect(challenge, "AUTH CRAM-MD5", 3)
            try expect(try await channel.command(try login.cramMD5(challenge.lines.joined()), within: Self.step), "AUTH CRAM-MD5")
        }
    }

    // MARK: The mail

    private func transfer(_ extensions: SMTPExtensions, _ channel: inout SMTPChannel) async throws -> Result {
        let bytes = DotStuffing.stuffed(message.content)
        if let size = extensions.size, bytes.count > size {
            return Result(outcome: .refused("the mail has \(bytes.count) bytes, the server takes \(size)"))
        }
        if message.needsUnicode, !extensions.has("SMTPUTF8") {
            return Result(outcome: .refused("an address is not ASCII, and the server takes no others"))
        }
        let more = (extensions.has("SIZE") ? " SIZE=\(bytes.count)" : "") + (message.needsUnicode ? " SMTPUTF8" : "")
        let sender = try await channel.command("MAIL FROM:<\(message.sender.address)>\(more)", within: Self.step)
        if !sender.isPositive { return Result(outcome: outcome(sender, "MAIL FROM")) }
        var result = try await recipients(&channel)
        guard result.outcome == .accepted else { return result }
        let ready = try await channel.command("DATA", within: Self.step)
        guard ready.code == 354 else { return Result(outcome: outcome(ready, "DATA")) }
        let end = try await channel.send(ByteBuffer(bytes: bytes), within: Self.bodyStep)
        result.outcome = end.isPositive ? .accepted : outcome(end, "the end of the mail")
        return result
    }

    /// `accepted` if the mail can go to someone.
    private func recipients(_ channel: inout SMTPChannel) async throws -> Result {
        var result = Result(outcome: .accepted)
        var (taken, later): (Int, SMTPReply?) = (0, nil)
        var refusal: SMTPReply?
        for recipient in message.recipients {
            let reply = try await channel.command("RCPT TO:<\(recipient.address)>", within: Self.step)
            if reply.isPositive {
                taken += 1
                continue
            }
            result.notes.append("\(recipient.address): \(reply.shown)")
            if reply.isPermanent { refusal = reply } else { later = reply }
        }
        // Who gets it now would get it again with those that are not ready yet.
        if let later, taken == 0 || attempt < Self.patience {
            result.outcome = outcome(later, "RCPT TO")
        } else if let refusal, taken == 0 {
            result.outcome = outcome(refusal, "RCPT TO")
        }
        return result
    }

    private func outcome(_ reply: SMTPReply, _ step: String) -> DeliveryOutcome {
        let reason = "\(step): \(reply.shown)"
        return reply.isPermanent ? .refused(reason) : .failed(reason, retryAfter: nil)
    }
}

/// The body of a mail as it is sent: a dot at the beginning of a line is doubled, a line with a dot alone ends it (RFC 5321 §4.5.2).
package enum DotStuffing {
    package static func stuffed(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        var isStart = true
        for byte in text.utf8 {
            if isStart, byte == UInt8(ascii: ".") { out.append(byte) }
            out.append(byte)
            isStart = byte == 0x0a
        }
        if !isStart { out += [0x0d, 0x0a] }
        return out + Array(".\r\n".utf8)
    }
}
