import Access
import Logging
import Model
import PromQL
import Runtime
import Synchronization
import TestKit
import Testing

@testable import HTTPAPI

/// Remote writes as far as HTTP goes: who may, how much, and what is answered. What is stored: `RemoteProtocolsTests`.
struct WriteTests {
    /// Answers when it is told to, and remembers what came.
    private final class Desk: WriteReceiving {
        private struct State {
            var bodies: [WriteBody] = []
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())
        private let answer: WriteAnswer
        private let isSlow: Bool

        init(_ answer: WriteAnswer = WriteAnswer(status: 204), isSlow: Bool = false) {
            self.answer = answer
            self.isSlow = isSlow
        }

        var bodies: [WriteBody] { state.withLock(\.bodies) }
        var atWork: Int { state.withLock(\.waiting.count) }

        func receive(_ body: WriteBody) async -> WriteAnswer {
            state.withLock { $0.bodies.append(body) }
            if isSlow {
                await withCheckedContinuation { continuation in state.withLock { $0.waiting.append(continuation) } }
            }
            return answer
        }

        func letOneThrough() {
            state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }?.resume()
        }
    }

    private static func post(_ length: Int, _ more: String = "Connection: close\r\n") -> String {
        "POST /api/v1/write HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(more)\r\n"
    }

    private static func bytes(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test(
        "answers have their text and their headers",
        arguments: [
            (WriteAnswer(status: 204), "204 No Content", []),
            (
                WriteAnswer(status: 204, written: (3, 2, 1)), "204 No Content",
                [
                    "X-Prometheus-Remote-Write-Samples-Written: 3", "X-Prometheus-Remote-Write-Histograms-Written: 2",
                    "X-Prometheus-Remote-Write-Exemplars-Written: 1",
                ]
            ),
            (
                WriteAnswer(status: 400, text: "out of order", written: (0, 0, 0)), "400 Bad Request",
                ["X-Prometheus-Remote-Write-Samples-Written: 0", "Content-Type: text/plain; charset=utf-8"]
            ),
            (WriteAnswer(status: 415, text: "gzip"), "415 Unsupported Media Type", []),
            (WriteAnswer(status: 503, text: "not yet", retryAfter: 5), "503 Service Unavailable", ["Retry-After: 5"]),
        ] as [(WriteAnswer, String, [String])])
    func answers(_ answer: WriteAnswer, status: String, headers: [String]) async throws {
        let desk = Desk(answer)
        let server = try await RunningServer(writes: desk)
        let client = try server.connect()
        try await client.send(Self.post(3, "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nConnection: close\r\n") + "abc")
        let text = try await client.receive()
        #expect(text.hasPrefix("HTTP/1.1 \(status)\r\n"))
        for header in headers { #expect(text.contains("\r\n\(header)\r\n")) }
        #expect(text.hasSuffix(answer.text.isEmpty ? "\r\n\r\n" : "\r\n\r\n\(answer.text)\n"))
        #expect(desk.bodies.map(\.bytes) == [Array("abc".utf8)])
        #expect(desk.bodies.map(\.contentType) == ["application/x-protobuf"] && desk.bodies.map(\.encoding) == ["snappy"])
        try await server.end()
    }

    @Test("without the flag there is nothing to write to")
    func off() async throws {
        let server = try await RunningServer()
        let client = try server.connect()
        try await client.send(Self.post(3) + "abc")
        let text = try await client.receive()
        #expect(text.hasPrefix("HTTP/1.1 404 Not Found\r\n") && text.contains("--web.enable-remote-write-receiver"))
        #expect(try await server.text("/api/v1/write").hasPrefix("HTTP/1.1 405 "))
        try await server.end()
    }

    @Test("writes may be larger than other requests, but not without end")
    func sizes() async throws {
        let desk = Desk()
        let server = try await RunningServer(writes: desk) { options in
            options.maxBodySize = 100
            options.maxWriteSize = 200_000
        }
        func status(_ request: String) async throws -> String {
            let client = try server.connect()
            try await client.send(request)
            return String(try await client.receive().prefix(12).suffix(3))
        }
        let chunk = "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        #expect(try await status(Self.post(200_000) + Self.bytes(200_000)) == "204")
        #expect(try await status(Self.post(200_001) + Self.bytes(200_001)) == "413")
        let head = "POST /api/v1/write HTTP/1.1\r\nHost: a\r\n"
        #expect(try await status("\(head)\(chunk)7530\r\n\(Self.bytes(30_000))\r\n0\r\n\r\n") == "204")
        #expect(try await status("\(head)\(chunk)30D41\r\n\(Self.bytes(200_001))\r\n0\r\n\r\n") == "413")
        #expect(
            try await status("POST /api/v1/query HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 101\r\n\r\n\(Self.bytes(101))") == "413")
        // A form is a form, wherever it is sent to.
        let form = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
        #expect(try await status(Self.post(101, form) + Self.bytes(101)) == "413")
        #expect(desk.bodies.map(\.bytes.count) == [200_000, 30_000])
        try await server.end()
    }

    @Test("where there is no room a body waits, and is not read meanwhile; after a while its sender is told to come again")
    func noRoom() async throws {
        let desk = Desk(isSlow: true)
        let server = try await RunningServer(writes: desk) { options in
            options.maxWriteMemory = 1000
            options.writePatience = 60_000
        }
        let (first, second) = (try server.connect(), try server.connect())
        try await first.send(Self.post(800) + Self.bytes(800))
        try await until { desk.atWork == 1 }
        try await second.send(Self.post(300) + Self.bytes(300))
        // Small enough to go beside the first, but others came before it.
        let third = try server.connect()
        try await until { try await server.text("/metrics").contains("martlet_remote_write_bodies_bytes 800") }
        try await third.send(Self.post(100) + Self.bytes(100))
        #expect(desk.bodies.count == 1)
        desk.letOneThrough()
        #expect(try await first.receive().hasPrefix("HTTP/1.1 204 "))
        try await until { desk.atWork == 2 }
        for _ in 0..<2 { desk.letOneThrough() }
        #expect(try await second.receive().hasPrefix("HTTP/1.1 204 "))
        #expect(try await third.receive().hasPrefix("HTTP/1.1 204 "))
        try await until { try await server.text("/metrics").contains("martlet_remote_write_bodies_bytes 0\n") }
        try await server.end()
    }

    @Test("who waits too long is answered 503, and room is given back by clients that go away")
    func impatience() async throws {
        let desk = Desk(isSlow: true)
        let server = try await RunningServer(writes: desk) { options in
            options.maxWriteMemory = 1000
            options.writePatience = 50
            // The first keeps its room however slow all of this is.
            options.writeLook = 3_600_000
        }
        let first = try server.connect()
        // Only half of the body comes.
        try await first.send(Self.post(800) + Self.bytes(400))
        try await until { try await server.text("/metrics").contains("martlet_remote_write_bodies_bytes 800") }
        let second = try server.connect()
        try await second.send(Self.post(300) + Self.bytes(300))
        let text = try await second.receive()
        #expect(text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n") && text.contains("\r\nRetry-After: 5\r\n"))
        #expect(try await server.text("/metrics").contains("martlet_remote_write_turned_away_total 1"))
        first.close()
        try await until { try await server.text("/metrics").contains("martlet_remote_write_bodies_bytes 0\n") }
        let third = try server.connect()
        try await third.send(Self.post(1000) + Self.bytes(1000))
        try await until { desk.atWork == 1 }
        desk.letOneThrough()
        #expect(try await third.receive().hasPrefix("HTTP/1.1 204 "))
        try await server.end()
    }

    @Test("a body that hardly comes gives up its room to those who wait, and to nobody else")
    func slowBodies() async throws {
        let desk = Desk()
        let server = try await RunningServer(writes: desk) { options in
            options.maxWriteMemory = 1000
            options.writePatience = 60_000
            options.writeLook = 20
        }
        let slow = try server.connect()
        try await slow.send(Self.post(900) + Self.bytes(1))
        try await until { try await server.text("/metrics").contains("martlet_remote_write_bodies_bytes 900") }
        let small = try server.connect()
        try await small.send(Self.post(50) + Self.bytes(50))
        #expect(try await small.receive().hasPrefix("HTTP/1.1 204 "))
        #expect(try await server.text("/metrics").contains("martlet_remote_write_bodies_bytes 900"))
        let large = try server.connect()
        try await large.send(Self.post(300) + Self.bytes(300))
        #expect(try await large.receive().hasPrefix("HTTP/1.1 204 "))
        let text = try await slow.receive()
        #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("\r\nRetry-After: 5\r\n") && text.contains("too slowly"))
        #expect(desk.bodies.map(\.bytes.count) == [50, 300])
        try await server.end()
    }

    @Test("a login is judged before a large body is taken")
    func logins() async throws {
        let desk = Desk()
        let token = "0123456789-abcdefghijklmnop"
        let text = "martlet: {tokens: [{name: agent, token_file: w, role: writer}, {name: eye, token_file: v, role: viewer}]}\n"
        let files = ["web.yml": text, "w": token, "v": "another-token-of-some-length"]
        let access = try AccessControl(
            "web.yml",
            files: WebFiles(
                read: { path in Array((files[path] ?? "").utf8) },
                stamp: { path in files[path].map { WebFiles.Stamp(size: Int64($0.utf8.count), changed: 0, number: 1) } }),
            clock: ManualClock(1_000_000),
            registry: MetricsRegistry(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let server = try await RunningServer(writes: desk, access: access) { $0.maxBodySize = 100 }
        func answer(_ length: Int, _ token: String?, sent: Int) async throws -> String {
            let client = try server.connect()
            let login = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
            try await client.send(Self.post(length, login + "Connection: close\r\n") + Self.bytes(sent))
            if sent < length { client.closeOutput() }
            return String(try await client.receive().prefix(12).suffix(3))
        }
        // Of these bodies nothing but the beginning comes: whoever is answered was not waited for.
        #expect(try await answer(100_000, nil, sent: 10) == "401")
        #expect(try await answer(100_000, "another-token-of-some-length", sent: 10) == "403")
        #expect(try await answer(100_000, "no-such-token-at-all-here", sent: 10) == "401")
        #expect(desk.bodies.isEmpty)
        #expect(try await answer(100_000, token, sent: 100_000) == "204")
        #expect(try await answer(50, token, sent: 50) == "204")
        #expect(try await answer(50, nil, sent: 50) == "401")
        #expect(desk.bodies.map(\.bytes.count) == [100_000, 50])
        try await server.end()
    }

    @Test("a client that asks first is told to go on once there is room")
    func asksFirst() async throws {
        let desk = Desk()
        let server = try await RunningServer(writes: desk)
        let client = try server.connect()
        try await client.send(Self.post(5000, "Expect: 100-continue\r\nConnection: close\r\n"))
        #expect(try await client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try await client.send(Self.bytes(5000))
        #expect(try await client.receive().hasPrefix("HTTP/1.1 204 "))
        try await server.end()
    }
}

/// Whoever finds no room waits in turn.
struct BodyRoomTests {
    /// Who was let in, in order.
    private final class Visitors: Sendable {
        private let all = Mutex<[Int]>([])
        var numbers: [Int] { all.withLock { $0 } }
        func add(_ number: Int) { all.withLock { $0.append(number) } }
    }

    @Test("one body is taken however large it is, and many only as far as there is room")
    func bounds() async {
        let room = BodyRoom(bytes: 100, requests: 3, patience: .milliseconds(20))
        #expect(room.tryEnter(500))
        #expect(!room.tryEnter(1))
        room.leave(500)
        for _ in 0..<3 { #expect(room.tryEnter(10)) }
        #expect(!room.tryEnter(1))
        #expect(await !room.enter(1))
        #expect(room.turnedAway == 1)
        room.giveBack(5)
        #expect(room.taken == 25)
        room.leave(5)
        #expect(await room.enter(80))
        #expect(room.taken == 100)
    }

    @Test("those who wait are let in by the order in which they came")
    func turns() async throws {
        let room = BodyRoom(bytes: 100, requests: 100, patience: .seconds(60))
        #expect(room.tryEnter(100))
        let visitors = Visitors()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    _ = await room.enter(60)
                    visitors.add(number)
                }
                try await until { room.waiting == number + 1 }
            }
            room.leave(100)
            for number in 0..<5 {
                try await until { visitors.numbers.count == number + 1 }
                room.leave(60)
            }
            try await group.waitForAll()
        }
        #expect(visitors.numbers == [0, 1, 2, 3, 4])
        #expect(room.taken == 0)
    }
}
