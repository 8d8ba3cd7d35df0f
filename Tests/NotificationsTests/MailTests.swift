import Model
import Testing

@testable import Notifications
@testable import Notifier

@Suite("Mails")
struct MailTests {
    private static let basic = "to: 'Ada Lövelace <ada@example.org>, b@example.org', from: 'Martlet <m@example.org>', smarthost: 'mail:587'"

    private func content(_ more: String = "", _ items: [Delivery.Item] = [Sample.disk], zone: Zone = .utc) throws -> String {
        try Sample.mail("{\(Self.basic), \(more)}", items, zone: zone).message.content
    }

    private func header(_ name: String, _ content: String) -> String? {
        let head = content.components(before: "\r\n\r\n").replacing("\r\n ", with: " ")
        return head.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    @Test("a mail has what mails have, the same for every attempt")
    func headers() throws {
        let berlin = try Sample.zones.zone("Europe/Berlin")
        let mail = try content(zone: berlin)
        #expect(mail == (try content(zone: berlin)))
        #expect(header("From", mail) == "Martlet <m@example.org>")
        #expect(header("To", mail) == "=?utf-8?B?QWRhIEzDtnZlbGFjZQ==?= <ada@example.org>, <b@example.org>")
        #expect(header("Subject", mail) == "[CRITICAL] DiskFull on db1:9100")
        #expect(header("Date", mail) == "Fri, 15 Jan 2027 09:00:00 +0100")
        #expect(header("MIME-Version", mail) == "1.0")
        #expect(header("Auto-Submitted", mail) == "auto-generated")
        let id = try #require(header("Message-Id", mail))
        #expect(id.hasPrefix("<martlet.") && id.hasSuffix("@example.org>"))
        #expect(header("References", mail) == nil)
        #expect(mail.contains("Content-Type: text/plain; charset=utf-8\r\n") && mail.contains("Content-Type: text/html; charset=utf-8\r\n"))
        #expect(mail.utf8.allSatisfy { $0 < 0x80 })
        #expect(mail.split(separator: "\r\n", omittingEmptySubsequences: false).allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") })
    }

    @Test("another delivery has another Message-ID; who names one has it")
    func messageIDs() throws {
        let first = try content()
        let integration = try Sample.integrations("email_configs: [{\(Self.basic)}]")[0]
        let other = Notification(Sample.delivery(kind: .email, id: 8), externalAddress: "http://m")
        guard case .mail(let mail) = try Sample.writer().letter(other, integration.settings, at: Sample.now) else { return }
        #expect(header("Message-Id", mail.message.content) != header("Message-Id", first))
        #expect(header("Message-Id", try content("headers: {message-id: '<x@y>'}")) == "<x@y>")
    }

    @Test("threads", arguments: [("daily", "-2027-01-15"), ("none", "-")])
    func threads(by: String, expected: String) throws {
        let mail = try content("threading: {enabled: true, thread_by_date: \(by)}, headers: {References: '<a@b>'}")
        #expect(header("References", mail) == "<alert-17c4e445d234645c\(expected)@alertmanager>")
        #expect(header("In-Reply-To", mail) == header("References", mail))
    }

    @Test("headers of the user's own")
    func ownHeaders() throws {
        let mail = try content(
            "headers: {Subject: 'Größe {{ .Status }}', to: 'list@example.org', X-A: 'b', 'bad name': x, Date: never, "
                + "reply-to: 'Ö <o@example.org>'}")
        #expect(header("Subject", mail) == "=?utf-8?B?R3LDtsOfZSBmaXJpbmc=?=")
        #expect(header("To", mail) == "<list@example.org>")
        #expect(header("X-A", mail) == "b")
        #expect(header("Reply-To", mail) == "=?utf-8?B?w5Y=?= <o@example.org>")
        #expect(!mail.contains("bad name") && !mail.contains("never"))
    }

    @Test("what alerts say becomes no header and no command")
    func injection() throws {
        let evil = "x\r\nBcc: evil@example.org\r\n\r\nbody"
        let item = Sample.item([("alertname", evil), ("instance", "a\nb")], [Label("summary", "\r\n.\r\nQUIT\r\n")])
        let delivery = try Sample.mail("{\(Self.basic), headers: {X-A: '{{ .CommonLabels.alertname }}'}}", [item])
        let head = delivery.message.content.components(before: "\r\n\r\n")
        #expect(!head.contains("\r\nBcc:") && !head.contains("\n\n"))
        #expect(head.contains("Subject: [FIRING] x Bcc: evil@example.org body on a b"))
        let sent = String(decoding: DotStuffing.stuffed(delivery.message.content), as: UTF8.self)
        #expect(sent.components(separatedBy: "\r\n.\r\n") == 2)
        #expect(throws: Unsendable.self) { _ = try Sample.mail("{to: '\"a{{ \"\\r\\n\" }}\"@b.c', from: a@b.c, smarthost: 'm:25'}") }
        #expect(throws: Unsendable.self) { _ = try Sample.mail("{to: 'a@b.c', from: '{{ .Status }}', smarthost: 'm:25'}") }
        #expect(throws: Unsendable.self) { _ = try Sample.mail("{to: 'a@b.c', from: 'a@b.c', hello: \"x\\r\\nRSET\", smarthost: 'm:25'}") }
    }

    @Test("a broken template is told, and the mail is sent all the same")
    func brokenTemplate() throws {
        let mail = try Sample.mail("{\(Self.basic), html: '{{ .Nothing }}', headers: {Subject: '{{ .Nothing }}'}}").message
        #expect(mail.problems.count == 1)
        #expect(header("Subject", mail.content) == "FIRING: 1 alerts")
        #expect(mail.content.contains("white-space"))
    }

    @Test(
        "addresses",
        arguments: [
            ("a@b.c", ["a@b.c"]), ("Ada L. <a@b.c> , b@c", ["a@b.c", "b@c"]), (#""L, Ada \"x\"" <a@b.c>"#, ["a@b.c"]), (#""a b"@c"#, [#""a b"@c"#]),
            ("a@[127.0.0.1]", ["a@[127.0.0.1]"]), ("(note) a@b.c (more (inner))", ["a@b.c"]), (",a@b.c,,", ["a@b.c"]),
            ("é@ö.example", ["é@ö.example"]),
            ("<a@b.c>", ["a@b.c"]), ("a", nil), ("a@", nil), ("@b", nil), ("", nil), ("a@b c@d", nil), ("a@b..c", nil), ("Ada <a@b.c", nil),
            ("a@b.c\r\nX: y", nil), ("\"a\r\n\"@b.c", nil), ("a b@c", nil), ("(a@b.c", nil), ("Ada: <a@b.c>", nil), ("a@b.c>", nil),
        ] as [(String, [String]?)])
    func addresses(text: String, expected: [String]?) throws {
        let list = try? MailAddress.list(text)
        #expect(list?.map(\.address) == expected)
        guard let list else { return }
        #expect(try MailAddress.list(list.map(\.header).joined(separator: ", ")).map(\.address) == expected)
    }

    @Test("replies of servers")
    func replies() throws {
        var reader = SMTPReplyReader()
        reader.add("220 hello\r\n250-a\r\n250-SIZE 10\n250 AUTH PLAIN CRAM-MD5\r\n25".utf8)
        #expect(try reader.next() == SMTPReply(code: 220, lines: ["hello"]))
        let able = SMTPExtensions(try #require(try reader.next()))
        #expect(able.size == 10 && able.authentication == ["PLAIN", "CRAM-MD5"] && !able.has("STARTTLS"))
        #expect(try reader.next() == nil && reader.hasRest)
        for wrong in ["HTTP/1.1 400 Bad Request\r\n", "250-a\r\n251 b\r\n", "999 x\r\n", "25\r\n", String(repeating: "x", count: 5000)] {
            var reader = SMTPReplyReader()
            reader.add(wrong.utf8)
            #expect(throws: SMTPFault.self) { while try reader.next() != nil {} }
        }
    }

    @Test("ways to log in")
    func logins() throws {
        let both = SMTPLogin(username: "u", password: "p", secret: "s", identity: "")
        #expect(try both.way(["XOAUTH2", "CRAM-MD5", "PLAIN"]) == .cramMD5)
        #expect(try both.way(["LOGIN", "PLAIN"]) == .login)
        #expect(try SMTPLogin(username: "u", password: "p", secret: nil, identity: "").way(["CRAM-MD5", "PLAIN"]) == .plain)
        #expect(throws: SMTPFault.self) { _ = try both.way(["XOAUTH2"]) }
        #expect(both.plain == "AHUAcA==")
        // The example of RFC 2195.
        let tim = SMTPLogin(username: "tim", password: nil, secret: "tanstaaftanstaaf", identity: "")
        #expect(try tim.cramMD5("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+") == "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw")
    }
}

extension String {
    fileprivate func components(before end: String) -> String {
        var text = self[...]
        while !text.isEmpty, !text.hasPrefix(end) { text = text.dropFirst() }
        return String(self[..<text.startIndex])
    }

    /// In how many parts a text parts it.
    fileprivate func components(separatedBy part: String) -> Int {
        var (count, rest) = (1, self[...])
        while !rest.isEmpty {
            if rest.hasPrefix(part) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }

    fileprivate func replacing(_ part: String, with other: String) -> String {
        var (out, rest) = ("", self[...])
        while let first = rest.first {
            if rest.hasPrefix(part) {
                out += other
                rest = rest.dropFirst(part.count)
            } else {
                out.append(first)
                rest = rest.dropFirst()
            }
        }
        return out
    }
}
