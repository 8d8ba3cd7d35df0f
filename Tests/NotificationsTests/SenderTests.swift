import Model
import TestKit
import Testing
import WebClient

@testable import Notifications
@testable import Notifier

@Suite("Sending", .timeLimit(.minutes(1)))
struct SenderTests {
    private func webhook(_ server: LocalServer, path: String = "/hook", more: String = "") throws -> NotifierPlan.Integration {
        try Sample.integrations("webhook_configs: [{url: 'http://127.0.0.1:\(server.port)\(path)'\(more)}]")[0]
    }

    @Test("what is accepted has arrived whole")
    func accepted() async throws {
        let server = try LocalServer { _, _ in .http("200 OK") }
        defer { server.close() }
        let work = SenderAtWork()
        #expect(await work.send(try webhook(server)) == .accepted)
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /hook HTTP/1.1\r\n"))
        #expect(request.contains(#""receiver":"ops""#) && request.lowercased().contains("user-agent: martlet/test"))
        await work.web.shutdown()
    }

    @Test("a server that never answers takes no longer than it may")
    func slow() async throws {
        let server = try LocalServer { _, _ in .hanging }
        defer { server.close() }
        let work = SenderAtWork()
        let outcome = await work.send(try webhook(server, more: ", timeout: 300ms"))
        guard case .failed(_, nil) = outcome else { return #expect(outcome == .accepted, "it should have failed") }
        await work.web.shutdown()
    }

    @Test("one integration that hangs holds up no other, and its own wait their turn")
    func isolation() async throws {
        let dead = try LocalServer { _, _ in .hanging }
        let live = try LocalServer { _, _ in .http("200 OK") }
        defer {
            dead.close()
            live.close()
        }
        let work = SenderAtWork { limits in
            limits.atATime = 2
            limits.turn = .milliseconds(100)
        }
        let both = try Sample.integrations(
            "webhook_configs: [{url: 'http://127.0.0.1:\(dead.port)/', timeout: 30s}, {url: 'http://127.0.0.1:\(live.port)/'}]")
        let hanging = (0..<2).map { id in Task { await work.send(both[0], Sample.delivery(id: UInt64(id))) } }
        while dead.requests.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        for id in 10..<20 { #expect(await work.send(both[1], Sample.delivery(id: UInt64(id))) == .accepted) }
        #expect(await work.send(both[0]) == .failed("other attempts to this receiver have not ended yet", retryAfter: nil))
        for task in hanging { task.cancel() }
        for task in hanging {
            let outcome = await task.value
            guard case .failed = outcome else { return #expect(outcome == .accepted, "it should have failed") }
        }
        await work.web.shutdown()
    }

    @Test("secrets from files are read anew each time")
    func rereads() async throws {
        let server = try LocalServer { _, _ in .http("404 Not Found", body: "no") }
        defer { server.close() }
        let integration = try Sample.integrations("webhook_configs: [{url_file: /url}]")[0]
        let work = SenderAtWork(files: ["/url": " http://127.0.0.1:\(server.port)/from-file\n"])
        #expect(await work.send(integration) == .refused("status 404: no"))
        #expect(server.requests.first?.hasPrefix("POST /from-file ") == true)
        await work.web.shutdown()
    }

    @Test("no outcome and no note shows a secret, whatever a server answers")
    func secrets() async throws {
        let server = try LocalServer { request, _ in .http("400 Bad Request", body: request) }
        defer { server.close() }
        let address = "http://127.0.0.1:\(server.port)"
        let integrations = try Sample.integrations(
            """
            webhook_configs:
            - url: '\(address)/hush01/x?hush02'
              http_config: {basic_auth: {username: u, password: hush03}, http_headers: {X-A: {secrets: [hush04]}}}
            - {url_file: /hush, http_config: {authorization: {credentials: hush06}}}
            - {url: '\(address)/{{ "hush07" }}/{{ .Nothing }}'}
            slack_configs:
            - {api_url: '\(address)/hush08', text: '{{ .Nothing }}'}
            - {app_token: hush09, app_url: '\(address)/api'}
            telegram_configs: [{api_url: '\(address)', bot_token: hush10, chat_id: 1}]
            pagerduty_configs: [{routing_key: hush11, url: '\(address)/'}]
            sentry_configs: [{dsn: 'http://hush12@127.0.0.1:\(server.port)/1'}]
            email_configs: [{to: a@b.c, from: a@b.c, smarthost: '127.0.0.1:\(server.port)', auth_username: u, auth_password: hush13}]
            """)
        let work = SenderAtWork(files: ["/hush": "\(address)/hush05"])
        for integration in integrations {
            let outcome = await work.send(integration)
            #expect(outcome != .accepted)
            #expect(!"\(outcome)".contains("hush"), "\(integration.key): \(outcome)")
        }
        #expect(!work.notes.all.joined().contains("hush") && work.notes.all.joined().contains("can't evaluate field Nothing"))
        await work.web.shutdown()
    }

    @Test("a message in Slack is changed once it is known where it is")
    func changesMessage() async throws {
        let server = try LocalServer { _, _ in .http("200 OK", ["Content-Type: application/json"], body: #"{"ok":true,"channel":"C9","ts":"1.25"}"#) }
        defer { server.close() }
        let address = "http://127.0.0.1:\(server.port)/api/chat.postMessage"
        let integration = try Sample.integrations("slack_configs: [{app_token: t, app_url: '\(address)', channel: c, update_message: true}]")[0]
        let work = SenderAtWork()
        for id in 1...2 { #expect(await work.send(integration, Sample.delivery(kind: .slack, id: UInt64(id))) == .accepted) }
        #expect(server.requests.first?.hasPrefix("POST /api/chat.postMessage ") == true)
        #expect(server.requests.last?.hasPrefix("POST /api/chat.update ") == true)
        #expect(server.requests.last?.contains(#""channel":"C9","ts":"1.25""#) == true)
        await work.web.shutdown()
    }

    @Test("nobody listens")
    func nobody() async throws {
        let server = try LocalServer { _, _ in .nothing }
        let integration = try webhook(server)
        server.close()
        let work = SenderAtWork()
        while true {
            // The port is given back a little later.
            let outcome = await work.send(integration)
            guard case .failed(let reason, _) = outcome else { return #expect(outcome == .accepted, "it should have failed") }
            if reason.contains("connection refused") { break }
        }
        await work.web.shutdown()
    }
}
