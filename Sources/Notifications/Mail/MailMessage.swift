import Model
import Notifier
import Templates

/// A mail and the way it takes, ready to be handed over.
struct MailMessage: Sendable {
    let sender: MailAddress
    let recipients: [MailAddress]
    /// Headers and body; each line ends with CR LF.
    let content: String
    var problems: [String]

    /// Of the addresses one needs a server that knows more than ASCII.
    var needsUnicode: Bool { ([sender] + recipients).contains { !$0.isASCII } }
}

/// Writes mails: the same bytes for every attempt of a delivery.
struct MailWriter {
    let settings: EmailSettings
    let notification: Notification
    let zone: Zone
    var texts: MessageTexts

    private static let addressHeaders: Set<String> = ["From", "To", "Cc", "Bcc", "Reply-To", "Sender"]
    /// Headers that are written here alone.
    private static let own: Set<String> = ["Date", "Mime-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted"]
    private static let threading: Set<String> = ["References", "In-Reply-To"]

    mutating func message() throws(Unsendable) -> MailMessage {
        let from = try addresses(settings.smtp.from ?? "", "from")
        guard from.count == 1 else { throw .ever("from: there must be one address, not \(from.count)") }
        let to = try addresses(settings.to, "to")
        let headers = headers(from: from[0])
        return MailMessage(sender: from[0], recipients: to, content: headers + body(), problems: texts.problems)
    }

    private func addresses(_ template: String, _ what: String) throws(Unsendable) -> [MailAddress] {
        let text: String
        do throws(TemplateError) {
            text = try texts.filled(template)
        } catch {
            throw .ever("\(what): \(error)")
        }
        do throws(MailAddress.Fault) {
            return try MailAddress.list(text)
        } catch {
            throw .ever("\(what): \(error)")
        }
    }

    // MARK: Headers

    private mutating func headers(from: MailAddress) -> String {
        var out = ""
        let threaded = settings.threading != .off
        for (name, template) in defaults + settings.headers where MailHeader.isName(name) && !Self.own.contains(name) {
            if threaded, Self.threading.contains(name) { continue }
            out += MailHeader.line(name, value(name, template))
        }
        if !settings.headers.contains(where: { $0.name == "Message-Id" }) { out += MailHeader.line("Message-Id", messageID(from.domain)) }
        if threaded {
            out += MailHeader.line("References", thread)
            out += MailHeader.line("In-Reply-To", thread)
        }
        out += MailHeader.line("Date", MailDate.text(notification.delivery.time, zone))
        // No holiday notice shall answer.
        out += MailHeader.line("Auto-Submitted", "auto-generated")
        return out + MailHeader.line("MIME-Version", "1.0")
    }

    private var defaults: [(name: String, text: String)] {
        let all = [
            ("Subject", #"{{ template "email.default.subject" . }}"#), ("To", settings.to), ("From", settings.smtp.from ?? ""),
        ]
        return all.filter { header in !settings.headers.contains { $0.name == header.0 } }
    }

    private mutating func value(_ name: String, _ template: String) -> String {
        let text = name == "Subject" ? subject(template) : texts.text(template)
        if Self.addressHeaders.contains(name), let list = try? MailAddress.list(text) { return list.map(\.header).joined(separator: ", ") }
        if name == "Message-Id" || Self.threading.contains(name) { return MailHeader.text(text.filter(\.isASCII)) }
        return MailHeader.text(text)
    }

    /// A mail without a subject is not read.
    private mutating func subject(_ template: String) -> String {
        let text = texts.text(template)
        return text.isEmpty ? texts.plain.prefix { $0 != "\n" }.description : text
    }

    private func messageID(_ domain: String) -> String {
        let domain = domain.utf8.allSatisfy { $0 < 0x80 } ? domain : "martlet.invalid"
        return "<martlet.\(StableName.delivery(notification.delivery).prefix(40))@\(domain)>"
    }

    /// The name of a mail that was never sent and to which all of a group answer, as Alertmanager calls it.
    private var thread: String {
        let day = zone.local(notification.delivery.time).date
        let date = settings.threading == .daily ? [day.year, day.month, day.day].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-") : ""
        return "<alert-\(StableName.hash(notification.delivery.key.group).prefix(16))-\(date)@alertmanager>"
    }

    // MARK: Body

    private mutating func body() -> String {
        let html = settings.html.isEmpty ? nil : texts.html(settings.html)
        let template = settings.text.isEmpty ? #"{{ template "email.default.text" . }}"# : settings.text
        let parts = [("text/plain", texts.mainText(template))] + (html.map { [("text/html", $0)] } ?? [])
        let boundary = "martlet-" + StableName.delivery(notification.delivery).suffix(24)
        var out = "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n"
        for (type, text) in parts {
            out += "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            out += QuotedPrintable.encode(text) + "\r\n"
        }
        return out + "--\(boundary)--\r\n"
    }
}

/// A time as mails tell it (RFC 5322 §3.3): `Fri, 27 Nov 2026 18:05:34 +0100`.
enum MailDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ time: Timestamp, _ zone: Zone) -> String {
        let local = zone.local(time)
        let seconds = local.milliseconds / 1000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(padded).joined(separator: ":")
        let offset = local.offset.magnitude / 60
        let sign = local.offset < 0 ? "-" : "+"
        let day = "\(days[local.weekday]), \(padded(local.date.day)) \(months[local.date.month - 1]) \(local.date.year)"
        return "\(day) \(clock) \(sign)\(padded(Int(offset / 60)))\(padded(Int(offset % 60)))"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
