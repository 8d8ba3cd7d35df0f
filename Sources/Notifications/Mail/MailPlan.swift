import ClientConfiguration
import Model
import NIOSSL
import Notifier
import WebClient

/// Puts together what a mail needs: the message, who logs in, what TLS trusts.
enum MailPlan {
    private static let services = ["smtp": 25, "submission": 587, "submissions": 465, "smtps": 465]

    static func delivery(
        _ settings: EmailSettings, _ notification: Notification, _ texts: MessageTexts, _ secrets: inout MessageSecrets, zone: Zone,
        readFile: @escaping @Sendable (String) throws -> [UInt8]
    ) throws(Unsendable) -> SMTPDelivery {
        let smtp = settings.smtp
        guard let server = smtp.server else { throw .ever("there is no smarthost") }
        guard let port = services[server.port.lowercased()] ?? Int(server.port), (1...65_535).contains(port) else {
            throw .ever("\(server.port) is no port")
        }
        guard isHostName(smtp.hello) else { throw .ever("hello must be the name of a host") }
        var writer = MailWriter(settings: settings, notification: notification, zone: zone, texts: texts)
        let message = try writer.message()
        let login = try login(smtp, &secrets)
        let host = server.host.isEmpty ? "localhost" : server.host
        return SMTPDelivery(
            host: host, port: port, hello: smtp.hello, requiresTLS: smtp.requiresTLS, implicitTLS: smtp.implicitTLS ?? (port == 465),
            security: try security(smtp.tls, host, readFile), login: login, message: message, attempt: notification.delivery.attempts,
            secrets: secrets.revealed + (login.map { [$0.plain, $0.encodedPassword] } ?? []) + [smtp.tls.key?.revealed].compactMap { $0 })
    }

    private static func isHostName(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } }

    /// Without a name nobody logs in.
    private static func login(_ smtp: SMTPSettings, _ secrets: inout MessageSecrets) throws(Unsendable) -> SMTPLogin? {
        guard let username = smtp.username else { return nil }
        let password = try smtp.password.map { source throws(Unsendable) in try secrets.text(source, "the password") }
        let secret = try smtp.secret.map { source throws(Unsendable) in try secrets.text(source, "the secret") }
        return SMTPLogin(username: username, password: password, secret: secret, identity: smtp.identity ?? "")
    }

    private static func security(
        _ settings: ClientConfiguration.TLSConfiguration, _ host: String, _ readFile: @escaping @Sendable (String) throws -> [UInt8]
    ) throws(Unsendable) -> SMTPSecurity {
        let name = settings.serverName ?? host
        do {
            let context = try NIOSSLContext(configuration: try TLSFiles(readFile: readFile).configuration(settings))
            return SMTPSecurity(context: context, host: IPAddressText.isAddress(name) ? nil : name)
        } catch let error as WebError {
            throw .now(error.description)
        } catch {
            throw .now("tls_config: \(error)")
        }
    }
}
