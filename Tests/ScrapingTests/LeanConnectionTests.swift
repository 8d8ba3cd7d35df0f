@testable import ClientConfiguration
import Glibc
import Runtime
import Synchronization
import TestKit
import Testing

@testable import Scraping

@Suite("Pages the lean way", .timeLimit(.minutes(2)))
struct LeanConnectionTests {
    private static let page = "a 1\nb{c=\"d\"} 2\n"

    private static func whole(_ body: String = page, head: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// What one target brings from a server that says this to each request, in one packet and byte by byte.
    private func answers(_ bytes: [UInt8], thenCloses: Bool = true, limit: Int64 = 0) async throws -> [String] {
        var found: [String] = []
        for isSlow in [false, true] {
            let server = try ScriptedServer { connection in
                while connection.request() != nil {
                    if isSlow { connection.sendSlowly(bytes) } else { connection.send(bytes) }
                    if thenCloses { return }
                }
            }
            let target = LeanTarget(LeanPages.request(server.url, limit: limit))
            found.append(await target.page())
            server.close()
        }
        return found
    }

    @Test(
        "responses in all their forms, whole and byte by byte",
        arguments: [
            whole(), "HTTP/1.1 200\r\nContent-Length: 15\r\n\r\n\(page)", "HTTP/1.0 200 OK\r\n\r\n\(page)", "HTTP/1.1 200 OK\r\n\r\n\(page)",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n\(whole())",
            "HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\n4\na 1\n\nb\nb{c=\"d\"} 2\n\n0\n\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=y\r\na\r\n00E \r\n 1\nb{c=\"d\"} 2\n\r\n0\r\nX: y\r\n\r\n",
            whole(head: "Content-Length: 15\r\n"), whole(head: "X: \u{e9}\r\nConnection: close\r\n"),
        ])
    func good(_ response: String) async throws {
        for text in try await answers(Array(response.utf8)) { #expect(text == Self.page) }
    }

    @Test(
        "responses that are none",
        arguments: [
            ("SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "no status line"), ("HTTP/2.0 200 OK\r\n\r\n", "no status line"),
            ("HTTP/1.2 200 OK\r\n\r\n", "unknown version"), ("HTTP/1.1 20x OK\r\n\r\n", "no status"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", "two values of Content-Length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nabcde", "a bad Content-Length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "a bad Content-Length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "a bad Content-Length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both Transfer-Encoding and Content-Length"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "a Transfer-Encoding that was not asked for"),
            ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "a Transfer-Encoding that was not asked for"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "a line without a name"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n", "a name with a character"),
            ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "a name with a character"),
            ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a line without a name"), ("HTTP/1.1 200 OK\r\nA: \u{1}\r\n\r\n", "a control character"),
            ("HTTP/1.1 101 Switching\r\n\r\n", "the protocol was changed"),
        ])
    func bad(_ response: String, _ reason: String) async throws {
        for text in try await answers(Array(response.utf8)) {
            #expect(text.hasPrefix("error: Get \"http://127.0.0.1:") && text.contains("malformed HTTP response") && text.contains(reason), "\(text)")
        }
    }

    @Test(
        "bodies that are broken",
        arguments: [
            ("5\r\nabc", "unexpected EOF"), ("x\r\n", "no size"), ("5x\r\n", "a bad size"), ("1\r\nab", "does not end where it should"),
            ("1000000000000000\r\n", "too many digits"),
        ])
    func badBodies(_ body: String, _ reason: String) async throws {
        for text in try await answers(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(body)".utf8)) {
            #expect(text.hasPrefix("error: ") && !text.contains("Get ") && text.contains(reason), "\(text)")
        }
    }

    @Test("other statuses, with their words, and none of their bodies")
    func statuses() async throws {
        for text in try await answers(Array("HTTP/1.1 503 Not Now\r\nContent-Length: 99999999\r\n\r\nabc".utf8)) {
            #expect(text == "error: server returned HTTP status 503 Not Now")
        }
        for text in try await answers(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)) {
            #expect(text == "error: server returned HTTP status 204 No Content")
        }
    }

    // MARK: What never ends

    @Test("a head, a chunk's line or a page without end is given up at its limit, while it is sent")
    func endless() async throws {
        let cases = [
            ("HTTP/1.1 200 OK\r\n", "A: b\r\n", "a head of more than 65536 bytes"),
            ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "a head of more than 65536 bytes"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a", "more than 1024 bytes on its line"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", "more than 8192 bytes behind the last chunk"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "body size limit exceeded"),
            ("HTTP/1.1 200 OK\r\n\r\n", "a 1\n", "body size limit exceeded"),
        ]
        for (start, more, reason) in cases {
            let server = try ScriptedServer { connection in
                guard connection.request() != nil else { return }
                let piece = Array(String(repeating: more, count: 1000).utf8)
                var goesOn = connection.send(start)
                while goesOn { goesOn = connection.send(piece) }
            }
            let target = LeanTarget(LeanPages.request(server.url, limit: 2_000_000))
            let text = await target.page()
            #expect(text.hasPrefix("error: ") && text.contains(reason), "\(text)")
            server.close()
        }
    }

    @Test("a page whose length is beyond the limit is not received at all")
    func tooLongByItsHead() async throws {
        for text in try await answers(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".utf8), limit: 100) {
            #expect(text == "error: body size limit exceeded")
        }
    }

    @Test("a page that drips takes its time, and no more than that")
    func drip() async throws {
        let server = try ScriptedServer { connection in
            guard connection.request() != nil else { return }
            var goesOn = connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            while goesOn {
                goesOn = connection.send("a")
                usleep(1000)
            }
        }
        let target = LeanTarget(LeanPages.request(server.url, timeout: 100))
        #expect(await target.page() == "error: context deadline exceeded")
        server.close()
    }

    @Test("a small packed page that would be huge is given up at the limit, on a thread of its own")
    func bomb() async throws {
        let packed = Gzip.pack([UInt8](repeating: 0x61, count: 12_000_000), level: 9)
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"
        for limit: Int64 in [1000, 3_000_000] {
            #expect(try await answers(Array(head.utf8) + packed, limit: limit).first == "error: body size limit exceeded")
        }
        var liar = packed
        liar.replaceSubrange((liar.count - 4)..., with: [1, 0, 0, 0])
        #expect(try await answers(Array(head.utf8) + liar, limit: 3_000_000).first == "error: body size limit exceeded")
        #expect(try await answers(Array(head.utf8) + liar).first == "error: gzip: invalid checksum")
    }

    @Test("packed pages follow each other on one connection")
    func packed() async throws {
        let server = try ScriptedServer { connection in
            var number = 0
            while connection.request() != nil {
                let body = Gzip.pack(Array(String(repeating: "a{b=\"\(number)\"} 1\n", count: 1 + number * 700 % 1900).utf8))
                let sent = number == 3 ? Array(body.prefix(3)) : body
                connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(sent.count)\r\n\r\n")
                connection.send(sent)
                number += 1
            }
        }
        let target = LeanTarget(LeanPages.request(server.url))
        for number in 0..<10 {
            let text = await target.page()
            #expect(
                text == (number == 3 ? "error: gzip: unexpected EOF" : String(repeating: "a{b=\"\(number)\"} 1\n", count: 1 + number * 700 % 1900)))
        }
        #expect(server.connections == 1)
        server.close()
    }

    // MARK: Connections

    @Test("one connection serves all scrapes, whatever lengths their pages have")
    func keptAlive() async throws {
        let server = try ScriptedServer { connection in
            var number = 0
            while connection.request() != nil {
                let body = String(repeating: "a \(number)\n", count: (number * 7919) % 30_000)
                if number % 3 == 0 {
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    if !body.isEmpty { connection.send("\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n") }
                    connection.send("0\r\n\r\n")
                } else {
                    connection.send(Self.whole(body))
                }
                number += 1
            }
        }
        let target = LeanTarget(LeanPages.request(server.url))
        for number in 0..<30 { #expect(await target.page() == String(repeating: "a \(number)\n", count: (number * 7919) % 30_000)) }
        #expect(server.connections == 1)
        server.close()
    }

    @Test("a connection that is lost while it is idle or as it is used is made anew, once")
    func lost() async throws {
        let server = try ScriptedServer { connection in
            // The second request of each connection meets its end.
            guard connection.request() != nil else { return }
            connection.send(Self.whole("a \(connection.number)\n"))
            if connection.number % 2 == 0 { _ = connection.request() }
        }
        let target = LeanTarget(LeanPages.request(server.url))
        for number in 0..<6 { #expect(await target.page() == "a \(number)\n") }
        #expect(server.connections == 6)
        server.close()
    }

    @Test("what is behind a response is not taken for the next one")
    func behind() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil { connection.send(Self.whole("a \(connection.number)\n") + Self.whole("smuggled 1\n")) }
        }
        let target = LeanTarget(LeanPages.request(server.url))
        for number in 0..<5 { #expect(await target.page() == "a \(number)\n") }
        server.close()
    }

    @Test("an answer that has begun is not asked for again")
    func begun() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send("HTTP/1.1 2")
        }
        let target = LeanTarget(LeanPages.request(server.url))
        #expect(await target.page() == "error: Get \"\(server.url)\": unexpected EOF")
        #expect(server.connections == 1)
        server.close()
    }

    @Test("a target that redirects is asked the other way from then on, where redirects are followed")
    func redirect() async throws {
        let asked = Mutex<[String]>([])
        let server = try ScriptedServer { connection in
            while let request = connection.request() {
                asked.withLock { $0.append(String(request.prefix { $0 != "\r\n" })) }
                if request.hasPrefix("GET /metrics ") {
                    connection.send("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
                } else {
                    connection.send(Self.whole())
                }
            }
        }
        let target = LeanTarget(LeanPages.request(server.url))
        for _ in 0..<3 { #expect(await target.page() == Self.page) }
        // Once the lean way, and three times the other one, which follows.
        let lines = asked.withLock { $0 }
        #expect(lines.filter { $0 == "GET /metrics HTTP/1.1" }.count == 4)
        #expect(lines.filter { $0 == "GET /other HTTP/1.1" }.count == 3)
        server.close()
    }

    @Test("the addresses of a name are tried in turn; a name that nobody answers for takes no longer than the deadline")
    func names() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil { connection.send(Self.whole()) }
        }
        let gone = try ScriptedServer(nil)
        gone.close()
        let lookup = NameLookup { host, _ in
            switch host {
            case "both": [gone, server].flatMap { SocketAddress.of("127.0.0.1", port: $0.port, isNumeric: true) }
            case "gone": SocketAddress.of("127.0.0.1", port: gone.port, isNumeric: true)
            default: []
            }
        }
        func page(_ host: String) async -> String {
            let target = LeanTarget(LeanPages.request("http://\(host):7/metrics"), lookup: lookup)
            return await target.page()
        }
        #expect(await page("both") == Self.page)
        #expect(await page("gone") == "error: Get \"http://gone:7/metrics\": dial tcp 127.0.0.1:\(gone.port): connect: connection refused")
        #expect(await page("none") == "error: Get \"http://none:7/metrics\": dial tcp: lookup none: no such host")
        server.close()
        let (begun, end) = (Semaphore(), Semaphore())
        let slow = NameLookup { _, _ in
            begun.signal()
            end.wait()
            return []
        }
        let target = LeanTarget(LeanPages.request("http://slow/metrics", timeout: 50), lookup: slow)
        #expect(await target.page() == "error: Get \"http://slow/metrics\": context deadline exceeded")
        begun.wait()
        end.signal()
    }

    // MARK: Many

    @Test("a thousand silent targets do not hold up a hundred good ones")
    func silence() async throws {
        OpenFiles.raiseLimit()
        let reactor = ScrapeReactor(name: "test-io")
        let silent = try ScriptedServer(nil)
        let good = try ScriptedServer { connection in
            while connection.request() != nil { connection.send(Self.whole()) }
        }
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<1000 {
                group.addTask { await LeanTarget(LeanPages.request(silent.url, timeout: 600_000), on: reactor).page() }
            }
            while await Self.sockets(reactor) < 1000 { await Task.yield() }
            for _ in 0..<100 {
                let target = LeanTarget(LeanPages.request(good.url), on: reactor)
                for _ in 0..<3 { #expect(await target.page() == Self.page) }
            }
            // All of them wait.
            #expect(await Self.sockets(reactor) >= 1000)
            silent.close()
            for await text in group { #expect(text.hasPrefix("error: Get "), "\(text)") }
        }
        good.close()
        // Connections end with their targets.
        while await Self.sockets(reactor) > 0 { await Task.yield() }
    }

    private static func sockets(_ reactor: ScrapeReactor) async -> Int {
        await withCheckedContinuation { continuation in reactor.perform { continuation.resume(returning: reactor.socketCount) } }
    }

    @Test("all pages that are being read share one bound of memory")
    func memory() async throws {
        let memory = PageMemory(limit: 6 << 20)
        let held = PageBuffer(memory: memory)
        try held.reserve(4 << 20)
        let body = String(repeating: "a 1\n", count: 800_000)
        let server = try ScriptedServer { connection in
            while connection.request() != nil { connection.send(Self.whole(body)) }
        }
        let target = LeanTarget(LeanPages.request(server.url, memory: memory))
        let text = await target.page()
        #expect(text.hasPrefix("error: no memory for a page") && text.contains("6291456 bytes"), "\(text)")
        held.exchange(with: PageBuffer(memory: memory))
        #expect(await target.page() == body)
        server.close()
    }

    // MARK: Who goes this way

    @Test("who is reached directly, without TLS, and is told nothing that must be fetched or read first")
    func routes() {
        func isLean(_ url: String, isDirect: Bool = true, _ change: (inout HTTPClientConfiguration) -> Void = { _ in }) -> Bool {
            LeanRoute.prepare(LeanPages.request(url, change), userAgent: "u", isDirect: isDirect) != nil
        }
        for url in ["http://h/m", "http://h:1", "http://h_1.example:65535/m?a=b&c", "http://[::1]:9/m", "http://127.0.0.1?x"] {
            #expect(isLean(url), "\(url)")
        }
        for url in [
            "https://h/m", "http://u:p@h/m", "http://h:0/", "http://h:65536/", "http://h:+1/", "http:///m", "http://h\u{e9}/", "http://h/#f",
            "http://h /m",
            "http://[fe80::1%25eth0]/m", "http://h/a\r\nX: y", "http://[h]/", "ftp://h/", "http://[::1/", "http://h:1:2/",
        ] {
            #expect(!isLean(url), "\(url)")
        }
        #expect(!isLean("http://h/", isDirect: false))
        #expect(!isLean("http://h/") { $0.authorization = .init(credentialsFile: "/f") })
        #expect(!isLean("http://h/") { $0.oauth2 = .init() })
        #expect(!isLean("http://h/") { $0.headers = [.init(name: "X", values: ["a\r\nY: b"], secrets: [], files: [])] })
        #expect(!isLean("http://h/") { $0.headers = [.init(name: "Transfer-Encoding", values: ["chunked"], secrets: [], files: [])] })
        #expect(isLean("http://h/") { $0.authorization = .init(credentials: Secret("s")) })
    }

    @Test("what a request is made of, and that nobody sees it")
    func prepared() throws {
        let request = LeanPages.request("http://h:1?x=y", timeout: 2500) {
            $0.authorization = .init(credentials: Secret("hidden-token"))
            $0.headers = [.init(name: "user-agent", values: ["other"], secrets: [Secret("hidden-2")], files: [])]
        }
        let (_, prepared) = try #require(LeanRoute.prepare(request, userAgent: "Martlet/test", isDirect: true))
        let expected = [
            "GET /?x=y HTTP/1.1", "Host: h:1", "Accept: text/plain", "Accept-Encoding: gzip", "X-Prometheus-Scrape-Timeout-Seconds: 2.5",
            "user-agent: other", "user-agent: hidden-2", "Authorization: Bearer hidden-token", "", "",
        ]
        #expect(String(decoding: prepared.bytes, as: UTF8.self) == expected.joined(separator: "\r\n"))
        var shown = "\(prepared)"
        dump(prepared, to: &shown)
        #expect(!shown.contains("hidden") && !shown.contains("104"))
    }
}
